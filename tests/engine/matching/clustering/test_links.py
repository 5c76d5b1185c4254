"""The table and the heap of links, against a dictionary and a sorted list."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.matching.clustering.links import drop, find, forget, sift

ENDS = st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1])


@settings(max_examples=200)
@given(st.lists(st.tuples(ENDS, st.booleans()), max_size=60))
def test_the_table_knows_the_links_that_were_entered_and_not_forgotten(
    steps: list[tuple[tuple[int, int], bool]],
) -> None:
    """Eight slots and up to seven links: searches run into each other all the time."""
    size = 8
    table = np.full(size, -1, np.int32)
    u, v = np.zeros(len(steps), np.int32), np.zeros(len(steps), np.int32)
    known: dict[frozenset[int], int] = {}
    for number, ((a, b), enters) in enumerate(steps):
        at = find(table, size - 1, u, v, a, b)
        pair = frozenset((a, b))
        assert table[at] == known.get(pair, -1)
        if pair in known and not enters:
            forget(table, size - 1, u, v, at)
            del known[pair]
        elif pair not in known and len(known) < size - 1:
            u[number], v[number] = a, b
            table[at] = number
            known[pair] = number
        for other, link in known.items():
            one, two = sorted(other)
            assert table[find(table, size - 1, u, v, two, one)] == link
    assert sorted(table[table >= 0].tolist()) == sorted(known.values())


LEVELS = st.tuples(st.sampled_from([0.0, 1.0, 2.0]), *[st.integers(0, 1)] * 3)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 9), st.none() | LEVELS), max_size=60))
def test_the_heap_yields_the_highest_level_and_of_equal_ones_the_lowest_ranks(
    steps: list[tuple[int, tuple[float, int, int, int] | None]],
) -> None:
    """A step drops a link, enters it, or gives it another level."""
    heap = np.full(10, -1, np.int32)
    place = np.full(10, -1, np.int32)
    level, ties = np.zeros(10), np.zeros((10, 3), np.int64)
    size = 0
    waiting: dict[int, tuple[float, int, int, int]] = {}
    for link, given_level in steps:
        if given_level is None:
            size = drop(heap, place, size, level, ties, link)
            waiting.pop(link, None)
        else:
            level[link], ties[link] = given_level[0], given_level[1:]
            if link not in waiting:
                heap[size], place[link] = link, size
                size += 1
            sift(heap, place, size, level, ties, link)
            waiting[link] = given_level
        assert size == len(waiting)
        assert {link for link in range(10) if place[link] >= 0} == set(waiting)
        assert all(heap[place[link]] == link for link in waiting)
    order = sorted(waiting, key=lambda link: (-waiting[link][0], *waiting[link][1:], link))
    for expected in order:
        assert heap[0] == expected
        size = drop(heap, place, size, level, ties, heap[0])
    assert size == 0
