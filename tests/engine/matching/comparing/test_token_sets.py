"""Words and 3-grams are weighted and counted as a plain computation says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records
from matchloop.data.text import Strings, encode, fold_array
from matchloop.data.views import Views
from matchloop.matching.comparing import grams
from matchloop.matching.comparing.grams import GramSets, RecordGrams
from matchloop.matching.comparing.record import Presence, RecordWords

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
Sets = list[set[str]]


def weight(token: str, sets: Sets) -> float:
    return math.log((1 + len(sets)) / (1 + sum(token in one for one in sets))) + 1


def cosine(a: set[str], b: set[str], sets: Sets) -> float:
    if not a or not b:
        return math.nan

    def squares(tokens: set[str]) -> float:
        return sum(weight(token, sets) ** 2 for token in tokens)

    return squares(a & b) / math.sqrt(squares(a) * squares(b))


def threes(text: str) -> set[str]:
    padded = [f" {word} " for word in text.split()]
    return {word[at : at + 3] for word in padded for at in range(len(word) - 2)}


def column(values: pa.StringArray) -> tuple[Strings, NDArray[np.int32]]:
    return encode(values), np.arange(len(values), dtype=np.int32)


def pairs(rows: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    left, right = np.triu_indices(rows, 1)
    return left.astype(np.int32), right.astype(np.int32)


TEXTS = st.lists(st.text("abc ñж", max_size=12).map(str.strip), min_size=2, max_size=8)


@given(TEXTS)
def test_words_over_the_record_have_the_cosine_of_their_weights(values: list[str]) -> None:
    table = pa.table({"k": [str(n) for n in range(len(values))], "c": values})
    planned = RecordWords.plan(Views(Records(table, "k", {"c": Kind.TEXT})))
    sets: Sets = [set((v or "").split()) for v in fold_array(table["c"]).to_pylist()]
    left, right = pairs(len(values))
    out = np.empty((4, len(left)), np.float32)

    planned.compare(left, right, out)

    expected = [cosine(sets[i], sets[j], sets) for i, j in zip(left, right, strict=True)]
    np.testing.assert_allclose(out[0], expected, atol=1e-5)


@given(TEXTS)
def test_grams_have_the_cosine_of_their_weights(values: list[str]) -> None:
    folded = fold_array(pa.array(values, pa.string()))
    sets: Sets = [threes(value or "") for value in folded.to_pylist()]
    left, right = pairs(len(values))
    out = np.empty(len(left), np.float32)

    GramSets.of([column(folded)]).cosine(left, right, out)

    expected = [cosine(sets[i], sets[j], sets) for i, j in zip(left, right, strict=True)]
    np.testing.assert_allclose(out, expected, atol=2e-3)


def test_of_a_large_table_the_rarest_grams_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grams, "KEPT", 1)
    monkeypatch.setattr(grams, "LEAST", 4)
    common = "the quick brown fox jumps over"
    values = [f"{common} zzz", f"{common} qqq", f"{common} zzz", *[common] * 20]

    sets = GramSets.of([column(pa.array(values))])

    assert np.diff(sets.indptr).max() == 4
    out = np.empty(2, np.float32)
    sets.cosine(np.zeros(2, np.int32), np.array([1, 2], np.int32), out)
    assert out[1] == 1
    assert out[0] < 0.5


def test_a_value_in_the_wrong_column_is_found_over_the_record(
    make_views: Callable[[Columns], Views],
) -> None:
    views = make_views(
        {
            "given": (Kind.NAME, ["anna", "schmidt", "bob"]),
            "surname": (Kind.NAME, ["schmidt", "anna", "li"]),
        }
    )
    out = np.empty((4, 2), np.float32)
    RecordWords.plan(views).compare(np.zeros(2, np.int32), np.array([1, 2], np.int32), out)
    shape = np.empty((1, 2), np.float32)
    RecordGrams.plan(views).compare(np.zeros(2, np.int32), np.array([1, 2], np.int32), shape)

    np.testing.assert_allclose(out[:3, 0], 1.0, rtol=1e-6)
    assert (out[:, 1] == 0).all()
    assert shape[0].tolist() == [1.0, 0.0]


def test_presence_counts_columns_that_both_and_that_one_have(
    make_views: Callable[[Columns], Views], all_pairs: Callable[[int], CandidatePairs]
) -> None:
    views = make_views(
        {
            "a": (Kind.NAME, ["x", "x", None]),
            "b": (Kind.NAME, ["x", None, None]),
            "c": (Kind.NAME, ["x", "x", "y"]),
            "d": (Kind.NAME, [None, None, "y"]),
        }
    )
    every = all_pairs(3)
    out = np.empty((2, 3), np.float32)

    Presence.plan(views).compare(every.left, every.right, out)

    np.testing.assert_allclose(out, [[0.5, 0.25, 0.25], [0.25, 0.75, 0.5]])
