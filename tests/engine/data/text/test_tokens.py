from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import Tokens, encode, fold_array, grams, merged, words

spaced = st.text("abcdéжя019 ", max_size=16)
columns = st.lists(st.none() | spaced, min_size=1, max_size=12)
anything = st.lists(st.none() | st.text(max_size=16), min_size=1, max_size=12)


def folded(values: list[str | None]) -> pa.StringArray:
    return fold_array(pa.array(values, pa.string()))


def sets(tokens: Tokens) -> list[set[int]]:
    return [
        set(tokens.hashes[tokens.ids[start:stop]].tolist())
        for start, stop in zip(tokens.indptr[:-1], tokens.indptr[1:], strict=True)
    ]


def expected_words(value: str | None) -> set[str]:
    return set((value or "").split())


def expected_grams(value: str | None, size: int) -> set[str]:
    found = set()
    for word in (value or "").split():
        padded = f" {word} "
        found |= {padded[i : i + size] for i in range(max(1, len(padded) - size + 1))}
    return found


@given(columns)
def test_words_are_what_spaces_part(values: list[str | None]) -> None:
    column = folded(values)
    expected = [expected_words(value) for value in column.to_pylist()]
    found = words(encode(column))

    assert [len(part) for part in sets(found)] == [len(part) for part in expected]
    assert _overlaps(sets(found)) == _overlaps(expected)


@given(columns, st.integers(2, 4))
def test_grams_are_the_windows_of_padded_words(values: list[str | None], size: int) -> None:
    column = folded(values)
    expected = [expected_grams(value, size) for value in column.to_pylist()]
    found = grams(encode(column), size)

    assert [len(part) for part in sets(found)] == [len(part) for part in expected]
    assert _overlaps(sets(found)) == _overlaps(expected)


@given(anything)
def test_a_value_that_is_there_always_has_words_and_grams(values: list[str | None]) -> None:
    column = folded(values)
    present = np.asarray(column.is_valid())

    for tokens in (words(encode(column)), grams(encode(column))):
        assert ((np.diff(tokens.indptr) > 0) == present).all()


@given(anything)
def test_tokens_are_ascending_counted_and_numbered_without_gaps(values: list[str | None]) -> None:
    for tokens in (words(encode(folded(values))), grams(encode(folded(values)))):
        counts = np.bincount(tokens.ids, minlength=len(tokens.hashes))
        assert (counts == tokens.frequency).all()
        assert (counts > 0).all()
        for start, stop in zip(tokens.indptr[:-1], tokens.indptr[1:], strict=True):
            assert (np.diff(tokens.ids[start:stop]) > 0).all()


@given(anything, anything)
def test_hashes_are_equal_across_columns(left: list[str | None], right: list[str | None]) -> None:
    together = words(encode(folded([*left, *right])))
    apart = sets(words(encode(folded(left)))) + sets(words(encode(folded(right))))

    assert sets(together) == apart


@given(anything)
def test_merging_columns_unites_their_tokens(values: list[str | None]) -> None:
    first, second = words(encode(folded(values))), words(encode(folded(values[::-1])))
    united = [a | b for a, b in zip(sets(first), sets(second), strict=True)]

    assert sets(merged([first, second])) == united
    assert sets(merged([first])) == sets(first)


@given(anything, st.lists(st.integers(0, 11), max_size=20))
def test_records_of_the_same_values_have_the_tokens_of_their_values(
    values: list[str | None], rows: list[int]
) -> None:
    part = words(encode(folded(values)))
    other = words(encode(folded(values[::-1])))
    number = np.array([row % len(values) for row in rows], np.int32)

    found = merged([part, other], [number, number])
    expected = merged([part.take(number), other.take(number)])

    assert found.indptr.tolist() == expected.indptr.tolist()
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.hashes.tolist() == expected.hashes.tolist()
    assert found.frequency.tolist() == expected.frequency.tolist()


@given(anything)
def test_merged_tokens_are_numbered_record_by_record_and_column_by_column(
    values: list[str | None],
) -> None:
    parts = [words(encode(folded(values))), words(encode(folded(values[::-1])))]
    found = merged(parts)

    first = list(
        dict.fromkeys(
            int(part.hashes[number])
            for record in range(len(values))
            for part in parts
            for number in part.ids[part.indptr[record] : part.indptr[record + 1]]
        )
    )
    assert found.hashes.tolist() == first


def test_a_long_text_has_each_word_once() -> None:
    text = " ".join(f"w{number % 40}" for number in range(100, 0, -1))
    found = words(encode(pa.array([text, "w1 w1"])))

    assert found.ids[: found.indptr[1]].tolist() == list(range(40))
    assert found.frequency.sum() == 41


@pytest.mark.parametrize(
    ("text", "count"),
    [("東京都", 2), ("京", 1), ("東京 都", 2), ("abc東京def", 3), ("กขค", 2), ("москва", 1)],
)
def test_unspaced_scripts_are_cut_into_neighbouring_characters(text: str, count: int) -> None:
    assert len(words(encode(pa.array([text]))).ids) == count


def test_tokens_know_whether_they_hold_a_digit() -> None:
    tokens = words(encode(pa.array(["abc x200", "7"])))

    assert tokens.has_digit[tokens.ids].tolist() == [False, True, True]


def test_a_rare_token_weighs_more() -> None:
    tokens = words(encode(pa.array(["a b", "a c", "a"])))

    assert tokens.idf()[tokens.frequency == 1].min() > tokens.idf()[tokens.frequency == 3].max()


def _overlaps(parts: list[set[int]] | list[set[str]]) -> list[int]:
    return [len(a & b) for a in parts for b in parts]
