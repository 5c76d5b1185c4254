from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.errors import UsageError
from matchloop.quality.evaluation import compare_with_clusters
from matchloop.quality.promotion import (
    Rule,
    against_labels,
    against_truth,
    compare_groups,
    refusals,
    values_for_rules,
)

GROUPS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n)] * 3)
)


def worse(truth: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    """Return the true groups with a share of the records put elsewhere."""
    rng = np.random.default_rng(seed)
    moved = rng.random(len(truth)) < share
    return np.where(moved, rng.permutation(truth), truth)


def test_merged_and_split_groups_are_counted() -> None:
    old = np.array([0, 0, 1, 1, 2, 2, 2, 3])
    new = np.array([5, 5, 5, 5, 6, 6, 7, 8])
    changes = compare_groups(old, new)

    assert (changes.old_groups, changes.new_groups, changes.unchanged) == (4, 4, 1)
    assert (changes.merged, changes.split) == (1, 1)
    assert (changes.joined, changes.parted) == (4, 2)
    assert changes.changed.tolist() == [True] * 7 + [False]


@given(GROUPS)
def test_the_same_groups_under_other_numbers_change_nothing(
    drawn: tuple[list[int], list[int], list[int]],
) -> None:
    groups = np.array(drawn[0])
    changes = compare_groups(groups, 40 - 3 * groups)

    assert changes.unchanged == changes.old_groups == changes.new_groups
    assert not changes.changed.any()
    assert changes.merged == changes.split == changes.joined == changes.parted == 0


@given(GROUPS)
def test_turning_two_models_round_turns_the_changes_round(
    drawn: tuple[list[int], list[int], list[int]],
) -> None:
    old, new = np.array(drawn[0]), np.array(drawn[1])
    there, back = compare_groups(old, new), compare_groups(new, old)

    assert (there.merged, there.joined) == (back.split, back.parted)
    assert there.changed.tolist() == back.changed.tolist()


@given(GROUPS, st.booleans())
def test_figures_are_those_of_the_evaluation(
    drawn: tuple[list[int], list[int], list[int]], linked: bool
) -> None:
    old, new, truth = (np.array(one) for one in drawn)
    sources = np.arange(len(old)) % 2 if linked else None
    found = {one.metric: one for one in against_truth(old, new, truth, sources=sources)}
    for groups, side in ((old, "old"), (new, "new")):
        quality = compare_with_clusters(groups, truth, sources=sources)
        assert getattr(found["f1"], side) == pytest.approx(quality.f1)
        assert getattr(found["bcubed_f1"], side) == pytest.approx(quality.bcubed_f1)
        if quality.pairs.predicted:
            assert getattr(found["precision"], side) == pytest.approx(quality.precision)


def test_a_model_beside_itself_differs_in_nothing() -> None:
    truth = np.repeat(np.arange(200), 3)
    groups = worse(truth, 0.1, 1)
    for one in against_truth(groups, groups, truth):
        assert (one.difference, one.low, one.high) == (0.0, 0.0, 0.0)


def test_a_worse_model_is_refused_and_a_better_one_is_not() -> None:
    truth = np.repeat(np.arange(300), 3)
    good, bad = worse(truth, 0.05, 1), worse(truth, 0.15, 2)
    rules = [Rule.parse("f1.high < 0")]

    changes = compare_groups(good, bad)
    values = values_for_rules(changes, against_truth(good, bad, truth))
    assert [one.rule for one in refusals(rules, values)] == ["f1.high < 0"]
    values = values_for_rules(changes, against_truth(bad, good, truth))
    assert refusals(rules, values) == ()


def test_few_groups_give_a_reason_and_no_interval() -> None:
    truth = np.array([0, 0, 1, 1, 2])
    found = against_truth(truth, np.arange(5), truth)[2]

    assert (found.difference, found.low, found.high) == (-1.0, None, None)
    assert found.reason == "an interval needs 8 groups or more, there are 2"


def test_labels_compare_pairs_set_by_set() -> None:
    rows = np.arange(40, dtype=np.int32)
    pairs = LabeledPairs(
        rows[::2], rows[1::2], np.arange(20) % 2 == 0, np.arange(20, dtype=np.int32)
    )
    together = np.repeat(np.arange(20), 2)
    found = {one.metric: one for one in against_labels(together, np.arange(40), pairs)}

    assert found["f1"].old == pytest.approx(2 / 3)
    assert found["f1"].new == 0.0
    assert found["f1"].high is not None
    assert found["f1"].high < 0


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("f1 < -0.01", -0.02, True),
        ("f1<-0.01", -0.01, False),
        ("f1 <= -.01", -0.01, True),
        ("changed > 5%", 0.06, True),
        ("merged >= 100", 99, False),
        ("new.precision < 0.9", 0.95, False),
    ],
)
def test_rules_are_read(text: str, value: float, holds: bool) -> None:
    assert Rule.parse(text).holds(value) is holds


@pytest.mark.parametrize("text", ["", "f1", "f1 < ", "f1 < a", "__import__('os') < 1", "f1 == 0"])
def test_what_is_no_rule_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Rule.parse(text)


def test_a_rule_about_nothing_known_names_what_there_is() -> None:
    changes = compare_groups(np.arange(3), np.arange(3))
    with pytest.raises(UsageError, match="metrics need --truth or --labels"):
        refusals([Rule.parse("f1 < 0")], values_for_rules(changes, ()))


def test_a_figure_without_an_interval_refuses() -> None:
    truth = np.array([0, 0, 1, 1])
    values = values_for_rules(compare_groups(truth, truth), against_truth(truth, truth, truth))

    assert refusals([Rule.parse("f1.high < 0")], values)[0].value is None


def test_faults_that_the_evidence_does_not_show_widen_the_interval_but_none_where_both_agree() -> (
    None
):
    truth = np.repeat(np.arange(30), 2)
    split = truth.copy()
    split[1] = 99
    one = {each.metric: each for each in against_truth(truth, split, truth)}
    same = against_truth(split, split, truth)

    assert one["precision"].difference == 0.0
    assert one["precision"].low is not None
    assert one["precision"].low < 0 < (one["precision"].high or 0.0)
    assert {(each.low, each.high) for each in same} == {(0.0, 0.0)}
