"""Words that stand in one another's place."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.text import alternations, encode
from matchloop.data.text.alternations import count_alternations
from matchloop.data.text.pieces import Pieces, pieces
from matchloop.data.text.units import hashed

WORDS = ("ash", "birch", "cedar", "elm", "fir")


def _pieces(values: list[str]) -> Pieces:
    written = pa.array(values, pa.string())
    return pieces(encode(written), written)


def _counts(values: list[str], least: int = 1) -> dict[str, int]:
    cut = _pieces(values)
    counts = count_alternations(cut, np.ones(len(values), np.int32), least)
    by_hash = dict(zip(cut.hashes.tolist(), counts.tolist(), strict=True))
    words = sorted({word for value in values for word in value.split()})
    return {word: by_hash[hashed(word)] for word in words if by_hash[hashed(word)]}


def _slowly(values: list[str], least: int) -> dict[str, int]:
    """Look at every word of every value, with what the value is without it."""
    frequency = Counter(word for value in values for word in set(value.split()))
    contexts: dict[frozenset[str], set[str]] = {}
    for value in values:
        words = frozenset(value.split())
        if len(words) >= alternations.FEWEST:
            for word in words:
                if frequency[word] >= least:
                    contexts.setdefault(words - {word}, set()).add(word)
    found = (word for words in contexts.values() if len(words) > 1 for word in words)
    return dict(sorted(Counter(found).items()))


def test_colours_of_one_shirt_alternate() -> None:
    counts = _counts(["shirt blue long", "shirt red long", "long green shirt", "hat of felt"])

    assert counts == {"blue": 1, "green": 1, "red": 1}


def test_a_word_of_few_records_stands_in_no_others_place() -> None:
    values = ["shirt blue long", "shirt blue short", "shirt bleu long"]

    assert _counts(values, least=2) == {}


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), min_size=1),
    st.integers(1, 3),
)
def test_alternations_are_what_a_look_at_every_context_finds(values: list[str], least: int) -> None:
    assert _counts(values, least) == _slowly(values, least)


def test_a_sample_of_the_contexts_counts_about_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"article {number} size {size}" for number in range(3000) for size in ("s", "m")]
    whole = _counts(values)

    monkeypatch.setattr(alternations, "CONTEXTS", 2_000)
    drawn = _counts(values)

    assert whole["s"] == 3000
    assert np.isclose(drawn["s"], whole["s"], rtol=0.25)
