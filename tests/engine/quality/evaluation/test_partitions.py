from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.errors import UsageError
from matchloop.quality.evaluation import (
    compare_with_clusters,
    compare_with_pairs,
)

Pair = tuple[int, int]
Ends = tuple[NDArray[np.int64], NDArray[np.int64]]


def ends(pairs: list[Pair]) -> Ends:
    found = np.asarray(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


@st.composite
def situations(
    draw: st.DrawFn,
) -> tuple[list[int], list[int], list[int] | None, list[Pair]]:
    n = draw(st.integers(1, 12))
    groups = st.lists(st.integers(-2, 3), min_size=n, max_size=n)
    every = list(combinations(range(n), 2))
    out = draw(st.lists(st.sampled_from(every))) if every else []
    return draw(groups), draw(groups), draw(st.none() | groups), out


@given(situations())
def test_pairs_are_counted_as_if_listed(
    situation: tuple[list[int], list[int], list[int] | None, list[Pair]],
) -> None:
    found, true, sources, out = situation
    n = len(found)
    counted = [
        (a, b)
        for a, b in combinations(range(n), 2)
        if (sources is None or sources[a] != sources[b]) and (a, b) not in out
    ]
    predicted = {(a, b) for a, b in counted if found[a] == found[b]}
    belong = {(a, b) for a, b in counted if true[a] == true[b]}
    given_sources = None if sources is None else np.asarray(sources)
    quality = compare_with_clusters(
        np.asarray(found) * 10**12,
        np.asarray(true),
        sources=given_sources,
        left_out=ends([(b, a) for a, b in out]),
    )
    all_true = [(a, b) for a, b in combinations(range(n), 2) if true[a] == true[b]]
    by_pairs = compare_with_pairs(
        np.asarray(found), ends(all_true), sources=given_sources, left_out=ends(out)
    )

    for pairs in (quality.pairs, by_pairs.pairs):
        assert (pairs.predicted, pairs.true, pairs.correct) == (
            len(predicted),
            len(belong),
            len(predicted & belong),
        )


@given(situations())
def test_bcubed_and_exact_groups_are_as_defined(
    situation: tuple[list[int], list[int], list[int] | None, list[Pair]],
) -> None:
    found, true, _, _ = situation
    n = len(found)
    in_group = [{j for j in range(n) if found[j] == found[i]} for i in range(n)]
    in_truth = [{j for j in range(n) if true[j] == true[i]} for i in range(n)]
    quality = compare_with_clusters(np.asarray(found), np.asarray(true))
    several = {frozenset(group) for group in in_truth if len(group) > 1}
    hit = several & {frozenset(group) for group in in_group}

    assert quality.bcubed_precision == pytest.approx(
        np.mean([len(g & t) / len(g) for g, t in zip(in_group, in_truth, strict=True)])
    )
    assert quality.bcubed_recall == pytest.approx(
        np.mean([len(g & t) / len(t) for g, t in zip(in_group, in_truth, strict=True)])
    )
    assert quality.exact == (len(hit) / len(several) if several else 1)


def test_true_pairs_need_not_be_closed() -> None:
    quality = compare_with_pairs(np.asarray([0, 0, 0]), ends([(0, 1), (2, 1)]))

    assert (quality.pairs.predicted, quality.pairs.true, quality.pairs.correct) == (3, 2, 2)
    assert quality.bcubed_f1 == 1


def test_no_prediction_is_zero_and_nothing_to_find_is_one() -> None:
    nothing_found = compare_with_clusters(np.asarray([0, 1]), np.asarray([0, 0]))
    nothing_there = compare_with_clusters(np.asarray([0, 1]), np.asarray([3, 4]))

    assert (nothing_found.precision, nothing_found.recall, nothing_found.f1) == (0, 0, 0)
    assert (nothing_there.precision, nothing_there.recall, nothing_there.f1) == (1, 1, 1)


def test_huge_groups_are_not_listed() -> None:
    everyone = np.zeros(1_000_000, np.int64)

    quality = compare_with_clusters(everyone, np.arange(1_000_000) // 2)

    assert quality.pairs.predicted == 499_999_500_000
    assert quality.recall == 1


def test_sizes_of_groups_are_counted() -> None:
    groups = np.asarray([4, 4, 4, 9, 2, 9])

    assert compare_with_clusters(groups, groups).groups.to_dict() == {
        "records": 6,
        "groups": 3,
        "alone": 1,
        "biggest": [3, 2, 1],
        "sizes": {1: 1, 2: 1, 3: 1},
    }


def test_no_records_are_no_trouble() -> None:
    empty = np.empty(0, np.int64)

    quality = compare_with_clusters(empty, empty)

    assert quality.f1 == 1
    assert quality.groups.groups == 0


def test_truth_of_another_length_is_told() -> None:
    with pytest.raises(UsageError, match="truth has 3 values, not 2"):
        compare_with_clusters(np.arange(2), np.arange(3))


def test_everything_is_told_as_plain_values() -> None:
    told = compare_with_clusters(np.asarray([0, 0]), np.asarray([1, 1])).to_dict()

    assert told["pairs"] == {
        "predicted": 1,
        "true": 1,
        "correct": 1,
        "precision": 1,
        "recall": 1,
        "f1": 1,
    }
    assert told["bcubed"] == {"precision": 1, "recall": 1, "f1": 1}
