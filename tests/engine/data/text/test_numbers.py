from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import parse_numbers
from matchloop.data.text.numbers import scan_numbers


def number(text: str | None) -> float:
    return float(parse_numbers(pa.array([text], pa.string()))[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-5", -5),
        ("\u22127", -7),
        ("(1,234)", -1234),
        (".5", 0.5),
        ("1,234,567.89", 1_234_567.89),
        ("1.234.567,89", 1_234_567.89),
        ("1 234 567", 1_234_567),
        ("1'234.50", 1234.5),
        ("$1,299.00", 1299),
        ("-$5.20", -5.2),
        ("€ 12", 12),
        ("12 €", 12),
        ("10\u00a0000 €", 10_000),
        ("USD 5", 5),
        ("$15k", 15_000),
        ("3 million", 3_000_000),
        ("1e5", 100_000),
        ("1.2E+3", 1200),
        ("7.50 %", 7.5),
        ("1/2", 0.5),
        ("3-1/2 in", 3.5),
        ("5 ft 6 in", 5.5),
        ("5lb 4oz", 5.25),
        ("4:05", 245),
        ("1:02:33", 3753),
        ("1h 30m", 1.5),
        ("2m 30sec", 2.5),
        ("pp. 322-331.", 322),
        ("12345678901234567890", 12345678901234567890),
        ("１２３", 123),
        ("٣٫٥", 3.5),
        ("०७", 7),
    ],
)
def test_reads_numbers_as_people_write_them(text: str, value: float) -> None:
    assert number(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["", " ", "-", "n/a", "abc", "é", None])
def test_gives_nan_where_there_is_no_digit(text: str | None) -> None:
    assert math.isnan(number(text))


@given(st.floats(-1e15, 1e15, allow_nan=False))
def test_reads_back_what_python_writes(value: float) -> None:
    assert number(repr(value)) == pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.integers(0, 10**15))
def test_thousands_separators_do_not_count(value: int) -> None:
    assert number(f"{value:,}") == value or value < 10**6  # 1,234 alone may be decimals


@given(st.lists(st.none() | st.text(max_size=12), max_size=20))
def test_reads_any_text_without_harm(values: list[str | None]) -> None:
    found = parse_numbers(pa.array(values, pa.string()))

    assert len(found) == len(values)
    assert not np.isinf(found).any()


@given(st.lists(st.none() | st.text("0123456789 .,$kgm'\"-/:%()e", max_size=12), max_size=20))
def test_reads_any_mixture_of_digits_and_marks(values: list[str | None]) -> None:
    found = parse_numbers(pa.array(values, pa.string()))

    assert not np.isinf(found).any()
    assert [math.isnan(x) for x in found] == [
        v is None or not any(c in "0123456789" for c in v) for v in values
    ]


def test_a_column_comes_in_its_most_frequent_unit() -> None:
    column = pa.array(["500 g", "250 g", "1 kg", "750"])

    assert parse_numbers(column).tolist() == [500, 250, 1000, 750]


def test_a_number_without_unit_takes_the_unit_that_brings_it_near() -> None:
    column = pa.array(["3:37", "3m 40sec", "3m 30sec", "217000", "3.6", "215"])

    assert parse_numbers(column) == pytest.approx([3.617, 3.667, 3.5, 3.617, 3.6, 3.583], abs=1e-3)


def test_the_column_says_what_the_decimal_mark_is() -> None:
    assert parse_numbers(pa.array(["12,50", "1.234"])).tolist() == [12.5, 1234]
    assert parse_numbers(pa.array(["12.50", "1,234"])).tolist() == [12.5, 1234]


def test_columns_of_numbers_are_taken_as_they_are() -> None:
    assert parse_numbers(pa.array([1, None, 3])).tolist()[::2] == [1, 3]
    assert parse_numbers(pa.array([1.5, float("nan")]))[0] == 1.5
    assert parse_numbers(pa.chunked_array([[1], [2]])).tolist() == [1, 2]


def test_tells_a_number_from_a_text_with_a_number() -> None:
    scanned = scan_numbers(pa.array(["12 kg", "12 monkeys", "12 angry men", "none"]))

    assert scanned.form.tolist() == [3, 2, 1, 0]
