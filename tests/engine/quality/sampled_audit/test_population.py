"""The population of an audit against lists of all pairs of a small table."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import matchloop as ml
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import possible_pairs
from matchloop.matching.backends import PreparedTable
from matchloop.quality.sampled_audit import population
from matchloop.quality.sampled_audit.population import (
    CANDIDATE,
    FAR,
    WIDE,
    Population,
    pairs_inside,
    pairs_together,
)

GROUPS = st.lists(st.integers(0, 4), min_size=1, max_size=12)
SOURCES = st.none() | st.lists(st.integers(0, 2), min_size=12, max_size=12)

Pair = tuple[int, int]


def as_array(values: list[int]) -> NDArray[np.int64]:
    return np.asarray(values, np.int64)


def sources_of(drawn: list[int] | None, count: int) -> NDArray[np.int32] | None:
    return None if drawn is None else np.asarray(drawn[:count], np.int32)


def joined(groups: list[int], drawn: list[int] | None) -> list[Pair]:
    return [
        (a, b)
        for a, b in combinations(range(len(groups)), 2)
        if groups[a] == groups[b] and (drawn is None or drawn[a] != drawn[b])
    ]


@given(GROUPS, SOURCES)
def test_pairs_inside_groups_are_listed_and_counted(
    groups: list[int], drawn: list[int] | None
) -> None:
    sources = sources_of(drawn, len(groups))

    left, right = pairs_inside(as_array(groups), sources, np.random.default_rng(0))

    pairs = [(min(a, b), max(a, b)) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    assert sorted(pairs) == joined(groups, drawn)
    assert pairs_together(as_array(groups), sources) == len(pairs)


def test_of_a_large_group_pairs_are_drawn_at_random() -> None:
    groups = as_array([7] * 400 + [8])

    left, right = pairs_inside(groups, None, np.random.default_rng(0))

    assert (left != right).all()
    assert (groups[left] == 7).all()
    assert (groups[right] == 7).all()
    assert 19_000 < len(left) <= 20_000
    assert len({*left.tolist()}) == 400


@given(GROUPS, GROUPS, SOURCES, st.data())
def test_other_groups_and_labels_are_judged_as_their_definitions_say(
    before: list[int], groups: list[int], drawn: list[int] | None, data: st.DataObject
) -> None:
    groups = (groups * 12)[: max(2, len(before))]
    n = len(groups)
    sources = sources_of(drawn, n)
    pairs = list(combinations(range(n), 2))
    asked = data.draw(st.lists(st.tuples(st.sampled_from(pairs), st.booleans()), max_size=8))
    left, right = as_array([a for a, _ in pairs]), as_array([b for _, b in pairs])
    count = len(pairs)
    known = Population(
        left.astype(np.int32),
        right.astype(np.int32),
        np.zeros(count, np.float32),
        np.zeros(count, np.bool_),
        np.zeros(count, np.int8),
        np.ones(count),
        np.zeros(count, np.int8),
        0,
        np.zeros(count),
        0.0,
    )
    labelled = LabeledPairs(
        np.asarray([pair[0] for pair, _ in asked], np.int32),
        np.asarray([pair[1] for pair, _ in asked], np.int32),
        np.asarray([is_match for _, is_match in asked], np.bool_),
        np.arange(len(asked), dtype=np.int32),
    )

    found = known.judged(as_array(groups), sources, labelled)

    label = dict(asked)  # the last of several labels counts
    size = [groups.count(group) for group in groups]
    for at, (a, b) in enumerate(pairs):
        assert found.together[at] == (groups[a] == groups[b])
        assert found.label[at] == label.get((a, b), -1)
        # both records gain one of the records of their group, over all records
        gained = 2 / size[a] / n if groups[a] == groups[b] else 0.0
        assert found.benefit[at] == pytest.approx(gained)
    assert found.predicted == len(joined(groups, drawn))
    if drawn is not None and len(joined(groups, None)) > len(joined(groups, drawn)):
        assert np.isnan(found.alone)
    else:
        assert found.alone == pytest.approx(sum(1 / own for own in size) / n)


def test_every_pair_that_may_match_is_in_one_tier_and_weights_count_them_all(
    prepared: PreparedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher = ml.Matcher().fit(prepared)
    records = prepared.records
    everything = possible_pairs(len(records), records.sources)

    whole = Population.of(prepared, matcher)
    monkeypatch.setattr(population, "LISTED", 200)
    thinned = Population.of(prepared, matcher)

    for listed in (whole, thinned):
        assert len(set(listed.ids().tolist())) == len(listed)
        assert listed.weight.sum() == pytest.approx(everything)
    candidates = prepared.candidates.ids()
    assert set(whole.ids()[whole.tier == CANDIDATE].tolist()) == set(candidates.tolist())
    assert whole.together[whole.tier != FAR].sum() == whole.predicted
    assert not whole.together[whole.tier == FAR].any()
    assert (whole.weight[whole.tier != FAR] == 1).all()
    assert len(thinned) < len(whole)
    for tier in (CANDIDATE, WIDE, FAR):
        weights = [listed.weight[listed.tier == tier].sum() for listed in (whole, thinned)]
        assert weights[0] == pytest.approx(weights[1])
    kept = np.isin(whole.ids(), thinned.ids())
    assert kept[whole.together | (whole.probability >= 0.05) | (whole.tier == FAR)].all()
