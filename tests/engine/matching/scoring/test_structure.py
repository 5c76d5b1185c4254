"""The structure of the matches against plain counting over lists of pairs."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.structure import (
    SEVERAL,
    Shape,
    Structure,
    competed,
    consistency,
    detect_structure,
)

Pair = tuple[int, int]
Graph = tuple[int, dict[Pair, float]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(2, 9))
    pairs = draw(st.sets(st.sampled_from(list(combinations(range(n), 2))), min_size=1))
    chances = st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.6, 0.95, 1.0])
    return n, {pair: draw(chances) for pair in sorted(pairs)}


def arrays(graph: Graph) -> tuple[CandidatePairs, NDArray[np.float64]]:
    left, right = np.asarray(list(graph[1]), np.int32).T
    return CandidatePairs.of(left, right), np.asarray(list(graph[1].values()))


def of_record(graph: Graph, row: int) -> list[float]:
    return [chance for pair, chance in graph[1].items() if row in pair]


@given(graphs(), st.booleans())
def test_matched_and_several_are_shares_of_the_records(graph: Graph, sampled: bool) -> None:
    n, _ = graph

    found = detect_structure(*arrays(graph), n, None, sampled=sampled)

    seen = [row for row in range(n) if of_record(graph, row) or not sampled]
    assert found.matched == pytest.approx(
        sum(max(of_record(graph, row), default=0.0) for row in seen) / len(seen)
    )
    sure = [sum(chance > 0.9 for chance in of_record(graph, row)) for row in range(n)]
    with_match = [count for count in sure if count]
    several = sum(count > 1 for count in with_match) / max(1, len(with_match))
    assert found.several == pytest.approx(several)
    assert (found.shape, found.linkage) == (Shape.GROUPS, False)


@given(graphs(), st.lists(st.integers(0, 2), min_size=9, max_size=9))
def test_the_shape_of_a_linkage_follows_from_the_sources_whose_records_match_twice(
    graph: Graph, drawn: list[int]
) -> None:
    n, _ = graph
    sources = drawn[:n]

    found = detect_structure(*arrays(graph), n, np.asarray(sources, np.int32))

    several = {}
    for source in set(sources):
        sure = [
            sum(chance > 0.9 for chance in of_record(graph, row))
            for row in range(n)
            if sources[row] == source
        ]
        matched = sum(count > 0 for count in sure)
        several[source] = sum(count > 1 for count in sure) / max(1, matched)
    often = [source for source, share in several.items() if share > SEVERAL]
    single = None
    if not often:
        shape = Shape.ONE_TO_ONE
    elif len(several) == 2 and len(often) == 1:
        shape = Shape.ONE_TO_MANY
        single = next(source for source in several if source not in often)
    else:
        shape = Shape.GROUPS
    assert (found.shape, found.single_source) == (shape, single)
    assert found.several == pytest.approx(max(several.values()))
    assert found.linkage


@given(graphs(), st.sampled_from([None, 0, 1]), st.lists(st.integers(0, 1), min_size=9, max_size=9))
def test_the_odds_of_a_pair_compete_with_those_of_its_rivals_and_of_no_match(
    graph: Graph, single: int | None, drawn: list[int]
) -> None:
    n, chances = graph
    sources = drawn[:n]
    pairs, chance = arrays(graph)
    log_odds = 6 * chance - 3
    shape = Shape.ONE_TO_ONE if single is None else Shape.ONE_TO_MANY
    structure = Structure(shape, True, 1.0, 0.0, single)

    found = competed(pairs, log_odds, n, structure, np.asarray(sources, np.int32))
    grouped = competed(pairs, log_odds, n, structure, None)

    odds = {pair: np.exp(6 * value - 3) for pair, value in chances.items()}
    for at, (pair, own) in enumerate(odds.items()):
        rivals = sum(
            value
            for end in pair
            if single is None or sources[end] == single
            for other, value in odds.items()
            if end in other and other != pair
        )
        assert found[at] == pytest.approx(own / (1 + own + rivals))
        assert grouped[at] == pytest.approx(own / (1 + own))


@given(graphs(), st.booleans())
def test_matches_are_consistent_as_far_as_two_matches_of_a_record_match(
    graph: Graph, linkage: bool
) -> None:
    n, chances = graph
    likely = [pair for pair, chance in chances.items() if chance > 0.5]

    found = consistency(*arrays(graph), n, linkage=linkage)

    if not likely:
        assert found == 0
        return
    partners = [{a + b - row for a, b in likely if row in (a, b)} for row in range(n)]
    if linkage:
        agreed = sum(2 / (len(partners[a]) + len(partners[b])) for a, b in likely) / len(likely)
    else:
        total = 0.0
        for row, own in enumerate(partners):
            far = [end for middle in own for end in partners[middle] if end != row]
            sides = [tuple(sorted((row, end))) for end in far]
            compared = [pair for pair in sides if pair in chances]
            closed = sum(pair in likely for pair in compared)
            total += len(own) * (closed / len(compared) if compared else 1.0)
        agreed = total / sum(map(len, partners))
    values = list(chances.values())
    doubt = sum(min(chance, 1 - chance) for chance in values) / sum(values)
    assert found == pytest.approx(agreed * max(0.0, 1 - doubt))
