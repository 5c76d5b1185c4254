"""Run by .ci/run in an environment without extras: import the wheel and match a tiny table."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import matchloop as ml

PEOPLE = [
    ("1", "Ann Miller", "12 Oak Street", "1970-01-02"),
    ("2", "Ann Miler", "12 Oak Street", "1970-01-02"),
    ("3", "Bob Stone", "4 Hill Road", "1981-11-30"),
    ("4", "Carla Diaz", "99 Lake Avenue", "1965-07-14"),
    ("5", "Bob Stone", "4 Hill Rd", "1981-11-30"),
    ("6", "Dorothy Vane", "7 Elm Court", "1990-03-03"),
]


def check(command: str) -> None:
    import pandas as pd

    extras = [name for name in ("matplotlib", "jinja2") if importlib.util.find_spec(name)]
    assert not extras, f"extras are installed: {extras}"
    assert int(pd.__version__.split(".")[0]) >= 3, pd.__version__
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "name", "street", "born"), *PEOPLE])
        records = ml.read_records(folder / "people.csv", key="id")
        matched = ml.Matcher().fit(records).find_matches(records).table()
        assert matched.column_names[-2:] == ["match_id", "match_confidence_score"]
        frame = pd.DataFrame(PEOPLE, columns=["id", "name", "street", "born"])
        assert len(ml.read_records(frame, key="id")) == len(PEOPLE)
        done = subprocess.run(
            [command, "match", "people.csv", "--key", "id", "-o", "out.jsonl"],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert len((folder / "out.jsonl").read_text().splitlines()) == len(PEOPLE)
        demo = subprocess.run([command, "demo"], check=False, capture_output=True, text=True)
        assert demo.returncode == 1, demo.stderr
        assert "pip install 'matchloop[demo]'" in demo.stderr, demo.stderr
        serve = subprocess.run([command, "serve"], check=False, capture_output=True, text=True)
        assert serve.returncode != 0
        assert "pip install 'matchloop[server]'" in serve.stderr, serve.stderr
        assert "Traceback" not in serve.stderr, serve.stderr
    sys.stdout.write(f"the bare wheel matches, with pandas {pd.__version__}\n")


if __name__ == "__main__":
    check(sys.argv[1])
