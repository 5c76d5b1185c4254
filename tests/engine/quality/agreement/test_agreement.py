from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from matchloop.data.labels import Labels
from matchloop.errors import LabelFileError, UsageError
from matchloop.quality.agreement import (
    adjusted_rand,
    alpha,
    bcubed,
    best_grouping,
    by_column,
    coincidences,
    compare_annotators,
    dawid_skene,
    gather,
    kappa,
)
from matchloop.quality.evaluation import compare_with_clusters

# Dawid and Skene (1979), table 1: five anaesthetists on 45 patients, the first one three times.
PATIENTS = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3
222 2 2 2 3|232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1
111 1 1 1 1|111 1 1 1 1|222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2
111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3
111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1
111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""


def labels(groups: Sequence[Sequence[int | None]], *, sets: list[str] | None = None) -> Labels:
    """Label the rows 0, 1, ... of each set; None is no label."""
    rows = [
        (sets[number] if sets else f"s{number}", str(group), f"{number}-{row}")
        for number, one in enumerate(groups)
        for row, group in enumerate(one)
        if group is not None
    ]
    names = ("labeling_set_id", "label", "id")
    return Labels.of(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))))


def sums(said: list[list[int]], classes: int) -> float:
    """Return alpha of what each person (a row) said of each unit, -1 for nothing."""
    return float(alpha(coincidences(np.array(said).T, classes).sum(axis=0)[None])[0])


def test_kappa_is_that_of_a_known_table() -> None:
    assert kappa(np.array([[20.0, 5.0, 10.0, 15.0]]))[0] == pytest.approx(0.4)


def test_alpha_is_that_of_krippendorffs_examples() -> None:
    """Krippendorff (2011), sections B and C: two observers, and four with missing values."""
    two = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    four = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]

    assert sums(two, 2) == pytest.approx(0.095, abs=5e-4)
    assert sums((np.array(four) - 1).tolist(), 5) == pytest.approx(0.743, abs=5e-4)


def test_errors_are_those_that_dawid_and_skene_found() -> None:
    counts = np.zeros((45, 5, 4))
    for unit, patient in enumerate(PATIENTS.strip().replace("\n", "|").split("|")):
        for person, said in enumerate(patient.split()):
            for one in said:
                counts[unit, person, int(one) - 1] += 1
    found = dawid_skene(counts)

    assert found.shares.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert found.confusion[0].round(2)[:2].tolist() == [
        [0.89, 0.11, 0.0, 0.0],
        [0.07, 0.88, 0.05, 0.0],
    ]
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(45))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=12))
def test_groupings_are_compared_as_elsewhere(rows: list[tuple[int, int]]) -> None:
    one, other = (np.array(part) for part in zip(*rows, strict=True))

    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert bcubed(one, other) == pytest.approx(compare_with_clusters(one, other).bcubed_f1)


@given(st.integers(2, 5), st.randoms(use_true_random=False))
def test_the_best_grouping_is_the_best_of_all(rows: int, random: object) -> None:
    rng = np.random.default_rng(random.randrange(1 << 30))  # type: ignore[attr-defined]
    weight = np.triu(rng.normal(size=(rows, rows)), 1)
    weight += weight.T

    def value(groups: object) -> float:
        numbers = np.array(groups)
        return float(weight[numbers[:, None] == numbers[None, :]].sum())

    most = max(value(groups) for groups in product(range(rows), repeat=rows))
    assert value(best_grouping(weight)) == pytest.approx(most)


def test_large_sets_are_grouped_too() -> None:
    true = np.repeat(np.arange(10), 4)
    weight = np.where(true[:, None] == true[None, :], 1.0, -1.0)
    found = best_grouping(weight)

    assert ((found[:, None] == found[None, :]) == (weight > 0)).all()


