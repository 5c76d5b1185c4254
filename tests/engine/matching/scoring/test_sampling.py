"""Samples of candidates keep the rivals of their pairs."""

import numpy as np

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring import neighbourhoods


def ring(n: int, reach: int = 4) -> CandidatePairs:
    left = np.repeat(np.arange(n), reach)
    return CandidatePairs.of(left, (left + np.tile(np.arange(1, reach + 1), n)) % n)


def test_small_tables_are_kept_whole() -> None:
    assert len(neighbourhoods(ring(20), 20, 1000)) == 80


def test_about_as_many_are_kept_as_asked_for() -> None:
    pairs = ring(5000)

    kept = neighbourhoods(pairs, 5000, 2000)

    assert 2000 <= len(kept) < 2100
    assert (np.diff(kept) > 0).all()


def test_kept_pairs_stand_among_their_rivals() -> None:
    pairs = ring(5000)
    kept = pairs.take(neighbourhoods(pairs, 5000, 2000))
    spread = pairs.take(np.arange(0, len(pairs), len(pairs) // 2000))

    def full(part: CandidatePairs) -> int:
        count = np.bincount(part.left, minlength=5000) + np.bincount(part.right, minlength=5000)
        return int((count == 8).sum())

    assert full(kept) > 50
    assert full(spread) == 0


def test_the_same_seed_draws_the_same_pairs() -> None:
    pairs = ring(2000)

    one, other, another = (neighbourhoods(pairs, 2000, 500, seed=s) for s in (1, 1, 2))

    assert np.array_equal(one, other)
    assert not np.array_equal(one, another)
