from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import without_placeholders


def read(values: list[str | None]) -> list[str | None]:
    read: list[str | None] = without_placeholders(pa.array(values, pa.string())).to_pylist()
    return read


@pytest.mark.parametrize(
    "word",
    ["n/a", " N/A ", "N.A.", "-", "--", "----", "\u2013", "?", "???", "unknown", "Not available",
     "k.A.", "Unbekannt", "(null)", "\\N", "#N/A", "#REF!", "#DIV/0!", "#WERT!"],
)  # fmt: skip
def test_a_word_that_nobody_is_called_is_no_value(word: str) -> None:
    assert read(["Ann", word, None]) == ["Ann", None, None]


@pytest.mark.parametrize(
    "word", ["ND", "Na", "Unknown Pleasures", "n", "+++", "0", "no", "Miss", "x"]
)
def test_what_may_be_a_value_is_kept(word: str) -> None:
    assert read(["Ann", word]) == ["Ann", word]


@pytest.mark.parametrize("word", ["NA", "nan", "NULL", "None", "nil", "unk"])
def test_what_may_be_a_name_is_no_value_only_where_many_rows_have_it(word: str) -> None:
    others: list[str | None] = [f"name {number}" for number in range(300)]

    assert read([*others, word, word.lower()])[-2:] == [word, word.lower()]
    assert read([*others, *4 * [word]])[-4:] == 4 * [None]


def test_numbers_become_text_and_long_values_stay() -> None:
    assert without_placeholders(pa.chunked_array([[1.5, None], [2.5]])).to_pylist() == [
        "1.5",
        None,
        "2.5",
    ]
    assert read(["unknown " * 20]) == ["unknown " * 20]
    assert without_placeholders(pa.array([], pa.string())).to_pylist() == []


@given(st.lists(st.none() | st.text(max_size=30) | st.sampled_from(["n/a", "null", "-"])))
def test_values_are_kept_or_missing_and_never_changed(values: list[str | None]) -> None:
    for before, after in zip(values, read(values), strict=True):
        assert after is None or after == before
