from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.io import read_records, read_table
from matchloop.data.records import Kind
from matchloop.errors import TableError, UsageError

GOOD = 'id,name,note\n007,Ann,"a ""b"", c"\n1E+15,Bob,"two\nlines"\n3,,\n'
ROWS = [
    {"id": "007", "name": "Ann", "note": 'a "b", c'},
    {"id": "1E+15", "name": "Bob", "note": "two\nlines"},
    {"id": "3", "name": None, "note": None},
]


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("table.csv", GOOD.encode()),
        ("TABLE.CSV", b"\xef\xbb\xbf" + GOOD.encode()),
        ("quoted_header.csv", b'\xef\xbb\xbf"id",name,note' + GOOD[12:].encode()),
        ("table.csv.gz", gzip.compress(GOOD.encode(), mtime=0)),
        ("blank_lines.csv", ("\n" + GOOD + "\n\n").encode()),
        ("no_last_line_end.csv", GOOD.encode().removesuffix(b"\n")),
        ("semicolons.csv", b'id;name;note\n007;Ann;"a ""b"", c"\n1E+15;Bob;"two\nlines"\n3;;\n'),
        ("table.tsv", b'id\tname\tnote\n007\tAnn\t"a ""b"", c"\n1E+15\tBob\t"two\nlines"\n3\t\t\n'),
        ("table.jsonl", "\n".join(json.dumps(row) for row in ROWS).encode()),
        ("table.json", json.dumps(ROWS).encode()),
        ("table.jsonl.gz", gzip.compress("\n".join(map(json.dumps, ROWS)).encode(), mtime=0)),
    ],
)
def test_reads_each_form_of_the_same_table(tmp_path: Path, name: str, data: bytes) -> None:
    records = read_records(written(tmp_path, data, name), key="id")

    assert records.table.to_pylist() == ROWS
    assert records.keys.to_pylist() == ["007", "1E+15", "3"]
    assert records.columns == ("name", "note")


def test_reads_windows_line_ends(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "id,a\r\n1,x\r\n2,\r\n"))

    assert table.to_pylist() == [{"id": "1", "a": "x"}, {"id": "2", "a": None}]


def test_reads_tables_from_memory() -> None:
    plain = pa.table({"id": [1, 2], "name": ["Ann", None], "price": [1.5, 2.5]})
    relation = duckdb.from_arrow(plain)
    given_tables: list[Any] = [
        plain,
        plain.to_batches()[0],
        plain.to_pandas(),
        plain.to_pandas().set_index("id"),
        pl.from_arrow(plain),
        relation,
    ]

    for table in given_tables:
        records = read_records(table, key="id")
        assert records.table.to_pylist() == plain.to_pylist()
        assert records.columns == ("name", "price")


def test_takes_columns_of_several_types_as_text() -> None:
    frame = pd.DataFrame({"id": [7, "7a"], "a": [1, None], "b": ["x", 2.5]})

    records = read_records(frame, key="id")

    assert records.keys.to_pylist() == ["7", "7a"]
    assert records.table["b"].to_pylist() == ["x", "2.5"]


def test_keeps_text_and_numbers_of_json_as_they_are(tmp_path: Path) -> None:
    lines = '{"id":1,"d":"2020-01-01","n":1.5}\n{"id":2,"d":"2020-01-02","x":true}\n'

    assert read_table(written(tmp_path, lines, "t.jsonl")).to_pylist() == [
        {"id": 1, "d": "2020-01-01", "n": 1.5, "x": None},
        {"id": 2, "d": "2020-01-02", "n": None, "x": True},
    ]


def test_keeps_long_number_keys_of_json_exact(tmp_path: Path) -> None:
    lines = '{"id":12345678901234567890,"a":"x"}\n{"id":12345678901234567891,"a":"y"}\n'

    keys = read_records(written(tmp_path, lines, "t.jsonl"), key="id").keys

    assert keys.to_pylist() == ["12345678901234567890", "12345678901234567891"]


