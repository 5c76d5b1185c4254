from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.quality.evaluation import expected_quality


def scored(pairs: dict[tuple[int, int], float]) -> Scores:
    ends = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    probability = np.array([pairs[left, right] for left, right in ends.tolist()], np.float32)
    return Scores(CandidatePairs.of(ends[:, 0], ends[:, 1]), probability)


def slowly(
    groups: NDArray[np.int64], pairs: dict[tuple[int, int], float], sources: NDArray[np.int64]
) -> tuple[int, float, float]:
    """Return pairs joined, expected matches among them, and those kept apart, pair by pair."""
    joined, matches = 0, 0.0
    for name in np.unique(groups).tolist():
        rows = np.flatnonzero(groups == name).tolist()
        inside = [pair for pair in combinations(rows, 2) if sources[pair[0]] != sources[pair[1]]]
        known = [pairs[pair] for pair in inside if pair in pairs]
        joined += len(inside)
        matches += len(inside) * sum(known) / len(known) if known else 0.0
    apart = sum(value for (left, right), value in pairs.items() if groups[left] != groups[right])
    return joined, matches, apart


@pytest.mark.parametrize("seed", range(20))
def test_expected_quality_is_that_of_counting_pair_by_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    records = int(rng.integers(2, 25))
    sources = rng.integers(0, 3, records)
    groups = rng.integers(0, 8, records) * 7
    pairs = {
        pair: float(np.float32(rng.random()))
        for pair in combinations(range(records), 2)
        if rng.random() < 0.5 and sources[pair[0]] != sources[pair[1]]
    }
    joined, matches, apart = slowly(groups, pairs, sources)

    found = expected_quality(0.5, groups, scored(pairs), sources=sources)

    assert found.pairs == joined
    assert found.groups == len(set(groups.tolist()))
    assert found.joined_matches == pytest.approx(matches)
    assert found.missed_matches == pytest.approx(apart)
    assert found.precision == pytest.approx(matches / joined if joined else 1)
    assert found.recall == pytest.approx(matches / (matches + apart) if matches + apart else 1)


def test_a_pair_that_was_not_compared_counts_like_the_compared_ones_of_its_group() -> None:
    found = expected_quality(0.5, np.array([4, 4, 4]), scored({(0, 1): 0.8, (1, 2): 0.6}))

    assert found.pairs == 3
    assert found.precision == pytest.approx(0.7)
    assert found.recall == 1.0


def test_records_that_nothing_joins_have_no_pair_that_is_wrong() -> None:
    found = expected_quality(0.9, np.arange(4), scored({(0, 1): 0.25}))

    assert (found.pairs, found.precision, found.recall, found.f1) == (0, 1.0, 0.0, 0.0)
