"""Broken labelling files: how each is made, what has to be found, what has to become of it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.repair import Status, examine
from matchloop.errors import TableError

KEY = "id"
HEAD = "labeling_set_id,label,id,name,city,price"

_RECORDS = [
    ("007", "Ann Lee", "Zürich", "12.50"),
    ("042", "Bob Stone", "Genf", "8"),
    ("1-3", "Carla Jones", "Bern", "99"),
    ("1234567", "Dan Olsen", "Malmö", "5"),
    ("1000000000000001", "Eve Adams", "Basel", "17"),
    ("MAR1", "Finn O'Hara", "Cork", "3"),
    ("AB-77", 'Gus 5" Disk', "Graz", "1"),
    ("2024-03-05", "Hal, Inc.", "Linz", "77"),
    ("12E5", "Ivy Green", "Wien", "64"),
    ("900", "Jon\nSnow", "Lyon", "2"),
    ("000900", "Kim Park", "Nice", "41"),
    ("1234567890123456", "Lou Reed", "Metz", "23"),
]
TABLE = pa.table(
    {
        name: list(values)
        for name, values in zip(
            (KEY, "name", "city", "price"), zip(*_RECORDS, strict=True), strict=True
        )
    }
)
"""The table that was labelled; its keys are what spreadsheets change."""

_LABELS = [
    ("1", "1"),
    ("1", "1"),
    ("1", "2"),
    ("1", "2"),
    ("2", "1"),
    ("2", "2"),
    ("2", "1"),
    ("2", "3"),
    ("3", "1"),
    ("3", "1"),
    ("3", "2"),
    ("3", "3"),
]


def clean_rows() -> list[list[str]]:
    """Return the rows of the file that nothing is wrong with."""
    return [[*label, *record] for label, record in zip(_LABELS, _RECORDS, strict=True)]


def csv_text(rows: Sequence[Sequence[str]], head: str | None = HEAD, between: str = ",") -> str:
    lines = [] if head is None else [head.replace(",", between)]
    for row in rows:
        cells = []
        for cell in row:
            odd = any(one in cell for one in (between, '"', "\n"))
            doubled = cell.replace('"', '""')
            cells.append(f'"{doubled}"' if odd else cell)
        lines.append(between.join(cells))
    return "\n".join(lines) + "\n"


CLEAN = csv_text(clean_rows()).encode()


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken file.

    Parameters
    ----------
    name
        What is wrong with it.
    data
        Its bytes.
    kind, status, row
        The finding that has to be there; row None where the whole file is meant.
    rows
        Rows of the repaired file; None where nothing can be written.
    with_table
        Whether the doctor is given the table.
    """

    name: str
    data: bytes
    kind: str
    status: str
    row: int | None
    rows: list[list[str]] | None
    with_table: bool = True


BROKEN: list[Broken] = []


def _add(
    name: str,
    data: bytes | str,
    kind: str,
    status: str = "repaired",
    row: int | None = None,
    rows: list[list[str]] | None | str = "clean",
    *,
    with_table: bool = True,
) -> None:
    made = data.encode() if isinstance(data, str) else data
    expected = clean_rows() if isinstance(rows, str) else rows
    BROKEN.append(Broken(name, made, kind, status, row, expected, with_table))


def _changed(place: int, column: int, value: str) -> list[list[str]]:
    rows = clean_rows()
    rows[place][column] = value
    return rows


def _key(name: str, place: int, shown: str, kind: str, **more: Any) -> None:
    """A key became something else; the row of the file is two below its place."""
    _add(name, csv_text(_changed(place, 2, shown)), kind, row=_line(place), **more)


def _line(place: int) -> int:
    return place + 2 + (1 if place > 9 else 0)  # the tenth record holds a line end


