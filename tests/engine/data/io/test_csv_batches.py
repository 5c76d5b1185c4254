from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.io import csv_batches, read_csv_batches
from matchloop.data.io.csv import read_csv
from matchloop.data.io.encoding import OpenFile
from matchloop.errors import TableError


def holding(content: bytes) -> OpenFile:
    @contextmanager
    def open_file() -> Iterator[BinaryIO]:
        yield io.BytesIO(content)

    return open_file


def together(content: bytes) -> pa.Table:
    columns, batches = read_csv_batches(holding(content), "file")
    read = list(batches)
    schema = read[0].schema if read else pa.schema([(name, pa.string()) for name in columns])
    return pa.Table.from_batches(read, schema).rename_columns(columns)


@given(st.lists(st.tuples(st.text('ab",\n é', max_size=8), st.text("xy ", max_size=3))))
def test_the_batches_are_the_whole_file(rows: list[tuple[str, str]]) -> None:
    lines = [",".join('"' + v.replace('"', '""') + '"' for v in row) for row in [("p", "q"), *rows]]
    content = "\n".join(lines).encode()

    if rows:
        assert together(content).to_pylist() == read_csv(holding(content), "file").to_pylist()
    else:
        assert together(content).num_rows == 0


def test_a_row_longer_than_a_batch_is_read_and_no_row_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_batches, "_BLOCK", 64)
    rows = [f"{number},{'x' * (3000 if number == 50 else 5)}" for number in range(100)]

    table = together("\n".join(["n,text", *rows]).encode())

    assert table["n"].to_pylist() == [str(number) for number in range(100)]
    assert len(table["text"][50].as_py()) == 3000


def test_a_mistake_far_down_is_told_before_the_first_row() -> None:
    content = b"a,b\n" + b"1,2\n" * 1000 + b"3\n"

    with pytest.raises(TableError, match=r"line 1002: the row has 1 field, the header has 2"):
        read_csv_batches(holding(content), "file")


@pytest.mark.parametrize("rows", [1, 5_000])
def test_bytes_that_are_no_utf8_are_told_with_their_line(rows: int) -> None:
    content = b"a,b\n" + b"1,2\n" * rows + b"3,\xff\n"

    with pytest.raises(TableError, match=rf"line {rows + 2}: byte 0xff is not UTF-8"):
        together(content)