def test_the_order_of_sets_and_their_names_change_nothing() -> None:
    rng = np.random.default_rng(0)
    groups = [[rng.integers(0, 3, 5).tolist() for _ in range(12)] for _ in range(3)]
    people = {name: labels(said) for name, said in zip("abc", groups, strict=True)}
    renamed = labels(groups[2], sets=[f"other {n}" for n in range(12)])
    turned = renamed.chosen(np.ones(len(renamed), bool))
    order = pa.array(np.arange(len(turned))[::-1])
    turned = Labels.of(turned.table().take(order))

    first = compare_annotators(people, key="id").to_dict()
    second = compare_annotators({**people, "c": turned}, key="id").to_dict()
    assert first["quality"] == second["quality"]
    for one, other in zip(first["between"], second["between"], strict=True):
        assert one["kappa"]["value"] == pytest.approx(other["kappa"]["value"])
    assert first["alpha"]["value"] == pytest.approx(second["alpha"]["value"])


def test_people_who_agree_agree_beyond_chance() -> None:
    said = [[0, 0, 1, 2, 2]] * 10
    found = compare_annotators({"a": labels(said), "b": labels(said)}, key="id")

    assert found.alpha.value == 1.0
    assert found.between[0].adjusted_rand.value == 1.0
    assert found.to_dict()["disputed_sets"] == 0
    assert found.adjudication().num_rows == 0
    assert len(found.consensus_labels()) == 50


def test_what_one_person_alone_judged_counts_nothing_for_agreement() -> None:
    shared = [[0, 0, 1], [0, 1, 1]]
    more = {"a": labels([*shared, [0, 1, 2]]), "b": labels(shared)}
    found = compare_annotators(more, key="id")

    assert found.between[0].pairs == 6
    assert found.alpha.value == 1.0


def test_figures_without_an_interval_say_why() -> None:
    found = compare_annotators({"a": labels([[0, 0, 1]]), "b": labels([[0, 0, 0]])}, key="id")

    assert found.alpha.low is None
    assert found.alpha.reason == "an interval needs 8 shared sets or more, there are 1"
    assert found.quality[0].right.value is None
    assert "of two people nobody can tell" in found.quality[0].right.reason


def test_kappa_of_people_who_only_ever_say_one_thing_is_not_defined() -> None:
    said = [[0, 1, 2]] * 10
    found = compare_annotators({"a": labels(said), "b": labels(said)}, key="id")

    assert found.between[0].kappa.value is None
    assert found.between[0].kappa.reason == "both always said the same one thing"
    assert found.between[0].agreed.value == 1.0


def test_rows_on_which_two_people_are_even_stay_without_a_label() -> None:
    found = compare_annotators({"a": labels([[0, 0, 1, 1]]), "b": labels([[0, 0, 1, 2]])}, key="id")
    said = found.consensus_labels()
    groups = dict(zip(said.values["id"].to_pylist(), said.labels.to_pylist(), strict=True))

    assert len(groups) == 3
    assert groups["0-0"] == groups["0-1"]
    assert said.provenance["person"].to_pylist() == ["consensus"] * 3


def test_the_majority_of_pairs_that_contradicts_itself_becomes_a_grouping() -> None:
    # each says of another two of three rows that they match
    people = {
        name: labels([said] * 9)
        for name, said in (("a", [0, 0, 0]), ("b", [0, 0, 1]), ("c", [1, 0, 0]))
    }
    found = compare_annotators(people, key="id")
    for groups in found.consensus.groups:
        assert len(groups) == 3


def test_a_gold_file_decides() -> None:
    gold, other = [[0, 0, 1]] * 10, [[0, 1, 1]] * 10
    people = {"gold": labels(gold), "a": labels(other), "b": labels(other)}
    found = compare_annotators(people, key="id", gold="gold")

    assert [one.person for one in found.quality] == ["a", "b"]
    assert found.quality[0].found.value == 0.0
    assert all(groups.tolist() == [0, 0, 1] for groups in found.consensus.groups)


def test_people_without_a_common_row_are_refused() -> None:
    one, other = labels([[0, 0]]), labels([[0, 0]])
    moved = Labels.of(other.table().set_column(2, "id", pa.array(["x", "y"])))
    with pytest.raises(LabelFileError, match="no two people labelled the same rows"):
        compare_annotators({"a": one, "b": moved}, key="id")
    with pytest.raises(UsageError, match="two people or more"):
        compare_annotators({"a": one}, key="id")
    with pytest.raises(UsageError, match="nobody is called"):
        compare_annotators({"a": one, "b": one}, key="id", gold="c")
    with pytest.raises(LabelFileError, match="lack the key column"):
        compare_annotators({"a": one, "b": one}, key="number")


