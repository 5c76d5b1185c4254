"""The compiled loops of clustering do what plain Python does with lists and sets."""

from itertools import combinations
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.matching.clustering import kernels

Pair = tuple[int, int]


def ends(pairs: list[Pair]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    both = np.asarray(pairs, np.int32).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Pair]]:
    n = draw(st.integers(2, 10))
    return n, sorted(draw(st.sets(st.sampled_from(list(combinations(range(n), 2))))))


def connected(n: int, pairs: list[Pair]) -> list[int]:
    """Return the lowest record that each record reaches, by repeated passes over the pairs."""
    lowest = list(range(n))
    for _ in range(n):
        for a, b in pairs:
            lowest[a] = lowest[b] = min(lowest[a], lowest[b])
    return lowest


@given(graphs(), st.data())
def test_records_that_pairs_connect_have_the_same_first_record(
    graph: tuple[int, list[Pair]], data: st.DataObject
) -> None:
    n, pairs = graph
    score = data.draw(st.lists(st.integers(0, 3), min_size=len(pairs), max_size=len(pairs)))
    held = data.draw(st.lists(st.sampled_from(list(combinations(range(n), 2))), max_size=3))
    owner = np.asarray(connected(n, held), np.int32)

    group = kernels.groups_of(owner, *ends(pairs), np.asarray(score, np.int32), 2)

    strong = [pair for pair, value in zip(pairs, score, strict=True) if value >= 2]
    assert group.tolist() == connected(n, held + strong)
    assert owner.tolist() == connected(n, held)


@given(st.lists(st.floats(0, 1, width=32)))
def test_a_probability_becomes_the_nearest_whole_number(chances: list[float]) -> None:
    whole = kernels.whole(np.asarray(chances, np.float32))

    assert whole.tolist() == [round(chance * kernels.ONE) for chance in chances]


def test_what_is_no_probability_becomes_the_nearest_end() -> None:
    assert kernels.whole(np.asarray([np.nan, -1.0, 2.0], np.float32)).tolist() == [0, 0, 1 << 24]


@given(graphs(), graphs())
def test_pairs_are_found_at_their_places(
    graph: tuple[int, list[Pair]], other: tuple[int, list[Pair]]
) -> None:
    pairs, wanted = graph[1], other[1]

    place = kernels.place_of(*ends(pairs), *ends(wanted))

    assert place.tolist() == [pairs.index(pair) if pair in pairs else -1 for pair in wanted]


@given(graphs(), st.data())
def test_pairs_inside_a_group_and_their_scores_are_summed(
    graph: tuple[int, list[Pair]], data: st.DataObject
) -> None:
    n, pairs = graph
    groups = data.draw(st.integers(1, 4))
    group = data.draw(st.lists(st.integers(0, groups - 1), min_size=n, max_size=n))
    score = data.draw(st.lists(st.integers(0, 9), min_size=len(pairs), max_size=len(pairs)))
    numbers = np.asarray(group, np.int64)

    positions = kernels.inner(numbers, *ends(pairs))
    total, number, best = kernels.inside_and_best(
        numbers, groups, *ends(pairs), np.asarray(score, np.int32)
    )

    inside = [at for at, (a, b) in enumerate(pairs) if group[a] == group[b]]
    assert positions.tolist() == inside
    for member in range(groups):
        own = [score[at] for at in inside if group[pairs[at][0]] == member]
        leaving = [
            score[at]
            for at, pair in enumerate(pairs)
            if at not in inside and member in (group[pair[0]], group[pair[1]])
        ]
        assert (total[member], number[member]) == (sum(own), len(own))
        assert best[member] == max(leaving, default=0)


