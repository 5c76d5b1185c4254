from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import matchloop as ml
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.quality.label_checks import doubted_sets, label_doubts

FIRST = ["anna", "berta", "carla", "doris", "elena", "frida", "gerda", "helga", "irene", "julia"]
LAST = ["smith", "miller", "becker", "wagner", "fischer", "weber", "hoffman", "keller", "vogel"]
Sets = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def people() -> PreparedTable:
    """Ninety people, each twice."""
    rows = []
    for number in range(90):
        first, last = FIRST[number % 10], LAST[number // 10]
        street = f"{number * 7 % 90} main street"
        rows.append((f"a{number}", first, last, street))
        rows.append((f"b{number}", first, last[:2] + last[3:], street))
    frame = pd.DataFrame(rows, columns=["id", "first", "last", "street"])
    return prepare(ml.read_records(frame, key="id"))


def labelled(prepared: PreparedTable, sets: Sets) -> ml.Labels:
    frame = prepared.records.table.to_pandas().set_index("id", drop=False)
    rows = [
        {"labeling_set_id": name, "label": label, **frame.loc[key].to_dict()}
        for name, answers in sets.items()
        for key, label in answers.items()
    ]
    return ml.read_labels(pd.DataFrame(rows), key="id")


def true_sets(count: int) -> Sets:
    """Sets of three people, each twice, labelled rightly."""
    return {
        f"set{number}": {
            f"{side}{number * 3 + at}": "xyz"[at] for at in range(3) for side in ("a", "b")
        }
        for number in range(count)
    }


def test_right_answers_raise_no_doubt(people: PreparedTable) -> None:
    assert doubted_sets(people, labelled(people, true_sets(15)), limit=5) == ()


def test_a_slip_is_doubted_though_a_model_could_learn_it(people: PreparedTable) -> None:
    sets = true_sets(15)
    sets["set4"]["b13"] = "x"  # joins a stranger and leaves its partner
    sets["set9"]["b28"] = "new"  # leaves its partner

    assert set(doubted_sets(people, labelled(people, sets), limit=5)) == {"set4", "set9"}
    assert len(doubted_sets(people, labelled(people, sets), limit=1)) == 1


def test_the_wrong_pairs_are_the_most_doubtful(people: PreparedTable) -> None:
    sets = true_sets(15)
    sets["set4"]["b13"] = "x"
    pairs = labelled(people, sets).pairs(people.records)
    entity = np.arange(180) // 2
    wrong = pairs.is_match != (entity[pairs.left] == entity[pairs.right])

    doubt = label_doubts(people, pairs)

    assert doubt[wrong].min() > doubt[~wrong].max()


def test_sets_that_contradict_each_other_come_first(people: PreparedTable) -> None:
    sets = true_sets(15)
    sets["set9"]["b28"] = "new"
    sets["again"] = {"a3": "x", "b3": "y"}  # set1 says that they match

    assert set(doubted_sets(people, labelled(people, sets), limit=2)) == {"set1", "again"}


def test_answers_to_an_audit_are_not_judged(people: PreparedTable) -> None:
    sets = {"audit-01234567-1": {"a0": "x", "b0": "y"}}
    assert doubted_sets(people, labelled(people, sets), limit=5) == ()
