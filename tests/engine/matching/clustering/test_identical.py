from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.matching.clustering import PairList, permitted_links

NONE = (np.empty(0, np.int32), np.empty(0, np.int32))


def chain(*rows: int) -> PairList:
    return np.array(rows[:-1], np.int32), np.array(rows[1:], np.int32)


def groups(links: PairList, count: int) -> list[int]:
    """Return the lowest row of the group of each row, by the definition."""
    group = list(range(count))
    for left, right in zip(links[0].tolist(), links[1].tolist(), strict=True):
        low, high = sorted((group[left], group[right]))
        group = [low if one == high else one for one in group]
    return group


def test_without_a_rule_every_link_stays() -> None:
    links = chain(0, 1, 2)

    assert permitted_links(links, NONE, None) is links


def test_equal_rows_fill_groups_up_to_the_largest_size() -> None:
    links = permitted_links(chain(*range(7)), NONE, None, max_size=3)

    assert groups(links, 7) == [0, 0, 0, 3, 3, 3, 6]


def test_equal_rows_of_two_sources_are_put_in_twos() -> None:
    sources = np.array([0, 0, 0, 1, 1], np.int32)

    links = permitted_links(chain(*range(5)), NONE, None, sources=sources)

    assert groups(links, 5) == [0, 1, 2, 0, 1]


def test_what_is_held_together_counts_before_equal_rows() -> None:
    links = permitted_links(chain(0, 1, 2), chain(0, 9), None, max_size=2)

    assert groups(links, 3) == [0, 1, 1]


def test_equal_rows_that_labels_part_stay_apart() -> None:
    links = permitted_links(chain(0, 1, 2), NONE, chain(0, 1))

    assert groups(links, 3) == [0, 1, 0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_rule_is_broken_and_no_group_that_could_take_a_row_is_left_out(
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(2, 12))
    sources = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    size = data.draw(st.one_of(st.none(), st.integers(1, 4)))
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    apart = [(a, b) for a, b in data.draw(st.lists(pair, max_size=4)) if a != b]
    cannot = np.array([a for a, _ in apart], int), np.array([b for _, b in apart], int)

    links = permitted_links(
        chain(*range(count)), NONE, cannot, sources=sources.astype(np.int32), max_size=size
    )

    group = groups(links, count)
    members = {one: [row for row in range(count) if group[row] == one] for one in group}

    def allowed(rows: list[int]) -> bool:
        of = [sources[row] for row in rows]
        return (
            (size is None or len(rows) <= size)
            and len(set(of)) == len(of)
            and not any(a in rows and b in rows for a, b in apart)
        )

    assert all(allowed(rows) for rows in members.values())
    assert not any(
        allowed([*rows, alone[0]])
        for alone in members.values()
        for rows in members.values()
        if len(alone) == 1 and rows is not alone
    )
