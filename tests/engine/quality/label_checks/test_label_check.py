from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import matchloop as ml
from matchloop.errors import UsageError
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.quality.label_checks import CHECKS, LabelCheck, check_labels, taught_by
from matchloop.report import render_label_checks

FIRST = ["anna", "berta", "carla", "doris", "elena", "frida", "gerda", "helga", "irene", "julia"]
LAST = ["smith", "miller", "becker", "wagner", "fischer", "weber", "hoffman", "keller", "vogel"]


@pytest.fixture(scope="module")
def people() -> PreparedTable:
    """Ninety people, each twice with a slip of the pen."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(90):
        first, last = FIRST[number % 10], LAST[number // 10]
        year = str(1930 + int(rng.integers(70)))
        at = int(rng.integers(1, len(last) - 1))
        rows.append((f"a{number}", first, last, year, f"{number} main street"))
        rows.append((f"b{number}", first, last[:at] + last[at + 1 :], year, f"{number} main st"))
    frame = pd.DataFrame(rows, columns=["id", "first", "last", "year", "street"])
    return prepare(ml.read_records(frame, key="id"))


def labelled(prepared: PreparedTable, sets: dict[str, dict[str, str]]) -> ml.Labels:
    """Label keys, set by set."""
    frame = prepared.records.table.to_pandas().set_index("id", drop=False)
    rows = [
        {"labeling_set_id": name, "label": label, **frame.loc[key].to_dict()}
        for name, answers in sets.items()
        for key, label in answers.items()
    ]
    return ml.read_labels(pd.DataFrame(rows))


def true_sets(count: int, rows: int = 3) -> dict[str, dict[str, str]]:
    """Sets of people next to each other, labelled rightly."""
    return {
        f"set{one}": {
            f"{side}{one * rows + at}": str(at) for at in range(rows) for side in ("a", "b")
        }
        for one in range(count)
    }


@pytest.fixture(scope="module")
def clean(people: PreparedTable) -> LabelCheck:
    """The result of right labels."""
    return check_labels(people, [labelled(people, true_sets(25))], names=["<b>.csv"])


@pytest.fixture(scope="module")
def with_a_slip(people: PreparedTable) -> LabelCheck:
    """The result of labels of which one puts its row into the wrong group."""
    sets = true_sets(25)
    sets["set4"]["b13"] = "0"
    return check_labels(people, [labelled(people, sets)])


def sets_that_match(count: int) -> dict[str, dict[str, str]]:
    """Sets of two that match: labels of one kind teach no model, so that they are checked fast."""
    return {f"set{number}": {f"a{number}": "1", f"b{number}": "1"} for number in range(count)}


def test_clean_labels_pass_every_check(clean: LabelCheck) -> None:
    assert clean.failed == ()
    assert [check.name for check in clean.checks] == list(CHECKS)


def test_every_figure_has_an_interval_or_a_reason(clean: LabelCheck) -> None:
    assert all(check.interval is not None or check.why_none for check in clean.checks)


def test_a_row_in_the_wrong_group_is_named_with_where_it_fits(
    people: PreparedTable, with_a_slip: LabelCheck
) -> None:
    result = with_a_slip
    worst = result.suspects.rows[0]

    assert (worst.set, worst.key, worst.label, worst.move_to) == ("set4", "b13", "0", "1")
    assert "rather than" in worst.reason
    assert result.suspects.sets[0].set == "set4"
    again = result.ask_again(1)
    keys = people.records.keys.to_pylist()
    assert sorted(keys[row] for row in again.positions) == sorted(true_sets(25)["set4"])
    assert again.to_table()["label"].null_count == 6


def test_many_slips_fail_the_test_of_noise(people: PreparedTable) -> None:
    sets = true_sets(28)
    rng = np.random.default_rng(1)
    for one in rng.choice(28, 10, replace=False):
        sets[f"set{one}"][f"b{one * 3}"] = "1"

    assert "noise" in check_labels(people, [labelled(people, sets)]).failed


def test_files_that_contradict_each_other_are_caught_and_asked_again(
    people: PreparedTable,
) -> None:
    first, second = true_sets(5), {"again": {"a0": "x", "b0": "y", "a1": "z"}}

    result = check_labels(
        people, [labelled(people, first), labelled(people, second)], names=["one.csv", "two.csv"]
    )

    assert "contradictions" in result.failed
    assert len(result.contradictions) == 1
    assert "again of two.csv" in result.contradictions[0].sentence(result.labels)
    assert set(result.ask_again(1).positions) == set(result.contradictions[0].rows)


def test_answers_for_measuring_that_the_labels_tell_are_a_leak(people: PreparedTable) -> None:
    labels = labelled(people, sets_that_match(20))

    leaky = check_labels(people, [labels], held_out=labelled(people, {"x": {"a0": "1", "b0": "1"}}))
    clean = check_labels(
        people, [labels], held_out=labelled(people, {"x": {"a80": "1", "b80": "1"}})
    )

    assert "leakage" in leaky.failed
    assert "leakage" not in clean.failed


def test_a_set_answered_twice_is_a_repeat_and_fails_where_the_answers_differ(
    people: PreparedTable,
) -> None:
    sets = sets_that_match(20)
    same = check_labels(people, [labelled(people, {**sets, "copy": sets["set0"]})])
    other = check_labels(people, [labelled(people, {**sets, "copy": {"a0": "1", "b0": "2"}})])

    assert [one.is_identical for one in same.repeats] == [True]
    assert "duplicates" not in same.failed
    assert "duplicates" in other.failed
    assert {check.name: check.value for check in same.checks}["redundant"] == pytest.approx(1 / 21)


def test_labels_of_one_kind_are_said_to_be_unmeasured(people: PreparedTable) -> None:
    result = check_labels(people, [labelled(people, sets_that_match(5))])

    assert result.noise is None
    assert result.worth is None
    assert "balance" in result.failed


def test_the_same_seed_gives_the_same_result(people: PreparedTable, clean: LabelCheck) -> None:
    again = check_labels(people, [labelled(people, true_sets(25))], names=["<b>.csv"])

    assert json.dumps(again.to_dict()) == json.dumps(clean.to_dict())


def test_a_threshold_of_no_check_is_refused(people: PreparedTable) -> None:
    with pytest.raises(UsageError, match="no check 'niose'"):
        check_labels(people, [labelled(people, true_sets(3))], thresholds={"niose": 1})


def test_the_page_loads_nothing_from_elsewhere_and_escapes(clean: LabelCheck) -> None:
    page = render_label_checks(clean)

    assert "&lt;b&gt;.csv" in page
    assert "http" not in page
    assert "<script" not in page


def test_the_page_shows_what_suspect_records_hold_and_how_sure_its_figures_are(
    with_a_slip: LabelCheck,
) -> None:
    result = with_a_slip
    page = render_label_checks(result)

    assert "doris · " in page
    assert "13 main st<" in page
    assert result.worth is not None
    low, high = result.worth.f1_interval
    assert low <= result.worth.f1 <= high
    assert f"{low:.3f} to {high:.3f}" in page


def test_labels_that_taught_a_decision_are_named(people: PreparedTable) -> None:
    taught = taught_by(people, labelled(people, true_sets(20)), "a80", "b80")

    assert taught.probability > 0.5
    assert 1 <= len(taught.pairs) <= 5
    assert all(one.is_match and one.weight > 0 for one in taught.pairs)
    assert {one.set for one in taught.sets} <= {f"set{one}" for one in range(20)}
    turns = (taught.without_pairs >= 0.5) != (taught.probability >= 0.5)
    assert (taught.turned_without == len(taught.pairs)) == turns
    assert taught.tried >= len(taught.pairs)
    said = " ".join(taught.lines())
    assert ("no set of up to" in said) == (taught.turned_without is None)
