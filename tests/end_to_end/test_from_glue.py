"""docs/from-glue.md and the README's lines about the server, followed as they are written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "http://127.0.0.1:8080"
Block = tuple[str, str]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def environment() -> dict[str, str]:
    """Return what a user has who never spoke to AWS, in an environment where all is installed."""
    here = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    places = [str(Path(sys.executable).parent), here.get("PATH", "")]
    return here | {"PATH": os.pathsep.join(places), "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def running(command: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Start the server, on a port that is free; return its URL and its line."""
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [*command.split(), "--port", "0"],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, line
            yield found[0], line
        finally:
            server.terminate()
            server.communicate(timeout=60)


def run(script: str, folder: Path, program: str, *words: str) -> str:
    done = subprocess.run(
        [program, *words],
        input=script,
        cwd=folder,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_for_users_of_glue_runs(tmp_path: Path) -> None:
    for name in ("people.csv", "people_truth.csv"):
        shutil.copy(ROOT / "data" / name, tmp_path)
    page = blocks(ROOT / "docs/from-glue.md")
    (start, setup, copy, last) = (block for language, block in page if language == "sh")
    python = "".join(block for language, block in page if language == "python")

    with running(start, tmp_path) as (url, _):
        run(f"{setup}{copy}", tmp_path, "bash", "-e")
        assert WRITTEN in python
        script = f"cat > it.py <<'THE_END'\n{python.replace(WRITTEN, url)}\nTHE_END\n"
        said = run(f"{setup}{script}python it.py", tmp_path, "bash", "-e").splitlines()
        shown = run(f"{setup}{last.replace(WRITTEN, url)}", tmp_path, "bash", "-e")
        ledger = run("", tmp_path, "matchloop", "ledger", "log", "people")
        run("", tmp_path, "matchloop", "ledger", "undo", "people", "1")

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


def test_the_server_in_three_lines_prints_what_the_readme_says(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.partition("## The server in three lines")[2].partition("\n## ")[0]
    (_, lines), (_, printed) = re.findall(r"^```(\w*)\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
    _, start, call = lines.replace(".venv/bin/", "").splitlines()

    with running(start.removesuffix(" &"), tmp_path) as (url, line):
        answer = run(call.replace(WRITTEN, url), tmp_path, "bash", "-e")

    line = line.replace(url, WRITTEN).replace(str(tmp_path), "/srv/demo")
    assert line + answer == printed
