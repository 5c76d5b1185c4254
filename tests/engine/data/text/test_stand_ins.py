from __future__ import annotations

import random
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.data.text import stand_ins

Columns = dict[str, list[str | None]]


def people(rows: int = 600) -> Columns:
    """Columns whose values hardly repeat and have nothing to do with each other."""
    rng = random.Random(1)
    return {
        "name": [f"{rng.choice('abcdefghkm')}{rng.randrange(10**6):06} smith" for _ in range(rows)],
        "phone": [f"{rng.randrange(10**10):010}" for _ in range(rows)],
        "born": [f"{rng.randrange(1930, 2010)}-0{rng.randrange(1, 10)}-11" for _ in range(rows)],
    }


def every(step: int, word: str, values: Sequence[str | None]) -> list[str | None]:
    return [word if row % step == 0 else value for row, value in enumerate(values)]


def told(columns: Columns) -> dict[str, set[str]]:
    found = stand_ins({name: pa.array(v, pa.string()) for name, v in columns.items()})
    return {name: set(words) for name, words in found.items()}


@pytest.mark.parametrize("word", ["xxx", "0000000000", "1900-01-01", "call us"])
def test_one_value_that_many_rows_have_and_nothing_besides_stands_for_nothing(word: str) -> None:
    table = people()
    table["phone"] = every(5, word, table["phone"])

    assert told(table) == {"phone": {word}}


def test_a_table_without_such_a_value_has_none() -> None:
    assert told(people()) == {}
    assert told({"name": [], "phone": []}) == {}
    assert told({"name": [None] * 50, "phone": ["1"] * 50}) == {}


def test_a_customer_of_very_many_records_is_no_stand_in() -> None:
    table = people()
    for name, value in (("name", "acme ltd"), ("phone", "0301234567")):
        table[name] = every(8, value, table[name])

    assert told(table) == {}


def test_a_town_is_none_where_its_rows_share_an_area_code() -> None:
    table = people()
    table["city"] = every(4, "london", [f"town {row % 200}" for row in range(600)])
    town = [value == "london" for value in table["city"]]
    table["phone"] = [
        f"0207{number}" if here else number
        for here, number in zip(town, table["phone"], strict=True)
    ]

    assert told(table) == {}


def test_a_value_that_is_frequent_among_frequent_ones_is_none() -> None:
    table = people()
    table["gender"] = every(5, "f", ["m"] * 600)
    table["country"] = every(10, "de", every(7, "fr", ["us"] * 600))

    assert told(table) == {}


def test_a_word_found_in_one_column_counts_in_the_others_but_a_number_does_not() -> None:
    table = people()
    table["phone"] = every(5, "xxx", table["phone"])
    table["gender"] = every(4, "xxx", every(3, "f", ["m"] * 600))
    assert told(table) == {"phone": {"xxx"}, "gender": {"xxx"}}

    table = people()
    table["phone"] = every(5, "0", table["phone"])
    table["children"] = every(4, "0", every(3, "2", ["1"] * 600))
    assert told(table) == {"phone": {"0"}}


def test_nothing_is_told_from_a_column_alone() -> None:
    assert told({"phone": every(5, "xxx", people()["phone"])}) == {}


@settings(max_examples=25)
@given(
    word=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12),
    step=st.integers(2, 25),
)
def test_whatever_the_word_is(word: str, step: int) -> None:
    table = people()
    table["name"] = every(step, word, table["name"])

    assert told(table) == {"name": {word}}
