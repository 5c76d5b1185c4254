from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.data.labels import LabeledPairs
from matchloop.quality.label_checks import find_contradictions, questions_about


def pairs(*said: tuple[int, int, bool, int]) -> LabeledPairs:
    columns = list(zip(*said, strict=True))
    return LabeledPairs(
        np.array(columns[0], np.int32),
        np.array(columns[1], np.int32),
        np.array(columns[2], np.bool_),
        np.array(columns[3], np.int32),
    )


def test_labels_that_agree_hold_no_contradiction() -> None:
    assert find_contradictions(pairs((0, 1, True, 0), (1, 2, False, 1)), 3) == ()


def test_the_same_pair_said_both_ways_is_one_question() -> None:
    found = find_contradictions(pairs((0, 1, True, 0), (0, 1, False, 1)), 2)

    assert [(one.rows, one.sets, one.questions, one.as_sets) for one in found] == [
        ((0, 1), (0, 1), 1, 1)
    ]


def test_a_chain_of_matches_against_a_non_match_takes_two_questions() -> None:
    found = find_contradictions(
        pairs((0, 1, True, 0), (1, 2, True, 1), (0, 2, False, 2), (3, 4, True, 3)), 5
    )

    assert [(one.rows, one.sets, one.questions) for one in found] == [((0, 1, 2), (0, 1, 2), 2)]


def test_the_shortest_way_is_told() -> None:
    said = [(0, 1, True, 0), (1, 2, True, 0), (2, 3, True, 1), (0, 2, True, 2), (0, 3, False, 3)]

    assert find_contradictions(pairs(*said), 4)[0].rows == (0, 2, 3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.booleans()), min_size=1, max_size=25
    )
)
def test_every_contradiction_is_minimal_and_none_is_missed(
    given_: list[tuple[int, int, bool]],
) -> None:
    said = [(min(a, b), max(a, b), m, n) for n, (a, b, m) in enumerate(given_) if a != b]
    if not said:
        return
    found = find_contradictions(pairs(*said), 8)
    matches = {(a, b) for a, b, m, _ in said if m}
    apart = {(a, b) for a, b, m, _ in said if not m}
    for one in found:
        ends = min(one.rows[0], one.rows[-1]), max(one.rows[0], one.rows[-1])
        steps = [(min(x, y), max(x, y)) for x, y in zip(one.rows, one.rows[1:], strict=False)]

        assert ends in apart
        assert set(steps) <= matches
        assert len(set(one.rows)) == len(one.rows)
    groups = list(range(8))
    for a, b in matches:
        groups = [groups[a] if g == groups[b] else g for g in groups]

    assert bool(found) == any(groups[a] == groups[b] for a, b in apart)


def test_one_question_is_asked_about_each_place_and_shows_the_shortest_contradiction() -> None:
    chain = [(0, 1, True, 0), (1, 2, True, 1), (0, 2, False, 2), (0, 3, True, 3), (2, 3, True, 4)]
    found = find_contradictions(pairs(*chain, (6, 7, True, 5), (6, 7, False, 6)), 8)

    assert [rows.tolist() for rows in questions_about(found)] == [[6, 7], [0, 1, 2]]
    assert questions_about(()) == ()