def test_reads_rows_longer_than_a_block(tmp_path: Path) -> None:
    long = "x" * 9_000_000
    for name, text in (("t.csv", f"id,a\n1,{long}\n"), ("t.jsonl", f'{{"id":"1","a":"{long}"}}')):
        assert read_table(written(tmp_path, text, name))["a"].to_pylist() == [long]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("id,name\n", "no rows"),
        ("id,name\n1\n", "line 2: the row has 1 field, the header has 2; add what is missing"),
        ("id,name\n1,a\n2,b,c\n", "line 3: the row has 3 fields, the header has 2; quote values"),
        ('id,name\n1,"x\ny"\n2,b,c\n', "line 4: the row has 3 fields"),
        ('id,name\n1,a\n2,"b\n3,c\n', "line 3: a quote opens in this row and never closes"),
        ('id,name\n1,"a"b\n', "line 2: text follows a closing quote"),
        (b"id,name\n1,a\n2,\xd7t\xf7u\n", "line 3: byte 0xd7 is not UTF-8"),
        (b"id,n\xd7m\n1,a\n", "line 1: byte 0xd7 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: byte 0x89 is not UTF-8"),
        (b"PK\x00\n1", "binary"),
        ("id,name,name\n1,a,b\n", "'name' is repeated"),
        ("name,other\n1,a\n", "no key column 'id'; the table has 'name', 'other'"),
        ("id,name\n1,a\n,b\n", "no value in 1 of 2 rows (row 2)"),
        ("id\n1\n2\n", "no column to compare"),
    ],
)
def test_says_what_is_wrong_with_a_csv_file(
    tmp_path: Path, data: str | bytes, message: str
) -> None:
    with pytest.raises(TableError) as caught:
        read_records(written(tmp_path, data), key="id")

    assert message in str(caught.value)
    assert "table.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b'{"id":1}\n{"id":\n', "line 2"),
        (b'{"id":1}\n[1]\n', "line 2: expected an object"),
        (b'{"id":"\xe9"}\n', "line 1: byte 0xe9 is not UTF-8"),
        (b"[1, 2]", "item 1: expected an object"),
        (b'[{"id": 1}', "no JSON array"),
        (b'{"id":1,"a":{"b":1}}\n', "column 'a' holds struct"),
        (b'{"id":1,"a":[1]}\n{"id":2,"a":3}\n', ""),
    ],
)
def test_says_what_is_wrong_with_a_json_file(tmp_path: Path, data: bytes, message: str) -> None:
    path = written(tmp_path, data, "table.jsonl")
    if not message:
        assert read_records(path, key="id").table["a"].to_pylist() == ["[1]", "3"]
        return

    with pytest.raises(TableError, match="table.jsonl") as caught:
        read_records(path, key="id")

    assert message in str(caught.value)


def test_says_what_is_wrong_with_other_files(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        read_records(tmp_path / "absent.csv", key="id")
    with pytest.raises(TableError, match="no such file"):
        read_records(tmp_path / "absent.parquet", key="id")
    with pytest.raises(TableError, match="the suffix says no format"):
        read_records(written(tmp_path, "x", "table.doc"), key="id")
    with pytest.raises(TableError, match=r"\.zip files are not read or written; unpack it"):
        read_records(written(tmp_path, "x", "table.csv.zip"), key="id")
    with pytest.raises(TableError, match="not a Parquet file"):
        read_records(written(tmp_path, "x", "table.parquet"), key="id")
    with pytest.raises(TableError, match="cannot read .*gz"):
        read_records(written(tmp_path, "x", "table.csv.gz"), key="id")
    with pytest.raises(TableError, match="cannot read .*gz"):
        read_records(
            written(tmp_path, gzip.compress(GOOD.encode(), mtime=0)[:-9], "cut.csv.gz"), key="id"
        )
    with pytest.raises(TableError, match="is a folder, and not all of its files are Parquet"):
        read_records(tmp_path, key="id")
    with pytest.raises(UsageError, match="cannot be read from a dict"):
        read_records({"id": [1]}, key="id")


def test_a_packed_file_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(GOOD.encode(), mtime=0), "table.csv")

    assert read_records(path, key="id").table.equals(
        read_records(written(tmp_path, GOOD, "plain.csv"), key="id").table
    )


def test_refuses_nested_columns_unless_they_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "nested.parquet"
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", "b"], "tags": [["x"], []]}), path)

    with pytest.raises(TableError, match="column 'tags' holds list"):
        read_records(path, key="id")
    assert read_records(path, key="id", kinds={"tags": "ignore"}).columns == ("name",)


def test_given_kinds_overrule_those_inferred() -> None:
    table = pa.table({"id": [1, 2], "a": ["x", "y"], "b": ["1", "2"]})

    records = read_records(table, key="id", kinds={"a": "category", "b": Kind.IDENTIFIER})

    assert records.kinds == {"a": Kind.CATEGORY, "b": Kind.IDENTIFIER}
    with pytest.raises(UsageError, match="no column 'c'; the table has 'id', 'a', 'b'"):
        read_records(table, key="id", kinds={"c": "name"})
    with pytest.raises(UsageError, match="no kind 'nam' for 'a'; known: name, text"):
        read_records(table, key="id", kinds={"a": "nam"})
    with pytest.raises(UsageError, match="never compared"):
        read_records(table, key="id", kinds={"id": "name"})


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.text()), min_size=1, max_size=10))
def test_reads_any_text_without_harm(values: list[tuple[str | None, str | None]]) -> None:
    table = pa.table(
        {
            "id": [str(i) for i in range(len(values))],
            "a": pa.array([a for a, _ in values], pa.string()),
            "b": pa.array([b for _, b in values], pa.string()),
        }
    )

    assert set(read_records(table, key="id").kinds) == {"a", "b"}


@pytest.mark.parametrize(
    ("sources", "warned"),
    [(["a", "A", "b"], True), (["a", " a ", "b"], True), (["a", "b", "b"], False)],
)
def test_sources_that_differ_by_their_form_only_are_named(
    tmp_path: Path, sources: list[str], warned: bool
) -> None:
    rows = "".join(f"{at},{source},Ann\n" for at, source in enumerate(sources))
    path = written(tmp_path, f"id,shop,name\n{rows}", "table.csv")
    notes = read_records(path, key="id", source="shop").notes

    assert any("differ by case or spaces only" in note for note in notes) is warned
