from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.errors import UsageError
from matchloop.matching.clustering import cluster

Pair = tuple[int, int]


def scored(pairs: dict[Pair, float]) -> Scores:
    ordered = sorted(pairs)
    left, right = np.ascontiguousarray(np.asarray(ordered, np.int32).reshape(-1, 2).T)
    blank = np.zeros(len(ordered), np.float32)
    found = CandidatePairs(left, right, blank, blank.astype(np.uint32), ("rule",))
    return Scores(found, np.asarray([pairs[pair] for pair in ordered], np.float32))


def arrays(pairs: set[Pair] | list[Pair]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = np.asarray(sorted(pairs), np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def joined(groups: NDArray[np.integer]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = groups[:, None] == groups
    return same


def plain_average_link(
    pairs: dict[Pair, float], n: int, threshold: float, absent: float, sources: list[int]
) -> NDArray[np.int64]:
    def average(a: list[int], b: list[int]) -> float:
        possible = [
            (min(i, j), max(i, j))
            for i in a
            for j in b
            if sources[i] != sources[j] or (min(i, j), max(i, j)) in pairs
        ]
        known = [pairs[pair] for pair in possible if pair in pairs]
        weight = len(known) + absent * (len(possible) - len(known))
        return sum(known) / weight if known else -1.0

    groups = [[i] for i in range(n)]
    while True:
        best, at = -1.0, None
        for a, b in combinations(range(len(groups)), 2):
            found = average(groups[a], groups[b])
            if found > best:
                best, at = found, (a, b)
        if at is None or best < threshold:
            break
        groups[at[0]] += groups.pop(at[1])
    out = np.empty(n, np.int64)
    for number, group in enumerate(groups):
        out[group] = number
    return out


@st.composite
def graphs(
    draw: st.DrawFn, most: int = 12, distinct: bool = False
) -> tuple[int, dict[Pair, float]]:
    n = draw(st.integers(1, 12))
    every = list(combinations(range(n), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    if distinct:
        ranks = draw(st.permutations(range(len(chosen))))
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        values = np.sort(rng.random(len(chosen)))
        return n, {pair: float(values[rank]) for pair, rank in zip(chosen, ranks, strict=True)}
    some = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    return n, {pair: draw(some) for pair in chosen}


thresholds = st.floats(0.01, 1)


@given(st.integers(2, 14), thresholds, st.integers(0, 2**32 - 1))
def test_equals_scipy_where_every_pair_is_compared(n: int, threshold: float, seed: int) -> None:
    chance = np.random.default_rng(seed).random(n * (n - 1) // 2).astype(np.float32)
    scores = scored(dict(zip(combinations(range(n), 2), chance.tolist(), strict=True)))
    found = cluster(scores, n, threshold=threshold).cluster

    tree = linkage(1 - chance.astype(np.float64), "average")
    expected = fcluster(tree, 1 - threshold, "distance")

    assert np.array_equal(joined(found), joined(expected))


@given(graphs(distinct=True), thresholds, st.sampled_from([0, 0.1, 0.5, 1]), st.booleans())
def test_equals_plain_average_link_on_any_graph(
    graph: tuple[int, dict[Pair, float]], threshold: float, absent: float, linkage: bool
) -> None:
    n, pairs = graph
    sources = (np.arange(n) % 3 if linkage else np.arange(n)).astype(np.int32)
    if linkage:
        pairs = {(a, b): p for (a, b), p in pairs.items() if sources[a] != sources[b]}
    found = cluster(
        scored(pairs),
        n,
        threshold=threshold,
        absent=absent,
        sources=sources if linkage else None,
    ).cluster
    expected = plain_average_link(pairs, n, threshold, absent, sources.tolist())

    assert np.array_equal(joined(found), joined(expected))


@given(graphs(), thresholds, thresholds, st.booleans(), st.sampled_from([None, 1, 2, 3]))
def test_a_higher_threshold_gives_a_refinement(
    graph: tuple[int, dict[Pair, float]], one: float, two: float, per: bool, cap: int | None
) -> None:
    n, pairs = graph
    sources = np.arange(n, dtype=np.int32) % 3
    low, high = (
        cluster(
            scored(pairs),
            n,
            threshold=threshold,
            sources=sources,
            per_source="one" if per else "many",
            max_size=cap,
        ).cluster
        for threshold in sorted((one, two))
    )

    assert not (joined(high) & ~joined(low)).any()


@given(graphs(distinct=True), thresholds, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    graph: tuple[int, dict[Pair, float]],
    threshold: float,
    random: Random,
) -> None:
    n, pairs = graph
    moved = list(range(n))
    random.shuffle(moved)
    turned = {(min(moved[a], moved[b]), max(moved[a], moved[b])): p for (a, b), p in pairs.items()}
    here = cluster(scored(pairs), n, threshold=threshold)
    there = cluster(scored(turned), n, threshold=threshold)

    assert np.array_equal(joined(here.cluster), joined(there.cluster[moved]))
    assert np.array_equal(here.confidence, there.confidence[moved])
    assert np.array_equal(here.weakest, there.weakest[moved])


@given(graphs(), thresholds, st.data())
def test_labels_that_agree_are_kept_every_one(
    graph: tuple[int, dict[Pair, float]], threshold: float, data: st.DataObject
) -> None:
    n, pairs = graph
    truth = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    every = list(combinations(range(n), 2))
    asked = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    must = [(a, b) for a, b in asked if truth[a] == truth[b]]
    cannot = [(a, b) for a, b in asked if truth[a] != truth[b]]
    cap = data.draw(st.sampled_from([None, 1, 2, 4]))
    found = cluster(
        scored(pairs),
        n,
        threshold=threshold,
        must_link=arrays(must),
        cannot_link=arrays(cannot),
        sources=np.arange(n, dtype=np.int32) % 2,
        per_source=data.draw(st.sampled_from(["one", "many"])),
        max_size=cap,
    )

    assert all(found.cluster[a] == found.cluster[b] for a, b in must)
    assert all(found.cluster[a] != found.cluster[b] for a, b in cannot)
    assert found.report.dropped == found.report.contradictions == ()


@given(graphs(), thresholds, st.integers(2, 4))
def test_one_per_source_keeps_sources_apart(
    graph: tuple[int, dict[Pair, float]], threshold: float, count: int
) -> None:
    n, pairs = graph
    sources = (np.arange(n, dtype=np.int32) * 7) % count
    found = cluster(scored(pairs), n, threshold=threshold, sources=sources, per_source="one")

    assert len({*zip(found.cluster.tolist(), sources.tolist(), strict=True)}) == n
    assert found.report.sources_joined == 0


def test_an_unknown_source_is_no_source() -> None:
    scores = scored({(0, 1): 0.9, (1, 2): 0.9, (0, 2): 0.9})
    sources = np.asarray([-1, -1, 0], np.int32)

    found = cluster(scores, 3, sources=sources, per_source="one")

    assert found.cluster.tolist() == [0, 0, 0]


def test_one_to_one_prefers_the_stronger_pair() -> None:
    scores = scored({(0, 2): 0.8, (0, 3): 0.9, (1, 2): 0.7})
    sources = np.asarray([0, 0, 1, 1], np.int32)

    found = cluster(scores, 4, sources=sources, per_source="one")

    assert found.cluster.tolist() == [0, 1, 1, 0]


@given(graphs(), thresholds, st.integers(1, 5))
def test_no_group_exceeds_the_cap(
    graph: tuple[int, dict[Pair, float]], threshold: float, cap: int
) -> None:
    n, pairs = graph
    free = cluster(scored(pairs), n, threshold=threshold)
    found = cluster(scored(pairs), n, threshold=threshold, max_size=cap)

    assert np.bincount(found.cluster).max() <= cap
    assert found.report.capped == (np.bincount(free.cluster) > cap).sum()
    assert not (joined(found.cluster) & ~joined(free.cluster)).any()


def test_labels_hold_a_group_above_the_cap_and_it_is_reported() -> None:
    found = cluster(scored({}), 4, must_link=arrays([(0, 1), (1, 2)]), max_size=2)

    assert found.cluster.tolist() == [0, 0, 0, 1]
    assert found.report.over_cap == 1
    assert "labels hold" in " ".join(found.report.lines())


def test_a_weak_bridge_does_not_chain_two_groups() -> None:
    strong = {(0, 1): 0.95, (0, 2): 0.95, (1, 2): 0.95, (3, 4): 0.95, (3, 5): 0.95, (4, 5): 0.95}
    bridge = {(2, 3): 0.9, (1, 3): 0.05, (2, 4): 0.05, (0, 3): 0.05}

    found = cluster(scored(strong | bridge), 6)

    assert found.cluster.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.report.components == (6,)
    assert found.report.biggest == (3, 3)


def test_groups_are_numbered_by_first_appearance() -> None:
    found = cluster(scored({(0, 3): 0.9, (1, 2): 0.9}), 5)

    assert found.cluster.tolist() == [0, 1, 1, 0, 2]


def test_confidence_is_the_mean_inside_and_one_minus_the_best_candidate_alone() -> None:
    found = cluster(scored({(0, 1): 0.75, (0, 2): 0.75, (1, 2): 0.5, (2, 3): 0.25}), 5)

    assert found.cluster.tolist() == [0, 0, 0, 1, 2]
    assert found.confidence == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0.75, 1])
    assert found.weakest == pytest.approx([0.625, 0.625, 0.625, 1, 1])


def test_a_pair_labelled_a_non_match_is_no_candidate_for_confidence() -> None:
    found = cluster(scored({(0, 1): 0.75}), 2, cannot_link=arrays([(0, 1)]))

    assert found.cluster.tolist() == [0, 1]
    assert found.confidence.tolist() == [1, 1]


@given(graphs(), thresholds)
def test_confidence_is_a_probability_and_one_value_per_group(
    graph: tuple[int, dict[Pair, float]], threshold: float
) -> None:
    n, pairs = graph
    found = cluster(scored(pairs), n, threshold=threshold)

    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    values = {*zip(found.cluster.tolist(), found.confidence.tolist(), strict=True)}
    assert len(values) == found.report.groups == found.cluster.max() + 1


def test_all_ones_are_one_group_and_no_pairs_are_all_alone() -> None:
    ones = cluster(scored(dict.fromkeys(combinations(range(30), 2), 1.0)), 30, threshold=1.0)
    none = cluster(scored({}), 30)

    assert ones.report.biggest == (30,)
    assert none.report.groups == 30
    assert none.confidence.tolist() == [1] * 30


def test_one_record_and_no_record_are_allowed() -> None:
    assert cluster(scored({}), 1).cluster.tolist() == [0]
    assert cluster(scored({}), 0).cluster.tolist() == []


def test_a_threshold_near_zero_does_not_join_all_candidates() -> None:
    assert cluster(scored({(0, 1): 0.001}), 2, threshold=0).cluster.tolist() == [0, 1]


def test_what_was_not_compared_speaks_against_a_little() -> None:
    hub = {(0, i): 0.58 for i in range(1, 9)}
    found = cluster(scored(hub), 9)

    assert np.bincount(found.cluster).tolist() == [3, 1, 1, 1, 1, 1, 1]


def test_records_of_one_source_are_not_missing_pairs_in_linkage() -> None:
    hub = {(0, i): 0.58 for i in range(1, 9)}
    sources = np.asarray([0] + [1] * 8, np.int32)
    found = cluster(scored(hub), 9, sources=sources)

    assert found.report.biggest == (9,)


def test_very_many_sources_are_allowed() -> None:
    scores = scored({(0, 1): 0.9, (1, 2): 0.9})

    assert cluster(scores, 3, sources=np.asarray([0, 70, 99], np.int32)).report.groups == 1


def test_a_threshold_that_float32_cannot_hold_is_met_by_its_own_value() -> None:
    assert cluster(scored({(0, 1): 0.7}), 2, threshold=0.7).cluster.tolist() == [0, 0]


def test_a_star_and_a_chain_of_many_records_are_quick() -> None:
    n = 50_000
    star = {(0, i): 0.9 for i in range(1, n)}
    chain = {(i, i + 1): 0.9 for i in range(n - 1)}

    assert cluster(scored(star), n, absent=0).report.groups == 1
    assert cluster(scored(chain), n, absent=0).report.groups == 1
    assert cluster(scored(star), n).report.groups > 1
    assert cluster(scored(chain), n).report.groups > 1


@pytest.mark.parametrize(
    ("pairs", "together", "apart", "expected"),
    [
        ([(0, 1), (1, 2), (1, 3)], (2, 3), (0, 2), [{0}, {1, 2, 3}]),  # more compared pairs
        ([(1, 2), (2, 5)], (0, 5), (0, 1), [{0, 2, 5}, {1}]),  # 0 is before 1
        ([(0, 2), (0, 5)], (1, 5), (1, 2), [{0, 1, 5}, {2}]),  # 1 is before 2
    ],
)
def test_of_equal_averages_more_pairs_decide_and_then_the_first_rows(
    pairs: list[Pair], together: Pair, apart: Pair, expected: list[set[int]]
) -> None:
    found = cluster(
        scored(dict.fromkeys(pairs, 0.9)),
        6,
        absent=0,
        must_link=arrays([together]),
        cannot_link=arrays([apart]),
    ).cluster

    for group in expected:
        assert set(np.flatnonzero(found == found[min(group)]).tolist()) == group


@pytest.mark.parametrize(
    ("pairs", "apart", "expected"),
    [
        # two pairs with the group {0, 1} decide before one pair with 3
        ({(0, 1): 0.9, (0, 2): 0.6, (1, 2): 0.6, (2, 3): 0.6}, (0, 3), [0, 0, 0, 1]),
        # the group {0, 6} begins before {1, 2}; the weak pair makes 6 its number inside
        (
            {(0, 6): 0.9, (1, 2): 0.8, (2, 6): 0.1}
            | dict.fromkeys([(0, 5), (5, 6), (1, 5), (2, 5)], 0.6),
            (0, 1),
            [0, 1, 1, 2, 3, 0, 0],
        ),
    ],
)
def test_equal_averages_of_groups_that_merged_are_decided_alike(
    pairs: dict[Pair, float], apart: Pair, expected: list[int]
) -> None:
    found = cluster(scored(pairs), len(expected), absent=0, cannot_link=arrays([apart]))

    assert found.cluster.tolist() == expected


def test_an_average_that_falls_to_the_threshold_still_merges() -> None:
    found = cluster(scored({(0, 1): 1.0, (1, 2): 0.75}), 3, threshold=0.375, absent=1)

    assert found.cluster.tolist() == [0, 0, 0]
    assert found.weakest.tolist() == [0.375] * 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"max_size": 0}, "give 1 or more"),
        ({"per_source": "two"}, "'one' or 'many'"),
        ({"per_source": "one"}, "give sources"),
        ({"sources": np.zeros(3, np.int32)}, "one per record"),
        ({"must_link": arrays([(0, 9)])}, "outside 0 to 1"),
        ({"cannot_link": arrays([(1, 1)])}, "itself"),
    ],
)
def test_wrong_use_is_told_in_one_line(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        cluster(scored({(0, 1): 0.7}), 2, **wrong)  # type: ignore[arg-type]