def test_a_bad_person_is_told_from_good_ones() -> None:
    rng = np.random.default_rng(3)
    true = [rng.integers(0, 4, 8).tolist() for _ in range(40)]

    def said(rate: float) -> Labels:
        return labels(
            [[int(rng.integers(4)) if rng.random() < rate else g for g in one] for one in true]
        )

    people = {"good": said(0.03), "usual": said(0.1), "bad": said(0.5)}
    found = compare_annotators(people, key="id", seed=1)
    right = [one.right for one in found.quality]

    assert right[0].value is not None
    assert right[2].value is not None
    assert right[0].value > 0.95
    assert right[2].value < 0.8
    assert right[2].high is not None
    assert right[0].low is not None
    assert right[2].high < right[0].low


def slipping(true: list[list[int]], rate: float, rng: np.random.Generator) -> Labels:
    return labels(
        [[int(rng.integers(4)) if rng.random() < rate else g for g in one] for one in true]
    )


def test_a_prior_identifies_the_worse_of_two_annotators_and_betters_their_consensus() -> None:
    rng = np.random.default_rng(5)
    true = [rng.integers(0, 4, 8).tolist() for _ in range(40)]
    people = {"good": slipping(true, 0.03, rng), "bad": slipping(true, 0.5, rng)}

    def prior(left: Sequence[str], right: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[Any]]:
        out = []
        for one, other in zip(left, right, strict=True):
            (of_set, first), (_, second) = (map(int, key.split("-")) for key in (one, other))
            is_match = true[of_set][first] == true[of_set][second]
            out.append(0.8 if is_match != (rng.random() < 0.1) else 0.1)
        return np.array(out)

    alone = compare_annotators(people, key="id")
    found = compare_annotators(people, key="id", prior=prior)

    assert [one.right.value for one in alone.quality] == [None, None]
    good, bad = (one.right for one in found.quality)
    assert good.low is not None
    assert bad.high is not None
    assert bad.high < good.low
    assert found.to_dict()["with_table"] is True


def test_a_prior_that_knows_nothing_changes_next_to_nothing() -> None:
    rng = np.random.default_rng(6)
    true = [rng.integers(0, 4, 8).tolist() for _ in range(20)]
    people = {name: slipping(true, 0.1, rng) for name in "abc"}

    found = compare_annotators(people, key="id")
    blank = compare_annotators(people, key="id", prior=lambda left, _: np.full(len(left), np.nan))

    for one, other in zip(found.quality, blank.quality, strict=True):
        assert one.right.value == pytest.approx(other.right.value, abs=1e-3)


def said(*rows: tuple[str, str, str]) -> Labels:
    names = ("labeling_set_id", "label", "id")
    return Labels.of(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))))


def test_a_row_left_blank_makes_no_other_set() -> None:
    ann = said(("s", "a", "1"), ("s", "a", "2"), ("t", "a", "3"), ("t", "b", "4"))
    bob = said(("x", "a", "1"), ("x", "", "2"), ("y", "a", "3"), ("y", "a", "4"))

    answers = gather({"ann": ann, "bob": bob}, key="id")

    assert [one.keys for one in answers.sets] == [("1", "2"), ("3", "4")]
    assert answers.sets[0].groups.tolist() == [[0, 0], [0, -1]]


def test_people_of_one_file_keep_the_rows_they_left_blank() -> None:
    names = ["labeling_set_id", "label", "id", "who"]
    rows = [
        ("s", "a", "1", "ann"), ("s", "a", "2", "ann"),
        ("x", "a", "1", "bob"), ("x", "", "2", "bob"),
    ]  # fmt: skip
    table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))

    answers = gather(by_column(Labels.of(table), "who"), key="id")

    assert len(answers.sets) == 1


def test_spaces_around_a_key_mean_nothing_unless_they_alone_tell_records_apart() -> None:
    ann = said(("s", "a", "49"), ("s", "b", " 49"), ("t", "a", "7"), ("t", "a", "8"))
    bob = said(("s", "a", "49"), ("s", "b", " 49"), ("t", "a", "7 "), ("t", "a", "8"))

    answers = gather({"ann": ann, "bob": bob}, key="id")

    assert [one.keys for one in answers.sets] == [(" 49", "49"), ("7", "8")]