@given(graphs(), st.data())
def test_records_are_gathered_by_component_where_a_pair_links_it(
    graph: tuple[int, list[Pair]], data: st.DataObject
) -> None:
    n, pairs = graph
    component = connected(n, pairs)
    links = data.draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []

    members, place = kernels.linked_members(np.asarray(component, np.int32), ends(links)[0])

    linked = {component[a] for a, _ in links}
    expected = sorted((first, row) for row, first in enumerate(component) if first in linked)
    assert members.tolist() == [row for _, row in expected]
    rows = members.tolist()
    assert place.tolist() == [rows.index(row) if row in rows else -1 for row in range(n)]


@given(graphs(), graphs(), st.booleans(), st.data())
def test_links_are_collected_component_by_component(
    graph: tuple[int, list[Pair]],
    other: tuple[int, list[Pair]],
    has_samples: bool,
    data: st.DataObject,
) -> None:
    n, pairs = graph
    apart = [pair for pair in other[1] if pair[1] < n]
    of_pair = st.lists(st.integers(0, 9), min_size=len(pairs), max_size=len(pairs))
    score, stands = data.draw(of_pair), data.draw(of_pair) if has_samples else []
    every = st.sampled_from(list(combinations(range(n), 2)))
    owner = connected(n, data.draw(st.lists(every, max_size=2)))
    component = connected(n, list(enumerate(owner)) + data.draw(st.lists(every, max_size=6)))

    starts, links = kernels.by_component(
        np.asarray(owner, np.int32),
        np.asarray(component, np.int32),
        *ends(pairs),
        np.asarray(score, np.int32),
        np.asarray(stands, np.int64),
        *ends(apart),
    )

    expected = []
    for first in sorted(set(component)):
        listed = [
            (owner[a], owner[b], score[at], True, *stands[at : at + 1])
            for at, (a, b) in enumerate(pairs)
            if component[a] == component[b] == first and owner[a] != owner[b]
        ]
        listed += [
            (owner[a], owner[b], -1, False, *[0][: len(stands)])
            for a, b in apart
            if component[a] == component[b] == first and owner[a] != owner[b]
        ]
        if listed:
            expected.append(listed)
    columns = links if has_samples and pairs else links[:4]
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    found = [rows[a:b] for a, b in zip(starts, starts[1:], strict=False)]
    assert [[row[:4] for row in part] for part in found] == [
        [row[:4] for row in part] for part in expected
    ]
    if has_samples and pairs:
        assert [row[4] for part in found for row in part] == [
            row[4] for part in expected for row in part
        ]


@given(graphs(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_joining_in_an_order_never_exceeds_the_cap(
    graph: tuple[int, list[Pair]], cap: int, random: Random
) -> None:
    n, pairs = graph
    order = list(range(len(pairs)))
    random.shuffle(order)

    group = kernels.capped_groups(n, *ends(pairs), np.asarray(order, np.int64), cap)

    sets = [{row} for row in range(n)]
    for at in order:
        a, b = (next(members for members in sets if end in members) for end in pairs[at])
        if a is not b and len(a) + len(b) <= cap:
            sets.remove(b)
            a |= b
    assert group.tolist() == [
        min(next(members for members in sets if row in members)) for row in range(n)
    ]


@given(graphs(), st.booleans(), st.integers(0, 60), st.data())
def test_pairs_inside_groups_that_were_not_compared_are_listed(
    graph: tuple[int, list[Pair]], linkage: bool, room: int, data: st.DataObject
) -> None:
    n, compared = graph
    group = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    source = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    members = sorted(range(n), key=lambda row: (group[row], source[row] if linkage else 0))
    starts = [sum(other < number for other in group) for number in range(4)]

    listed = kernels.missing(
        np.asarray(starts, np.int64),
        np.asarray(members, np.int64),
        np.asarray(source if linkage else [], np.int32),
        *ends(compared),
        n,
        room,
    )

    expected = {
        (a, b)
        for a, b in combinations(range(n), 2)
        if group[a] == group[b] and (a, b) not in compared
        if not (linkage and source[a] == source[b])
    }
    found = [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in listed]
    assert len(found) == len(set(found)) == min(room, len(expected))
    assert set(found) <= expected
