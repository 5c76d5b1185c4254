from __future__ import annotations

import csv
import gzip
import json
import os
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.io import atomic_write, check_fits, check_writable, read_table, write_table
from matchloop.errors import OutputError

TABLE = pa.table(
    {
        "id": pa.array(["007", "a,b", 'say "hi"'], pa.string()),
        "n": pa.array([1, None, 3], pa.int64()),
        "x": pa.array([0.5, float("nan"), 1e21], pa.float64()),
        "d": pa.array([date(2020, 1, 31), None, None], pa.date32()),
        "b": pa.array([True, False, None]),
        "t": pa.array(["two\nlines", " spaced ", "é\\\t"], pa.large_string()).dictionary_encode(),
    }
)
texts = st.lists(
    st.tuples(st.text(min_size=1), st.none() | st.text(min_size=1)), min_size=1, max_size=8
)


def test_csv_is_quoted_only_where_needed(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "t.csv")

    assert (tmp_path / "t.csv").read_text().split("\n", 2)[:2] == [
        "id,n,x,d,b,t",
        '007,1,0.5,2020-01-31,true,"two',
    ]


def test_json_lines_are_json(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "t.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]

    assert rows[0] == {
        "id": "007",
        "n": 1,
        "x": 0.5,
        "d": "2020-01-31",
        "b": True,
        "t": "two\nlines",
    }
    assert [row["x"] for row in rows] == [0.5, None, 1e21]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = TABLE.drop_columns("t").append_column("tags", pa.array([["x"], [], None]))
    write_table(table, tmp_path / "t.parquet")

    assert pq.read_table(tmp_path / "t.parquet").schema.types == table.schema.types


def test_gzip_holds_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one.csv.gz", "two.csv.gz", "plain.csv"):
        write_table(TABLE, tmp_path / name)

    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()
    plain = (tmp_path / "plain.csv").read_bytes()
    assert gzip.decompress((tmp_path / "one.csv.gz").read_bytes()) == plain


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "csv.gz", "parquet"])
@given(rows=texts)
def test_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[tuple[str, str | None]]
) -> None:
    path = tmp_path_factory.mktemp("round") / f"t.{suffix}"
    table = pa.table(
        {
            "id": pa.array([first for first, _ in rows], pa.string()),
            "a": pa.array([second for _, second in rows], pa.string()),
            "b": pa.array(["x"] * len(rows), pa.string()),
        }
    )
    write_table(table, path)

    assert read_table(path).to_pylist() == table.to_pylist()


def test_a_row_of_one_missing_value_is_still_a_row(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array(["x", None, "y"])})
    write_table(table, tmp_path / "t.csv")

    assert read_table(tmp_path / "t.csv").to_pylist() == table.to_pylist()


def test_many_rows_are_written_in_order(tmp_path: Path) -> None:
    table = pa.table({"id": [str(i) for i in range(150_000)], "a": ["x"] * 150_000})
    write_table(table, tmp_path / "t.csv")

    assert read_table(tmp_path / "t.csv").equals(table)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_when_writing_breaks_off(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("before")

    def break_off() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        break_off()

    assert os.listdir(tmp_path) == ["t.csv"]
    assert path.read_text() == "before"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_line() -> None:
    full = atomic_write("/dev/full")

    with pytest.raises(OutputError, match="no space left .*; nothing was written; free"), full as f:
        f.write(b"x")


def test_what_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    photo = pa.table({"id": [1], "photo": [b"\xff\xd8"]})

    with pytest.raises(OutputError, match="cannot write .*t.csv: .*Parquet keeps every type"):
        write_table(photo, tmp_path / "t.csv")

    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_what_cannot_be_written_is_found_out_before_the_work(tmp_path: Path, suffix: str) -> None:
    photo = pa.table({"id": [1], "photo": [b"\xff\xd8"], "name": [b"plain"], "tags": [["a"]]})

    with pytest.raises(OutputError, match="column 'photo' holds binary, which the format cannot"):
        check_fits(photo, tmp_path / f"t.{suffix}")

    check_fits(photo, tmp_path / "t.parquet")
    check_fits(photo.drop_columns(["photo"]), tmp_path / f"t.{suffix}")


def test_lists_and_structs_are_json_in_csv(tmp_path: Path) -> None:
    nested = pa.table({"id": [1, 2], "tags": [["a", "é"], None], "at": [{"x": 1}, {"x": None}]})
    write_table(nested, tmp_path / "t.csv")

    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["tags"] for row in rows] == ['["a", "é"]', ""]
    assert [json.loads(row["at"]) for row in rows] == [{"x": 1}, {"x": None}]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("before")
    path.chmod(0o640)
    (tmp_path / "link.csv").symlink_to(path)
    write_table(TABLE, tmp_path / "link.csv")

    assert (tmp_path / "link.csv").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert read_table(path).num_rows == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent/t.csv", "there is no folder .*absent; create it first"),
        ("", "it is a folder"),
        ("t.ods", ".ods files are not read or written; use .xlsx or .csv"),
        ("t.doc", "the suffix says no format; use .csv"),
        ("t", "the suffix says no format"),
        ("t.parquet.gz", "the suffix says no format"),
    ],
)
def test_says_before_the_work_what_cannot_be_written(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(OutputError, match=message):
        check_writable(tmp_path / name if name else tmp_path, table="." in name or name == "t")


def test_a_writable_path_is_left_alone(tmp_path: Path) -> None:
    check_writable(tmp_path / "model.anything")
    check_writable(tmp_path / "t.csv", table=True)

    assert not os.listdir(tmp_path)
