"""A key is proposed only where a column can be nothing else; otherwise rows are numbered."""

from __future__ import annotations

import pyarrow as pa
import pytest

import matchloop as ml

NAMES = ["Ann Lee", "Tom Ray", "Zed Kay", "Bo Fox", "Cy Day", "Di Roe"]


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3, 4, 5, 6],
        ["007", "008", "010", "100", "101", "200"],
        ["E-01", "E-02", "E-03", "E-10", "E-11", "E-12"],
        ["K9", "K10", "K11", "K12", "K13", "K14"],
    ],
)
def test_a_column_that_counts_the_rows_is_the_key(values: list[object]) -> None:
    records = ml.read_records(pa.table({"name": NAMES, "nr": values}))

    assert records.key == "nr"
    assert any("the key is 'nr'" in note for note in records.notes)


def test_codes_in_the_first_column_are_the_key() -> None:
    codes = ["B7", "A2", "C9", "A1", "D4", "B0"]

    assert ml.read_records(pa.table({"code": codes, "name": NAMES})).key == "code"
    assert ml.read_records(pa.table({"name": NAMES, "code": codes})).key == "row"


@pytest.mark.parametrize(
    "values",
    [
        NAMES,
        ["+49 30 1234561", "+49 30 1234562", "+49 30 9", "+49 30 8", "+49 30 7", "+49 30 6"],
        ["07900900123", "07900900555", "07900900666", "07900900001", "07900900777", "07900900888"],
        ["a1@x.org", "b2@x.org", "c3@x.org", "d4@x.org", "e5@x.org", "f6@x.org"],
        ["1.50", "2.25", "1.10", "7.00", "9.99", "4.20"],
        ["2021-05-03", "2020-12-31", "2022-01-07", "2019-03-02", "2018-08-08", "2017-07-07"],
        ["1", "2", "3", "4", "5", None],
        ["1", "2", "3", "4", "5", "5"],
    ],
)
def test_values_that_tell_which_records_match_are_no_key(values: list[object]) -> None:
    records = ml.read_records(pa.table({"x": values, "name": NAMES}))

    assert records.key == "row"
    assert records.table.column("row").to_pylist() == [1, 2, 3, 4, 5, 6]
    assert any("'row' numbers them" in note for note in records.notes)


def test_row_numbers_take_a_name_that_is_free() -> None:
    records = ml.read_records(pa.table({"row": ["a", "a", "b", "b", "c", "c"], "name": NAMES}))

    assert records.key == "row 2"


def test_a_result_without_a_key_column_is_matched_again_by_its_row_numbers() -> None:
    first = ml.read_records(pa.table({"name": NAMES, "city": ["Bath"] * 6}))
    again = ml.read_records(first.table.append_column("match_id", [list(range(6))]))

    assert again.key == "row"
    assert again.table.column_names == ["row", "name", "city", "match_id"]
