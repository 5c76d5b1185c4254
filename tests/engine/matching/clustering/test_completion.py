from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.matching.clustering import cluster, missing_pairs

Pair = tuple[int, int]


def scored(pairs: dict[Pair, float]) -> Scores:
    left, right = np.ascontiguousarray(np.asarray(sorted(pairs), np.int32).reshape(-1, 2).T)
    blank = np.zeros(len(pairs), np.float32)
    found = CandidatePairs(left, right, blank, blank.astype(np.uint32), ("rule",))
    return Scores(found, np.asarray([pairs[pair] for pair in sorted(pairs)], np.float32))


def listed(pairs: CandidatePairs) -> list[Pair]:
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, dict[Pair, float]]:
    n = draw(st.integers(1, 10))
    every = list(combinations(range(n), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    return n, {pair: draw(st.sampled_from([0.1, 0.4, 0.6, 0.9])) for pair in chosen}


def test_the_third_side_of_a_triangle_is_missing() -> None:
    found = missing_pairs(scored({(0, 1): 0.9, (1, 2): 0.8, (2, 3): 0.2}), 4, 0.5, 10)

    assert listed(found) == [(0, 2)]
    assert found.rule_names == ("rule", "component")
    assert found.rules.tolist() == [2]


@given(graphs(), st.sampled_from([0.3, 0.5, 0.7]), st.booleans())
def test_all_are_listed_where_the_budget_allows(
    graph: tuple[int, dict[Pair, float]], threshold: float, linkage: bool
) -> None:
    n, pairs = graph
    sources = np.arange(n, dtype=np.int32) % 2
    found = missing_pairs(scored(pairs), n, threshold, 1000, sources=sources if linkage else None)
    strong = {pair: 1.0 for pair, p in pairs.items() if p >= threshold}
    component = cluster(scored(strong), n, absent=0).cluster

    assert listed(found) == [
        (a, b)
        for a, b in combinations(range(n), 2)
        if component[a] == component[b]
        and (a, b) not in pairs
        and not (linkage and sources[a] == sources[b])
    ]


@given(graphs(), st.integers(0, 8))
def test_the_budget_is_never_exceeded(graph: tuple[int, dict[Pair, float]], limit: int) -> None:
    n, pairs = graph
    found = listed(missing_pairs(scored(pairs), n, 0.5, limit))

    assert len(found) <= limit
    assert not {*found} & {*pairs}
    assert found == sorted(set(found))


def test_a_component_too_large_is_completed_in_its_strongest_parts() -> None:
    chain = {(i, i + 1): 0.9 - 0.001 * i for i in range(200)}

    found = missing_pairs(scored(chain), 201, 0.5, 500)

    assert 250 <= len(found) <= 500


def test_no_pairs_have_none_missing() -> None:
    assert len(missing_pairs(scored({}), 5, 0.5, 100)) == 0
    assert len(missing_pairs(scored({(0, 1): 0.9}), 2, 0.5, 100)) == 0
