"""Every command reads from S3 and writes to it, given nothing but URIs and the environment."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import matchloop as ml
from end_to_end.csv_rows import read
from matchloop.cli import main
from matchloop.data.files import files_at
from matchloop.data.io import read_table
from matchloop.errors import TableError

pytestmark = pytest.mark.usefixtures("small_forests")

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ROOT / "data" / "people.csv"
TRUTH = ROOT / "data" / "people_truth.csv"


@pytest.fixture(params=["moto", "rclone"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    server: Any = request.getfixturevalue(f"{request.param}_s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.new_bucket()}"


def test_a_round_of_labelling_and_a_match_live_in_a_bucket(bucket: str) -> None:
    _copy(PEOPLE, f"{bucket}/in/people.csv")
    table = f"{bucket}/in/people.csv"

    _run("ask", table, "--key", "id", "--sets", "5", "-o", f"{bucket}/asked.csv")
    _answer(f"{bucket}/asked.csv", f"{bucket}/labels.csv")
    labels = ("--labels", f"{bucket}/labels.csv")
    _run("train", table, "--key", "id", *labels, "-o", f"{bucket}/model.matchloop")
    model = ("--model", f"{bucket}/model.matchloop")
    _run("match", table, "--key", "id", *model, "-o", f"{bucket}/out/matched.parquet")

    matched = read_table(f"{bucket}/out/matched.parquet")
    assert matched.num_rows == len(ml.read_records(table, key="id"))
    assert {"match_id", "match_confidence_score"} <= set(matched.column_names)
    _run("match", str(PEOPLE), "--key", "id", *model, "-o", f"{bucket}/out/again.csv.gz")
    again = read_table(f"{bucket}/out/again.csv.gz")
    assert again["match_id"].cast(pa.int64()).to_pylist() == matched["match_id"].to_pylist()


def test_an_identity_folder_lives_in_a_bucket(bucket: str) -> None:
    people = ml.read_records(PEOPLE, key="id")
    for name, rows in (("first", people.table.slice(0, 100)), ("more", people.table.slice(95, 30))):
        ml.write_table(rows, f"{bucket}/{name}.csv")
        folder = ("--identity", f"{bucket}/ids")
        _run("match", f"{bucket}/{name}.csv", "--key", "id", *folder, "-o", f"{bucket}/out.csv")
    _run("match", f"{bucket}/more.csv", "--key", "id", *folder, "-o", f"{bucket}/out.csv")

    checked = ml.Identity(f"{bucket}/ids").check()
    assert (checked.records, checked.runs) == (125, 3)
    files = [entry.path for entry in files_at(bucket).entries(f"{bucket}/ids/records")]
    assert len(files) == 2  # that of the head, and that of the one before for who reads it


def test_a_command_says_in_one_line_what_s3_refuses(rclone_s3: Any) -> None:
    environment = {**os.environ, **rclone_s3.environment, "AWS_SECRET_ACCESS_KEY": "wrong"}
    command = ["match", "s3://bucket/people.csv", "--key", "id", "-o", "s3://bucket/out.csv"]

    done = subprocess.run(
        [sys.executable, "-m", "matchloop", *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot write s3://bucket/out.csv" in done.stderr
    assert "AWS_SECRET_ACCESS_KEY" in done.stderr


def test_a_folder_of_parquet_files_in_a_bucket_is_one_table(bucket: str) -> None:
    for name, keys in (("part-0", [1, 2]), ("part-1", [3])):
        ml.write_table(pa.table({"id": keys}), f"{bucket}/table/{name}.parquet")
    _write(f"{bucket}/table/_SUCCESS", b"x")

    assert read_table(f"{bucket}/table").column("id").to_pylist() == [1, 2, 3]
    ml.write_table(pa.table({"id": [4]}), f"{bucket}/table/year=1/part.parquet")
    with pytest.raises(TableError, match="year=1/part.parquet is in a folder that names a value"):
        read_table(f"{bucket}/table")


def test_files_of_every_format_come_back_from_a_bucket(bucket: str) -> None:
    table = pa.table({"id": ["1", "2"], "name": ["ä", 'b "c", d']})

    for name in ("t.csv", "t.tsv.gz", "t.jsonl", "t.parquet"):
        ml.write_table(table, f"{bucket}/{name}")
        assert read_table(f"{bucket}/{name}").to_pydict() == table.to_pydict()


def _run(*arguments: str) -> None:
    words = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(words):
        code = main(arguments)
    assert code == 0, words.getvalue()


def _copy(file: Path, path: str) -> None:
    _write(path, file.read_bytes())


def _write(path: str, data: bytes) -> None:
    with files_at(path).open_output(path) as output:
        output.write(data)


def _answer(asked: str, labels: str) -> None:
    person = {row["id"]: row["person"] for row in read(TRUTH)}
    table = read_table(asked)
    answers = pa.array([person[key] for key in table["id"].to_pylist()])
    place = table.column_names.index("label")
    ml.write_table(table.set_column(place, "label", answers), labels)
