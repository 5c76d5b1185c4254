"""docs/from-glue.md and the README's lines about the server, followed as they are written."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from end_to_end.conftest import Serve, Served

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "http://127.0.0.1:8080"
Block = tuple[str, str]
SET_BY_THE_PAGE = {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
}


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(script: str, served: Served, program: str, *words: str) -> str:
    environment = {k: v for k, v in served.signing.items() if k not in SET_BY_THE_PAGE}
    done = subprocess.run(
        [program, *words],
        input=script,
        cwd=served.folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_for_users_of_glue_runs(serve: Serve, tmp_path: Path) -> None:
    for name in ("people.csv", "people_truth.csv"):
        shutil.copy(ROOT / "data" / name, tmp_path)
    page = blocks(ROOT / "docs/from-glue.md")
    start, setup, copy, *last = (block for language, block in page if language == "sh")
    python = "".join(block for language, block in page if language == "python")

    with serve(tmp_path, start) as served:
        run(f"{setup}{copy}", served, "bash", "-e")
        assert WRITTEN in python
        script = f"cat > it.py <<'THE_END'\n{python.replace(WRITTEN, served.url)}\nTHE_END\n"
        said = run(f"{setup}{script}python it.py", served, "bash", "-e").splitlines()
        shown = run(f"{setup}{''.join(last).replace(WRITTEN, served.url)}", served, "bash", "-e")
        ledger = run("", served, "matchloop", "ledger", "log", "people")
        run("", served, "matchloop", "ledger", "undo", "people", "1")

    assert said[0] == "SUCCEEDED"
    assert re.fullmatch(r"tfm-[0-9a-f]{40} NOT_READY", said[1])
    kinds = [line.split()[0] for line in said if re.match(r"[A-Z_]+ SUCCEEDED", line)]
    assert kinds == [
        "LABELING_SET_GENERATION",
        "IMPORT_LABELS",
        "EVALUATION",
        "EXPORT_LABELS",
        "IMPORT_LABELS",
    ]
    assert re.search(r"^READY \d+$", "\n".join(said), re.MULTILINE)
    found = re.search(r"run-\d{13}-part-r-00000 400 rows, (\d+) people", "\n".join(said))
    assert found
    assert 260 < int(found[1]) < 310  # 285 they are
    assert "people" in shown
    assert '"JobRunId": "jr_' in shown
    assert "IMPORT (replace)" in ledger


def test_the_server_in_three_lines_prints_what_the_readme_says(
    serve: Serve, tmp_path: Path
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.partition("## The server in three lines")[2].partition("\n## ")[0]
    (_, lines), (_, printed) = re.findall(r"^```(\w*)\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
    _, start, call = lines.replace(".venv/bin/", "").splitlines()

    with serve(tmp_path, start.removesuffix(" &")) as served:
        answer = run(call.replace(WRITTEN, served.url), served, "bash", "-e")

    line = served.line.replace(served.url, WRITTEN).replace(str(tmp_path), "/srv/demo")
    assert line + answer == printed
