from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from matchloop.errors import TableError
from matchloop_api.datasets import read_dataset
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places
from matchloop_api.store import Resource

COLUMNS = "id string, title string, year int"
ROWS = {"id": ["007", "2"], "title": ["a, b", None], "year": [1999, None]}


@pytest.fixture
def read(folder: Path, places: Places, database: Resource, make_table: Any) -> Any:
    def read(text: str, columns: str = COLUMNS, name: str = "t.csv", **table: Any) -> pa.Table:
        data = text.encode(errors="surrogateescape")
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return read_dataset(
            database, make_table((folder / name).as_uri(), columns, **table), places
        )

    return read


HEADER_SAID = {"classification": "csv", "skip.header.line.count": "1"}


def test_a_header_is_seen_where_it_has_the_columns_names(read: Any) -> None:
    text = 'id,title,year\n007,"a, b",1999\n2,,\n'

    assert read(text).to_pydict() == ROWS
    assert read(text, parameters=HEADER_SAID).to_pydict() == ROWS
    assert read("\ufeff" + text.replace("\n", "\r\n"), name="t.csv.gz").to_pydict() == ROWS


def test_without_a_header_columns_go_by_their_places(read: Any) -> None:
    assert read('007,"a, b",1999\n2,,\n').to_pydict() == ROWS


def test_a_header_puts_columns_in_order_and_leaves_out_those_the_catalog_lacks(read: Any) -> None:
    text = 'more,Year,TITLE,Id\nx,1999,"a, b",007\ny,,,2\n'

    assert read(text).to_pydict() == ROWS
    assert read(text, parameters=HEADER_SAID).to_pydict() == ROWS


def test_a_header_of_other_names_is_left_out_where_the_table_says_it_is_one(read: Any) -> None:
    text = 'key,"the name",published\n007,"a, b",1999\n2,,\n'

    assert read(text, parameters=HEADER_SAID).to_pydict() == ROWS


def test_a_header_whose_names_stand_elsewhere_is_refused(read: Any) -> None:
    with pytest.raises(TableError, match="its header has 'title', 'x', 'id', the catalog 'id'"):
        read("title,x,id\na,1,007\n", parameters=HEADER_SAID)
    with pytest.raises(TableError, match="its header has 'id', 'title', the catalog"):
        read("id,title\n007,a\n", parameters=HEADER_SAID)


def test_lines_before_the_header_are_left_out(read: Any) -> None:
    said = {"classification": "csv", "skip.header.line.count": "3"}
    text = '# a table\n# of "records, from\nid,title,year\n007,"a, b",1999\n2,,\n'

    assert read(text, parameters=said).to_pydict() == ROWS


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("id;title;year\n007;a, b;1999\n2;;\n", {"separatorChar": ";"}),
        ("id\ttitle\tyear\n007\ta, b\t1999\n2\t\t\n", {"field.delim": "\\t"}),
        ("id|title|year\n007|a, b|1999\n2||\n", {"field.delim": "|", "serialization.format": "|"}),
        ("id,title,year\n007,'a, b',1999\n2,,\n", {"quoteChar": "'"}),
        ("id,title,year\n007,a\\, b,1999\n2,,\n", {"escapeChar": "\\"}),
        ('id,title,year\n007,"a, b",1999\n2,\\N,\\N\n', {"serialization.null.format": "\\N"}),
    ],
)
def test_the_serde_says_how_fields_are_cut(read: Any, text: str, given: dict[str, str]) -> None:
    assert read(text, serde=given).to_pydict() == ROWS


def test_a_delimiter_among_the_tables_parameters_counts(read: Any) -> None:
    parameters = {"classification": "csv", "delimiter": ";", "areColumnsQuoted": "false"}

    assert read("id;title;year\n007;a, b;1999\n2;;\n", parameters=parameters).to_pydict() == ROWS


@pytest.mark.parametrize(
    ("serde", "message"),
    [
        ({"separatorChar": "ab"}, "the delimiter of the table is 'ab'; expected one character"),
        ({"quoteChar": "«"}, "the quoteChar of the table is '«'; expected one character"),
        ({"skip.header.line.count": "one"}, "'one'; expected a whole number"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(
    read: Any, serde: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputException, match=message):
        read("id,title,year\n1,a,1\n", serde=serde)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,title,year\n1,a\n", r"t\.csv, line 2: the row has 2 fields, the header has 3"),
        ("1,a,1\n2,b\n", r"t\.csv, line 2: the row has 2 fields, the table has 3"),
        ('id,title,year\n1,"a,1\n', r"t\.csv, line 2: a quote opens"),
        ("id,title,year\n1,\udcff,1\n", r"t\.csv, line 2: byte 0xff is not UTF-8"),
        ("id,title,year\n1,a,soon\n", r"column 'year' is int .* holds 'soon' \(row 1\)"),
    ],
)
def test_a_broken_file_is_named_with_its_line(read: Any, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read(text)


def test_a_header_alone_is_a_table_without_rows(read: Any) -> None:
    assert read("id,title,year\n").num_rows == 0
