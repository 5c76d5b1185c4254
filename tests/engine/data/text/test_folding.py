from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import fold, fold_array

anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
storable = st.text(max_size=30)  # Arrow text is UTF-8: no lone surrogates
columns = st.lists(st.none() | storable, max_size=20)


def is_blank(text: str) -> bool:
    return not text.strip()


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("  Café  O'Brien-Łódź ", "cafe obrien lodz"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("ﬁne ½", "fine 1 2"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ærøskøbing", "aeroskobing"),
        ("Москва́", "москва"),
        ("Ёлка", "елка"),
        ("東京 タワー", "東京 タワー"),
        ("ｶﾞｷﾞｸﾞ", "ガギグ"),
        ("한국어", "한국어"),
        ("مُحَمَّد", "محمد"),
        ("عبـــد", "عبد"),
        ("שָׁלוֹם", "שלום"),
        ("กรุงเทพ", "กรุงเทพ"),
        ("हिन्दी", "हिन्दी"),
        ("Ελλάδα", "ελλαδα"),
        ("Σίσυφος", "σισυφοσ"),
        ("I\u0307stanbul", "istanbul"),
        ("AT&T", "at t"),
        ("a\u200bb", "ab"),
        ("co\u00adoperate", "cooperate"),
        ("+++", "+++"),
        ("🍕🍕", "🍕🍕"),
        ("Joe's 🍕", "joes"),
    ],
)
def test_folds_the_scripts_of_the_world(given_text: str, folded: str) -> None:
    assert fold(given_text) == folded


@given(anything)
def test_never_folds_a_value_to_nothing(text: str) -> None:
    assert (fold(text) == "") == is_blank(text)


@given(anything)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(storable)
def test_letter_case_does_not_count(text: str) -> None:
    assert fold(text.upper()) == fold(text.upper().lower().upper())


@given(storable)
def test_normal_forms_do_not_count(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}

    assert len(forms) == 1


@given(anything)
def test_words_are_parted_by_single_spaces(text: str) -> None:
    assert fold(text) == " ".join(fold(text).split())


@given(columns)
def test_a_column_folds_as_its_values_do(values: list[str | None]) -> None:
    folded = fold_array(pa.array(values, pa.string())).to_pylist()

    assert folded == [fold(v) or None if v is not None else None for v in values]


@given(columns, st.integers(0, 5), st.integers(0, 5))
def test_slices_chunks_and_types_do_not_count(
    values: list[str | None], front: int, back: int
) -> None:
    whole = pa.array(["Front é"] * front + values + ["back"] * back, pa.string())
    column = whole.slice(front, len(values))
    expected = fold_array(pa.array(values, pa.string()))

    assert fold_array(column).equals(expected)
    assert fold_array(pa.chunked_array([column.slice(0, 3), column.slice(3)])).equals(expected)
    assert fold_array(column.cast(pa.large_string())).equals(expected)
    assert fold_array(column.cast(pa.string_view())).equals(expected)
    assert fold_array(column.dictionary_encode()).equals(expected)


def test_numbers_dates_and_nothing_fold_to_their_text() -> None:
    assert fold_array(pa.array([1, None])).to_pylist() == ["1", None]
    assert fold_array(pa.array([1995.0, float("nan")])).to_pylist() == ["1995", None]
    assert fold_array(pa.array([True, None])).to_pylist() == ["true", None]
    assert fold_array(pa.array([0], pa.date32())).to_pylist() == ["1970 01 01"]
    assert fold_array(pa.nulls(2)).to_pylist() == [None, None]
    assert fold_array(pa.chunked_array([], pa.string())).to_pylist() == []
