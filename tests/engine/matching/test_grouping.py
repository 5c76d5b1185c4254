"""Scores and labels become groups as the definitions of both say."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.data.io import read_records
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.clustering import cluster
from matchloop.matching.grouping import Grouping

ROWS = 8
PAIRS = list(combinations(range(ROWS), 2))
CHANCES = st.dictionaries(st.sampled_from(PAIRS), st.floats(0, 1, width=32), max_size=20)
ANSWERS = st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans()), max_size=8)

Pair = tuple[int, int]


@pytest.fixture(scope="module")
def table() -> PreparedTable:
    names = [f"{first} {last}" for first in ("ann", "bob") for last in ("lee", "ray", "poe", "doe")]
    return prepare(read_records(pa.table({"id": list("abcdefgh"), "name": names}), key="id"))


def scored(chances: dict[Pair, float]) -> Scores:
    ends = np.asarray(sorted(chances), np.int32).reshape(-1, 2)
    values = np.asarray([chances[pair] for pair in sorted(chances)], np.float32)
    return Scores(CandidatePairs.of(ends[:, 0], ends[:, 1]), values)


def labelled(answers: list[tuple[Pair, bool]]) -> LabeledPairs:
    ends = np.asarray([pair for pair, _ in answers], np.int32).reshape(-1, 2)
    is_match = np.asarray([answer for _, answer in answers], np.bool_)
    return LabeledPairs(ends[:, 0], ends[:, 1], is_match, np.arange(len(answers), dtype=np.int32))


@settings(max_examples=60)
@given(CHANCES, ANSWERS, st.sampled_from([0.3, 0.5, 0.8]))
def test_a_label_is_the_score_of_its_pair_and_labels_that_contradict_are_their_mean(
    table: PreparedTable,
    chances: dict[Pair, float],
    answers: list[tuple[Pair, bool]],
    threshold: float,
) -> None:
    matches = Grouping(threshold).matches(table, scored(chances), labelled(answers))

    known = dict(chances)
    for pair, _ in answers:
        own = [answer for other, answer in answers if other == pair]
        known[pair] = sum(own) / len(own)
    expected = scored(known)
    assert matches.scores.pairs.ids().tolist() == expected.pairs.ids().tolist()
    assert matches.scores.probability.tolist() == pytest.approx(expected.probability.tolist())
    groups = cluster(expected, ROWS, threshold=threshold).cluster
    assert ((matches.match_id[:, None] == matches.match_id) == (groups[:, None] == groups)).all()


@settings(max_examples=60)
@given(CHANCES, st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS), ANSWERS)
def test_enforced_labels_that_agree_are_kept(
    table: PreparedTable,
    chances: dict[Pair, float],
    entity: list[int],
    asked: list[tuple[Pair, bool]],
) -> None:
    answers = [((a, b), entity[a] == entity[b]) for (a, b), _ in asked]

    grouping = Grouping(0.5, enforce_labels=True)
    match_id = grouping.matches(table, scored(chances), labelled(answers)).match_id

    for (a, b), is_match in answers:
        assert (match_id[a] == match_id[b]) == is_match


@settings(max_examples=60)
@given(CHANCES, st.lists(st.integers(-1, 3), min_size=ROWS, max_size=ROWS))
def test_records_of_an_earlier_group_stay_together_under_one_of_the_earlier_ids(
    table: PreparedTable, chances: dict[Pair, float], previous: list[int]
) -> None:
    before = np.asarray(previous, np.int64)

    matches = Grouping(0.5).matches(table, scored(chances), previous=before, next_id=9)

    found = matches.match_id.tolist()
    for a, b in PAIRS:
        if previous[a] == previous[b] >= 0:
            assert found[a] == found[b]
    for number, own in enumerate(found):
        ids = {previous[row] for row in range(ROWS) if found[row] == own} - {-1}
        assert own in ids if ids else own >= 9, number
    assert matches.next_id >= max([9, *(own + 1 for own in found)])
