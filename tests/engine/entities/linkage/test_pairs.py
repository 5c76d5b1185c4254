from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchloop.entities.linkage.pairs import LinkedPairs, _inside

PAIR = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9))


def pairs_of(rows: list[tuple[int, int, int]]) -> LinkedPairs:
    left, right, tenths = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return LinkedPairs(left, right, tenths / 10)


@given(st.lists(st.integers(0, 4), max_size=12))
def test_every_pair_of_a_group_is_listed_once(groups: list[int]) -> None:
    left, right = _inside(np.array(groups, np.int64))
    expected = {(a, b) for b in range(len(groups)) for a in range(b) if groups[a] == groups[b]}

    assert len(left) == len(expected)
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected


@given(st.lists(PAIR, min_size=1, max_size=20, unique_by=lambda pair: pair[:2]))
def test_of_each_record_the_likeliest_pair_with_each_other_source_stays(
    rows: list[tuple[int, int, int]],
) -> None:
    source = np.array([0, 0, 1, 1, 2, 2], np.int32)
    rows = [(a, b, p) for a, b, p in rows if a < b and source[a] != source[b]]
    if not rows:
        return
    best = pairs_of(rows).best_of_each(source)
    kept = set(zip(best.left.tolist(), best.right.tolist(), strict=True))

    ends = [end for a, b in kept for end in ((a, source[b]), (b, source[a]))]
    assert len(ends) == len(set(ends))
    for a, b, p in rows:
        if (a, b) not in kept:  # a pair at least as likely has taken one of its ends
            assert any(
                q >= p
                for c, d, q in rows
                if (c, d) in kept
                and {(a, source[b]), (b, source[a])} & {(c, source[d]), (d, source[c])}
            )
