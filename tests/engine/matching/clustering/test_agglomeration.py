"""The compiled agglomeration does what average link on lists of records does."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.matching.clustering.agglomeration import PRIOR, agglomerate
from matchloop.matching.clustering.kernels import ONE, by_component, groups_of

Pair = tuple[int, int]


@dataclass(frozen=True)
class Graph:
    """Records in initial groups, scored pairs, and pairs that must stay apart."""

    groups: list[int]
    score: dict[Pair, int]
    stands: dict[Pair, int]
    apart: set[Pair]
    sources: list[int]
    cut: int
    absent: float
    cap: int
    one_per_source: bool
    knows_sources: bool


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(2, 9))
    density, standing, worthless, forbidden = (
        draw(st.sampled_from(shares))
        for shares in ((0.3, 0.6, 1.0), (0.0, 0.5), (0.0, 0.2), (0.0, 0.05))
    )
    # drawn by seed and distinct, so that averages hardly ever tie
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    every = list(combinations(range(n), 2))
    pairs = [pair for pair in every if rng.random() < density]
    values = (rng.random(len(pairs)) ** draw(st.sampled_from([0.3, 1.0])) * ONE).astype(np.int64)
    values[rng.random(len(pairs)) < worthless] = 0
    score = dict(zip(pairs, values.tolist(), strict=True))
    return Graph(
        rng.integers(0, draw(st.sampled_from([n, 20])), n).tolist(),
        score,
        {pair: int(rng.integers(1, 30)) for pair in pairs if rng.random() < standing},
        {pair for pair in every if rng.random() < forbidden},
        rng.integers(-1, 3, n).tolist(),
        max(1, draw(st.sampled_from(sorted({*score.values(), 1, ONE // 4, ONE // 2})))),
        draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
        draw(st.sampled_from([n, n, max(1, n // 2), 1])),
        draw(st.booleans()),
        draw(st.booleans()),
    )


class Reference:
    """Average link on lists of records, from the definition, without a heap or shared sums."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        numbers = dict.fromkeys(graph.groups)
        self.clusters = [
            [row for row, group in enumerate(graph.groups) if group == number] for number in numbers
        ]

    def average(self, a: list[int], b: list[int]) -> float | None:
        """Return the average of two clusters, None where they must not merge."""
        graph = self.graph
        ends = [(min(i, j), max(i, j)) for i in a for j in b]
        scores = [graph.score[pair] for pair in ends if pair in graph.score]
        if not scores or any(pair in graph.apart for pair in ends):
            return None
        sources = [
            {graph.sources[row] for row in rows if graph.sources[row] >= 0} for rows in (a, b)
        ]
        if graph.one_per_source and sources[0] & sources[1]:
            return None
        missing = [pair for pair in ends if pair not in graph.score and self.can_match(pair)]
        of_one_source = [pair for pair in ends if pair in graph.score and not self.can_match(pair)]
        lacking = max(len(missing) - len(of_one_source), 0)
        average = sum(scores) / len(scores)
        drawn = {pair: graph.stands[pair] for pair in ends if pair in graph.stands}
        if not drawn:
            return sum(scores) / (len(scores) + graph.absent * lacking)
        stand_for = sum(drawn.values())
        mean = sum(graph.score[pair] * count for pair, count in drawn.items()) / stand_for
        covered = min(stand_for, lacking) * len(drawn) / (len(drawn) + PRIOR)
        return (sum(scores) + covered * min(mean, average)) / (
            len(scores) + covered + graph.absent * (lacking - covered)
        )

    def can_match(self, pair: Pair) -> bool:
        first, second = (self.graph.sources[row] for row in pair)
        return not self.graph.knows_sources or first < 0 or first != second

    def run(self) -> tuple[set[frozenset[int]], dict[int, float], int]:
        """Return the groups within the cap, the last average of each, and how many were split."""
        initial = len(self.clusters)
        merged = [False] * initial
        kept = {frozenset(rows) for rows in self.clusters}
        last = {rows[0]: 2.0 * ONE for rows in self.clusters}
        while True:
            averages = {
                (a, b): average
                for a, b in combinations(range(len(self.clusters)), 2)
                if (average := self.average(self.clusters[a], self.clusters[b])) is not None
                and average >= self.graph.cut
            }
            if not averages:
                break
            a, b = max(averages, key=averages.__getitem__)
            both = self.clusters[a] + self.clusters[b]
            if len(both) <= self.graph.cap:
                kept -= {frozenset(self.clusters[a]), frozenset(self.clusters[b])}
                kept.add(frozenset(both))
                last[min(both)] = averages[a, b]
            self.clusters[a] = both
            merged[a] = True
            del self.clusters[b], merged[b]
        over = [len(rows) > self.graph.cap for rows in self.clusters]
        return kept, last, sum(map(bool.__and__, over, merged))


def agglomerated(graph: Graph) -> tuple[set[frozenset[int]], dict[int, float], int]:
    n = len(graph.groups)
    owner = np.asarray([graph.groups.index(group) for group in graph.groups], np.int32)
    pairs = sorted(graph.score)
    left, right = (np.asarray([pair[side] for pair in pairs], np.int32) for side in (0, 1))
    score = np.asarray([graph.score[pair] for pair in pairs], np.int32)
    stands = np.asarray([graph.stands.get(pair, 0) for pair in pairs], np.int64)
    apart = [np.asarray([p[side] for p in sorted(graph.apart)], np.int32) for side in (0, 1)]
    component = groups_of(owner, left, right, score, graph.cut)
    starts, links = by_component(
        owner, component, left, right, score, stands if graph.stands else stands[:0], *apart
    )
    sources = np.asarray(graph.sources, np.int32)
    share = np.zeros((n, 3 if graph.knows_sources else 0), np.int32)
    for row in np.flatnonzero(sources >= 0) if graph.knows_sources else ():
        share[row, sources[row]] = 1
    group, last, split = agglomerate(
        owner,
        starts,
        links,
        graph.cut,
        graph.absent,
        graph.cap,
        sources if graph.one_per_source else sources[:0],
        share,
        graph.one_per_source,
    )
    groups = {frozenset(np.flatnonzero(group == first).tolist()) for first in group.tolist()}
    return groups, {int(first): float(last[first]) for first in group}, int(split)


@settings(max_examples=300)
@given(graphs())
def test_merges_are_those_of_average_link_on_lists_of_records(graph: Graph) -> None:
    groups, last, split = agglomerated(graph)

    expected_groups, expected_last, expected_split = Reference(graph).run()

    assert groups == expected_groups
    assert split == expected_split
    for first, average in last.items():
        assert abs(average - expected_last[first]) <= 1e-6 * ONE
