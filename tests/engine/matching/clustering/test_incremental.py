import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.matching.clustering import cluster, cluster_incrementally

Pair = tuple[int, int]


def scored(pairs: dict[Pair, float]) -> Scores:
    left, right = np.ascontiguousarray(np.asarray(sorted(pairs), np.int32).reshape(-1, 2).T)
    blank = np.zeros(len(pairs), np.float32)
    found = CandidatePairs(left, right, blank, blank.astype(np.uint32), ("rule",))
    return Scores(found, np.asarray([pairs[pair] for pair in sorted(pairs)], np.float32))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=14), st.integers(0, 14))
def test_equals_one_run_over_all_where_nothing_conflicts(truth: list[int], old: int) -> None:
    n = len(truth)
    every = {(a, b): 0.9 if truth[a] == truth[b] else 0.1 for b in range(n) for a in range(b)}
    at_once = cluster(scored(every), n).cluster
    before = cluster(scored({p: s for p, s in every.items() if p[1] < old}), min(old, n)).cluster
    previous = np.append(before, np.full(n - len(before), -1))
    later = {pair: s for pair, s in every.items() if pair[1] >= old}

    assert np.array_equal(cluster_incrementally(scored(later), previous).cluster, at_once)


@given(st.lists(st.integers(-1, 3), min_size=2, max_size=10), st.integers(0, 2**32 - 1))
def test_existing_groups_are_never_split(previous: list[int], seed: int) -> None:
    n = len(previous)
    chance = np.random.default_rng(seed).random((n, n))
    pairs = {(a, b): float(chance[a, b]) for b in range(n) for a in range(b)}
    found = cluster_incrementally(scored(pairs), np.asarray(previous), max_size=2).cluster

    for a in range(n):
        for b in range(a):
            if previous[a] == previous[b] >= 0:
                assert found[a] == found[b]


def test_a_new_record_merges_two_groups() -> None:
    found = cluster_incrementally(scored({(0, 2): 0.9, (1, 2): 0.8}), np.asarray([7, 9, -1]))

    assert found.cluster.tolist() == [0, 0, 0]


def test_a_label_splits_what_an_earlier_run_joined() -> None:
    apart = (np.asarray([0]), np.asarray([1]))
    found = cluster_incrementally(scored({(0, 1): 0.9}), np.asarray([4, 4]), cannot_link=apart)

    assert found.cluster.tolist() == [0, 1]
