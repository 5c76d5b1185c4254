"""The strict reading of CSV files against Python's own reader."""

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matchloop.data.io import csv_kernel
from matchloop.data.io.csv import BadRow, check_csv, delimiter_of, read_csv

# quotes, delimiters and line ends in any order
BODIES = st.lists(
    st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "a", " b", "é"]), max_size=14
)


def expected_rows(text: str) -> list[list[str]] | None:
    """Return the rows below the header, None where quotes or the number of fields are wrong."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return None
    return rows[1:] if all(len(row) == len(rows[0]) for row in rows) else None


@settings(max_examples=400)
@given(st.sampled_from(["x,y", "x"]), st.sampled_from(["\n", "\r\n"]), BODIES.map("".join))
@example("x,y", "\n", 'a,"b"c\n')
@example("x,y", "\n", 'a,"b\n')
@example("x,y", "\n", "a\n")
def test_what_pythons_reader_takes_is_read_alike_and_what_it_refuses_is_refused(
    header: str, end: str, body: str
) -> None:
    text = f"{header}{end}{body}"
    rows = expected_rows(text)

    def open_file() -> io.BytesIO:
        return io.BytesIO(text.encode())

    if rows is None:
        with pytest.raises(BadRow, match="line"):
            read_csv(open_file, "t.csv")
        with pytest.raises(BadRow, match="line"):
            check_csv(open_file, "t.csv")
        return
    table = read_csv(open_file, "t.csv")
    assert table.column_names == header.split(",")
    columns = [column.to_pylist() for column in table.columns]
    assert [list(row) for row in zip(*columns, strict=True)] == [
        [field or None for field in row] for row in rows
    ]
    assert check_csv(open_file, "t.csv") == (",", header.split(","))


@given(BODIES.map("".join), st.lists(st.integers(0, 20), max_size=4))
def test_a_file_cut_into_blocks_anywhere_is_checked_as_one(text: str, cuts: list[int]) -> None:
    data = np.frombuffer(text.encode(), np.uint8)
    whole, parts = csv_kernel.new_state(), csv_kernel.new_state()

    csv_kernel.scan_csv(data, ord(","), whole)
    for start, stop in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
        if not parts[csv_kernel.PROBLEM]:
            csv_kernel.scan_csv(data[start:stop], ord(","), parts)

    assert parts.tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('1,2\n"a\nb",3\n4\n', "line 5: the row has 1 field, the header has 2"),
        ('1,2\n\n3,"x\ny\n', "line 4: a quote opens in this row and never closes"),
        ('1,2\r\n3,"x\r\ny"z\r\n', "line 4: text follows a closing quote"),
        ("1,2\n3,4,5", "line 3: the row has 3 fields, the header has 2"),
    ],
)
def test_a_mistake_is_named_with_its_line(body: str, message: str) -> None:
    with pytest.raises(BadRow, match=message):
        read_csv(lambda: io.BytesIO(f"x,y\n{body}".encode()), "t.csv")


@given(st.text("a,;\t|", max_size=10))
def test_a_header_is_cut_at_the_expected_delimiter_or_at_the_most_frequent_one(header: str) -> None:
    found = delimiter_of(header, ",")

    if "," in header:
        assert found == ","
    else:
        assert header.count(found) == max(map(header.count, ";\t|,"))