def _book(fill: Callable[[Any], None], *, rows: list[list[Any]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEAD.split(","), *(clean_rows() if rows is None else rows)]:
        sheet.append(row)
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _nothing(_: Any) -> None:
    pass


text = csv_text(clean_rows())

# keys that a spreadsheet changed
_key("leading zeros lost", 0, "7", "key_number")
_key("a decimal zero behind the key", 1, "042.0", "key_number")
_key("leading zeros lost and a decimal zero", 0, "7.0", "key_number")
_key("a decimal comma behind the key", 0, "7,0", "key_number")
_key("thousands by comma", 3, "1,234,567", "key_number")
_key("thousands by point", 3, "1.234.567", "key_number")
_key("thousands by space", 3, "1 234 567", "key_number")
_key("thousands by no-break space", 3, "1\u00a0234\u00a0567", "key_number")
_key("thousands by apostrophe", 3, "1'234'567", "key_number")
_key("scientific, all digits lost", 4, "1E+15", "key_rounded")
_key("scientific, six digits", 11, "1.23457E+15", "key_rounded")
_key("scientific, three digits, comma", 11, "1,23E+15", "key_rounded")
_key("only fifteen digits kept", 11, "1234567890123450", "key_number")
_key("a key with an E taken for a number", 8, "1200000", "key_number")
_key("a key with an E shown as a number", 8, "1.20E+06", "key_rounded")
_key("a date for 1-3", 2, "01-Mar", "key_date")
_key("an American date for 1-3", 2, "3-Jan", "key_date")
_key("a full date for 1-3", 2, "2026-03-01", "key_date")
_key("a date and time for 1-3", 2, "2026-03-01 00:00:00", "key_date")
_key(
    "a date for MAR1",
    5,
    "1-Mar",
    "key_date",
)
_key("a local date for an ISO date", 7, "05.03.2024", "key_date")
_key("an American date for an ISO date", 7, "3/5/2024", "key_date")
_key("the serial number of a date", 7, "45356", "key_number")
_key("spaces around the key", 6, "  AB-77 ", "key_spaces")
_key("a no-break space behind the key", 6, "AB-77\u00a0", "key_spaces")
_key("a character of no width in the key", 6, "\u200bAB-77", "key_spaces")
_key("another case", 6, "ab-77", "key_text")
_key("a wide form", 6, "ＡＢ-77", "key_text")
_key("a formula that keeps text", 0, '="007"', "key_spaces")
_key("an apostrophe that keeps text", 0, "'007", "key_spaces")
_key("a missing key, told by its values", 6, "", "key_missing")
_key("an unknown key, told by its values", 6, "ZZ-1", "key_unknown")
_key("an error in place of the key", 6, "#REF!", "key_formula")
_key("a key that became another record's", 10, "900", "key_number")
_add(
    "an unknown key and unknown values",
    csv_text([*clean_rows()[:-1], ["3", "3", "zz", "Nobody", "Nowhere", "0"]]),
    "key_unknown",
    "open",
    14,
    [*clean_rows()[:-1], ["3", "3", "zz", "Nobody", "Nowhere", "0"]],
)
_add(
    "a key that two keys can have become",
    csv_text([*clean_rows()[:-1], ["3", "3", "9.00E+02", "", "", ""]]),
    "key_rounded",
    "open",
    14,
    [*clean_rows()[:-1], ["3", "3", "9.00E+02", "", "", ""]],
)
_add(
    "the values of another record",
    csv_text(_changed(6, 2, "042")),
    "key_other",
    "open",
    8,
    [*clean_rows()[:6], ["2", "1", *clean_rows()[1][2:]], *clean_rows()[7:]],
)
_add("changed values", csv_text(_changed(0, 5, "12.5")), "values", row=2)

# encodings and bytes
_add("a byte order mark", b"\xef\xbb\xbf" + CLEAN, "mark", row=1)
_add("cp1252", text.encode("cp1252"), "encoding", row=2)
_add("mac_roman", text.encode("mac_roman"), "encoding", row=2)
_add("UTF-16 with mark", text.encode("utf-16"), "encoding")
_add("UTF-16 without mark", text.encode("utf-16-le"), "encoding")
_add("UTF-16, big end first", b"\xfe\xff" + text.encode("utf-16-be"), "encoding")
_add("UTF-32", text.encode("utf-32"), "encoding")
_add("a mark in the middle", text.replace("1,2,1-3", "\ufeff1,2,1-3"), "mark", row=4)
_add(
    "two encodings",
    CLEAN.replace("Malmö".encode(), "Malmö".encode("cp1252")),
    "encoding_mixed",
    row=5,
)
_add(
    "cp1252 that nothing confirms",
    "labeling_set_id,label,id\n1,1,é\n1,2,b\n".encode("cp1252"),
    "encoding",
    "open",
    2,
    [["1", "1", "é"], ["1", "2", "b"]],
    with_table=False,
)
_add("letters read wrongly", text.replace("Zürich", "ZÃ¼rich"), "values", row=2)
_add("zero bytes", text.replace("1,2,1-3", "1\0,2,1-3"), "zero_byte", row=4)
_add("gzip", gzip.compress(CLEAN), "compressed")
_add("damaged gzip", gzip.compress(CLEAN)[:40], "compressed", "open", None, None)
_add("an old workbook", b"\xd0\xcf\x11\xe0" + bytes(600), "format", "open", None, None)
_add("a web page", "<html><table><tr><td>1</td></tr></table></html>", "format", "open", None, None)
_add("nothing at all", b"", "empty", "open", None, None)
_add("blank lines only", "\n\n\n", "empty", "open", None, None)
_add("a header alone", HEAD + "\n", "empty", "open", None, [])

# delimiters, lines and quotes
_add("semicolons", csv_text(clean_rows(), between=";"), "delimiter")
_add("tabs", csv_text(clean_rows(), between="\t"), "delimiter")
_add("bars", csv_text(clean_rows(), between="|"), "delimiter")
_add(
    "a line that names the delimiter",
    "sep=;\n" + csv_text(clean_rows(), between=";"),
    "sep_line",
    row=1,
)
_add(
    "CR alone ends lines",
    csv_text(clean_rows()[:8]).replace("\n", "\r"),
    "line_ends",
    rows=clean_rows()[:8],
)
_add(
    "quotes around whole lines",
    "\n".join(
        '"' + line.replace('"', '""') + '"'
        for line in csv_text(clean_rows()[:6]).split("\n")
        if line
    )
    + "\n",
    "quoted_lines",
    rows=clean_rows()[:6],
)
_add("a quote inside a value", text.replace('"Gus 5"" Disk"', 'Gus 5" Disk'), "quote_quote", row=8)
_add("a quote that never closes", text.replace("Bob Stone", '"Bob Stone'), "quote_open", row=3)
_add("a comma without quotes", text.replace('"Hal, Inc."', "Hal, Inc."), "too_many", row=9)
_add(
    "a comma without quotes and no table",
    text.replace('"Hal, Inc."', "Hal, Inc."),
    "too_many",
    "open",
    9,
    [row for row in clean_rows() if row[2] != "2024-03-05"],
    with_table=False,
)
_add(
    "a line end without quotes", text.replace('"Jon\nSnow"', "Jon\nSnow"), "line_end_inside", row=11
)
_add("a file cut in a value", CLEAN[:-8], "cut", row=14)
_add(
    "a file cut in the key",
    CLEAN[: CLEAN.rindex(b"123456,Lou")],
    "cut",
    "open",
    14,
    clean_rows()[:-1],
)
_add(
    "a file cut in the set",
    CLEAN[: CLEAN.rindex(b",3,1234567890123456")],
    "cut",
    "open",
    14,
    clean_rows()[:-1],
)
_add(
    "a row that is too short",
    text.replace("1,2,1-3,Carla Jones,Bern,99", "1,2,1-3"),
    "too_few",
    row=4,
)
_add(
    "a row that is too short and no table",
    "labeling_set_id,label,id,name\n1,1,a,x\n1,1,b\n1,2,c,z\n",
    "too_few",
    "open",
    3,
    [["1", "1", "a", "x"], ["1", "1", "b", ""], ["1", "2", "c", "z"]],
    with_table=False,
)
_add(
    "empty columns at the end",
    "\n".join(f"{line},," for line in csv_text(clean_rows()[:6]).split("\n") if line) + "\n",
    "empty_column",
    rows=clean_rows()[:6],
)
_add("rows without values", text + ",,,,,\n,,,,,\n", "", "")

# headers and columns
_add(
    "label in capitals",
    text.replace("label,", "Label,", 1).replace("labeling_set_id,Label", "labeling_set_id,Label"),
    "column_renamed",
    row=1,
)
_add(
    "the British spelling",
    text.replace("labeling_set_id", "labelling_set_id"),
    "column_renamed",
    row=1,
)
_add(
    "a header with spaces",
    text.replace("labeling_set_id", "Labeling Set ID"),
    "column_renamed",
    row=1,
)
_add(
    "a misspelt header", text.replace("labeling_set_id", "labelng_set_id"), "column_renamed", row=1
)
_add(
    "an index of pandas",
    "\n".join(
        [
            "Unnamed: 0," + HEAD,
            *(f"{n}," + csv_text([row], None)[:-1] for n, row in enumerate(clean_rows())),
        ]
    )
    + "\n",
    "index_column",
)
_add(
    "an index without a name",
    "\n".join(
        ["," + HEAD, *(f"{n}," + csv_text([row], None)[:-1] for n, row in enumerate(clean_rows()))]
    )
    + "\n",
    "index_column",
)
_add(
    "columns in another order",
    csv_text(
        [[*row[2:], row[1], row[0]] for row in clean_rows()],
        "id,name,city,price,label,labeling_set_id",
    ),
    "column_moved",
    row=1,
)
_add("a renamed column, known by its values", text.replace("city", "Ort"), "column_renamed")
_add("a column of the table in capitals", text.replace("name", "NAME"), "column_renamed", row=1)
_add("a renamed key column", text.replace(",id,", ",record number,"), "column_renamed")
_add("no header", csv_text(clean_rows(), None), "header_missing", row=1)
_add(
    "no header and no table",
    csv_text(clean_rows(), None),
    "header",
    "open",
    1,
    None,
    with_table=False,
)
_add("the header twice", text.replace("2,1,1000", HEAD + "\n2,1,1000"), "header_again", row=6)
_add(
    "two files, the second in another order",
    csv_text(clean_rows()[:6])
    + csv_text(
        [[*row[2:], row[0], row[1]] for row in clean_rows()[6:]],
        "id,name,city,price,labeling_set_id,label",
    ),
    "header_again",
    row=8,
)
_add("a title above the header", "Labels of the week\n\n" + text, "title_row", row=1)
_add(
    "a column of remarks",
    "\n".join([HEAD + ",remark", *(csv_text([row], None)[:-1] + ",sure" for row in clean_rows())])
    + "\n",
    "column_extra",
)
_add(
    "a column that is missing",
    csv_text([row[:5] for row in clean_rows()], HEAD.removesuffix(",price")),
    "column_missing",
)
_add(
    "the label column twice",
    csv_text(
        [[*row[:2], row[1], *row[2:]] for row in clean_rows()],
        HEAD.replace("label,", "label,label.1,"),
    ),
    "column_twice",
    row=1,
)
_add(
    "no label column",
    csv_text([[row[0], *row[2:]] for row in clean_rows()], HEAD.replace("label,", "")),
    "header",
    "open",
    1,
    None,
)

# sets and labels
_add(
    "set ids as decimals",
    csv_text([[f"{row[0]}.0", *row[1:]] for row in clean_rows()]),
    "decimals",
    row=2,
)
_add(
    "labels as decimals",
    csv_text([[row[0], f"{row[1]}.0", *row[2:]] for row in clean_rows()]),
    "decimals",
    row=2,
)
_add(
    "spaces around the set",
    csv_text([[f" {row[0]} ", *row[1:]] for row in clean_rows()]),
    "spaces",
    row=2,
)
_add("a no-break space around a label", csv_text(_changed(2, 1, "\u00a02")), "spaces", row=4)
_add(
    "set ids on the first row of a set only",
    csv_text(
        [[row[0] if at in (0, 4, 8) else "", *row[1:]] for at, row in enumerate(clean_rows())]
    ),
    "set_merged",
    row=3,
)
_add(
    "a set of one",
    csv_text([*clean_rows()[:-1], ["4", *clean_rows()[-1][1:]]]),
    "set_single",
    "open",
    14,
    [*clean_rows()[:-1], ["4", *clean_rows()[-1][1:]]],
)
_MANY = [["1", "1" if n < 2 else str(n), f"k{n}"] for n in range(60)]
_add(
    "a set of sixty",
    csv_text(_MANY, "labeling_set_id,label,id"),
    "set_large",
    "open",
    2,
    _MANY,
    with_table=False,
)
_add(
    "the same row twice in a set",
    csv_text([*clean_rows(), clean_rows()[-1]]),
    "row_repeated",
    row=15,
)
_TWICE = [*clean_rows(), ["3", "1", *clean_rows()[-1][2:]]]
_add("a key twice in a set, labels differ", csv_text(_TWICE), "key_twice", "open", 15, _TWICE)
_add("a blank label", csv_text(_changed(2, 1, " ")), "label_blank", "note", 4, _changed(2, 1, ""))
_BLANK = [[row[0], "", *row[2:]] for row in clean_rows()]
_add("no label at all", csv_text(_BLANK), "labels_none", "open", None, _BLANK)
_add(
    "a label without a set",
    csv_text(_changed(2, 0, "")),
    "set_missing",
    "open",
    4,
    _changed(2, 0, ""),
)
_CASE = [[row[0], {"1": "a", "2": "b", "3": "c"}[row[1]], *row[2:]] for row in clean_rows()]
_CASE[0][1] = "A"
_add("labels that differ by case", csv_text(_CASE), "label_case", "open", 3, _CASE)
_ANSWERED = [[row[0], "match" if row[1] == "1" else "no match", *row[2:]] for row in clean_rows()]
_add("labels that answer yes or no", csv_text(_ANSWERED), "label_answers", "open", 2, _ANSWERED)
_add(
    "an error in place of a label",
    csv_text(_changed(2, 1, "#NAME?")),
    "formula",
    "open",
    4,
    _changed(2, 1, ""),
)
_add(
    "a set id that became a date",
    csv_text(_changed(2, 0, "01-Mar")),
    "set_changed",
    "open",
    4,
    _changed(2, 0, "01-Mar"),
)
_add(
    "a rounded key and no table",
    "labeling_set_id,label,id\n1,1,1E+15\n1,2,b\n",
    "key_rounded",
    "open",
    2,
    [["1", "1", "1E+15"], ["1", "2", "b"]],
    with_table=False,
)

# workbooks
_add("a workbook", _book(_nothing), "workbook")


def _numbers(book: Any) -> None:
    book.active["C2"] = 7
    book.active["C5"] = 1234567.0
    book.active["C6"] = 1000000000000001


def _dates(book: Any) -> None:
    book.active["C4"] = datetime(2026, 3, 1)
    book.active["C9"] = datetime(2024, 3, 5)


def _merges(book: Any) -> None:
    for first, last in ((2, 5), (6, 9), (10, 13)):
        book.active.merge_cells(f"A{first}:A{last}")


def _sheets(book: Any) -> None:
    other = book.create_sheet("notes", 0)
    other["A1"] = "What we thought about it"


def _both(book: Any) -> None:
    other = book.create_sheet("second")
    for row in [HEAD.split(","), *clean_rows()[8:]]:
        other.append(row)
    book.worksheets[0].delete_rows(10, 4)


def _formula(book: Any) -> None:
    book.active["B4"] = "=B5"


def _hidden(book: Any) -> None:
    book.active.row_dimensions[4].hidden = True


def _title(book: Any) -> None:
    book.active.insert_rows(1, 2)
    book.active["A1"] = "Labels of the week"


def _zeros(book: Any) -> None:
    book.active["C2"] = 7
    book.active["C2"].number_format = "000"


_add("a workbook with numbers for keys", _book(_numbers), "key_number", row=2)
_add("a workbook with dates for keys", _book(_dates), "key_date", row=4)
_add("merged cells", _book(_merges), "merged_cells", row=2)
_add("another sheet before", _book(_sheets), "sheet_other")
_add("two sheets of labels", _book(_both), "sheets_several", "open")
_add("a formula without its result", _book(_formula), "formula", "open", 4, _changed(2, 1, ""))
_add("a hidden row", _book(_hidden), "row_hidden", "note", 4)
_add("a workbook with a title", _book(_title), "title_row", row=1)
_add("a number shown with zeros", _book(_zeros), "workbook")
_add("a damaged workbook", _book(_nothing)[:900], "workbook", "open", None, None)


def test_nothing_is_wrong_with_a_clean_file() -> None:
    found = examine(CLEAN, table=TABLE, key=KEY)

    assert found.findings == ()
    assert found.table is not None
    assert [list(row.values()) for row in found.table.to_pylist()] == clean_rows()


def test_there_are_sixty_broken_files_and_more() -> None:
    assert len({one.name for one in BROKEN}) == len(BROKEN) >= 100


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_a_broken_file_is_found_and_repaired(broken: Broken) -> None:
    found = examine(broken.data, table=TABLE if broken.with_table else None, key=KEY)
    told = [(one.kind, str(one.status), one.row) for one in found.findings]

    if broken.kind:
        assert (broken.kind, broken.status) in [one[:2] for one in told]
        if broken.row is not None:
            assert (broken.kind, broken.status, broken.row) in told
    assert bool(found.open) == (broken.status == "open"), told
    if broken.rows is None:
        assert found.table is None
    else:
        assert found.table is not None
        assert [list(row.values()) for row in found.table.to_pylist()] == broken.rows


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_no_row_is_lost_in_silence(broken: Broken) -> None:
    found = examine(broken.data, table=TABLE if broken.with_table else None, key=KEY)
    named = [one for one in found.findings if "left out" in one.message and one.row is not None]

    assert found.rows == sum(found.counts.values())
    gone = found.counts.get("left_out", 0) + found.counts.get("repeated", 0)
    assert len(named) >= gone
    for one in found.open:
        assert one.message
        assert one.status is Status.OPEN


@given(
    st.lists(st.tuples(st.integers(0, len(CLEAN)), st.binary(max_size=4)), min_size=1, max_size=8),
    st.booleans(),
)
def test_no_bytes_break_the_doctor(changes: list[tuple[int, bytes]], with_table: bool) -> None:
    data = CLEAN
    for at, put in changes:
        data = data[:at] + put + data[at + len(put) // 2 :]
    found = examine(data, table=TABLE if with_table else None, key=KEY)

    assert found.rows == sum(found.counts.values())
    assert (found.table is None) or found.table.num_rows == found.counts["kept"]


@given(st.text(alphabet='ab1,;"\n\r\t|=.-E+\ufeff\x00 ', max_size=60))
def test_no_text_breaks_the_doctor(text: str) -> None:
    examine(f"labeling_set_id,label,id\n{text}".encode(), key=KEY)
    examine(text.encode(), table=TABLE, key=KEY)


def file_of(*rows: str) -> bytes:
    return "\n".join(["labeling_set_id,label,id", *rows, ""]).encode()


def test_sets_of_files_that_were_put_together_get_ids_of_their_own() -> None:
    first = ["0,a,1", "0,a,2", "1,a,3", "1,b,4"]
    second = ["0,a,5", "0,b,6", "1,a,3", "1,a,7"]

    found = examine(file_of(*first, "\ufefflabeling_set_id,label,id", *second), key="id")

    kinds = {one.kind for one in found.findings}
    assert kinds == {"mark", "header_again", "set_again", "row_repeated"}
    assert not found.open
    assert found.table is not None
    assert found.table["labeling_set_id"].to_pylist() == [*"0011", "0 (2)", "0 (2)", "1"]


def test_sets_that_come_back_without_a_header_are_for_a_person() -> None:
    rows = [f"{name},{label},{at}{label}" for at, name in enumerate("01201") for label in "ab"]

    found = examine(file_of(*rows), key="id")

    assert [one.kind for one in found.open] == ["set_again"]
    assert "2 set ids come back with other rows" in found.open[0].message


@pytest.mark.parametrize(
    ("rows", "kind", "status"),
    [
        (["0,a,1", "0,,2", "1,a,3", "1,a,4"], "set_single", Status.NOTE),
        (["0,a,1", "1,a,3", "1,a,4"], "set_single", Status.OPEN),
        (["0,1,1", "0,1,2", "1,0,3", "1,0,4"], "label_answers", Status.OPEN),
        (["0,01,1", "0,1,2", "0,2,3"], "label_case", Status.OPEN),
    ],
)
def test_what_labels_leave_open_is_told(rows: list[str], kind: str, status: Status) -> None:
    found = examine(file_of(*rows), key="id")

    assert (kind, status) in [(one.kind, one.status) for one in found.findings]
    assert bool(found.open) == (status is Status.OPEN)


def test_keys_that_only_spaces_tell_apart_stay_apart() -> None:
    table = pa.table({"id": ["49", " 49"], "name": ["Ann", "Bob"]})
    data = b"labeling_set_id,label,id,name\n0,a,49,Ann\n0,b, 49,Bob\n"

    found = examine(data, table=table, key="id")

    assert found.findings == ()


def test_keys_that_only_spaces_tell_apart_are_left_for_a_person_where_no_table_is_given() -> None:
    data = b"labeling_set_id,label,id,name\n0,a,49,Ann\n0,b, 49,Bob\n1,c, 49,Bob\n1,c,7,Ann\n"

    found = examine(data, key="id")

    assert [(one.row, one.kind, one.status) for one in found.findings] == [
        (row, "key_spaces", Status.OPEN) for row in (3, 4)
    ]
    assert found.counts["kept"] == 4


def test_a_table_with_a_column_of_the_file_is_refused() -> None:
    with pytest.raises(TableError, match="the table has a column 'label', which is a labelling"):
        examine(CLEAN, table=pa.table({"id": ["1"], "label": ["x"]}), key="id")
