from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.active_learning.strategies import Margin, Random
from matchloop.errors import UsageError
from matchloop.lab.simulation import Answer, Play, Task, Truth, TruthOracle, play, split_by_entity
from matchloop.lab.simulation.oracles import Abstaining, Always, Annotators, Uniform

pytestmark = pytest.mark.usefixtures("small_forests")

SHORT = Play(Margin(), Always(), rounds=2, sets=8)


def rows_of(task: Task, given: Play) -> list[dict[str, object]]:
    return [step.row for step in play(task, given)]


def events_of(task: Task, given: Play) -> list[dict[str, object]]:
    return [event for step in play(task, given) for event in step.events]


def told(task: Task, given: Play) -> dict[tuple[str, ...], object]:
    """Return the answer to each question, whatever order its rows were shown in."""
    answers = {}
    for event in events_of(task, given):
        keys, labels = event["keys"], event["labels"]
        assert isinstance(keys, list)
        assert isinstance(labels, list)
        answers[tuple(sorted(keys))] = labels[0] == labels[1]
    return answers


@pytest.mark.parametrize("rows", [2, 6])
def test_a_run_is_the_same_each_time(people: Task, rows: int) -> None:
    given = replace(SHORT, oracle=Uniform(0.3), rows=rows, sets=4)

    first, second = list(play(people, given)), list(play(people, given))

    assert [step.row for step in first] == [step.row for step in second]
    assert [step.events for step in first] == [step.events for step in second]


def test_no_question_shows_a_held_out_record(people: Task, shops: Task) -> None:
    for task in (people, shops):
        split = split_by_entity(task, share=0.3, seed=0)
        keys = task.records.keys.to_pylist()
        out = {keys[row] for row in np.flatnonzero(split.held_out).tolist()}
        asked = events_of(task, replace(SHORT, rows=6, sets=5))

        assert asked
        assert not [event for event in asked if out & set(event["keys"])]  # type: ignore[call-overload]


WRONG_HALF = replace(SHORT, oracle=Uniform(0.5), sets=40)


@pytest.fixture(scope="module")
def half_wrong(people: Task) -> dict[tuple[str, ...], object]:
    """Answers of which about half are wrong."""
    return told(people, WRONG_HALF)


def test_the_same_seed_and_question_get_the_same_answer_whatever_the_strategy(
    people: Task, half_wrong: dict[tuple[str, ...], object]
) -> None:
    one, other = half_wrong, told(people, replace(WRONG_HALF, strategy=Random()))
    common = one.keys() & other.keys()

    assert common
    assert {key: one[key] for key in common} == {key: other[key] for key in common}


def test_errors_of_other_seeds_are_other_ones(
    people: Task, half_wrong: dict[tuple[str, ...], object]
) -> None:
    one, other = half_wrong, told(people, replace(WRONG_HALF, seed=1))
    common = one.keys() & other.keys()

    assert any(one[key] != other[key] for key in common)


def test_replacing_all_labels_keeps_those_of_the_last_round_only(people: Task) -> None:
    merged = rows_of(people, replace(SHORT, rounds=3))
    replaced = rows_of(people, replace(SHORT, rounds=3, policy="replace"))
    known = [int(row["matches_known"]) + int(row["non_matches_known"]) for row in replaced]  # type: ignore[call-overload]

    assert [row["labels"] for row in merged] == [0, 8, 16, 24]
    assert [row["labels"] for row in replaced] == [0, 8, 16, 24]
    assert known == [0, 8, 8, 8]
    assert merged[1] == replaced[1]


def test_the_metrics_are_those_of_the_loop_played_by_hand(people: Task) -> None:
    from matchloop.active_learning.loop import LabelingLoop
    from matchloop.lab.simulation.judging import judge

    split = split_by_entity(people, share=0.3, seed=0)
    loop = LabelingLoop(people.prepared, askable=~split.held_out)
    loop.learn(TruthOracle(people.entities).answer(loop.ask(sets=8, rows=2)))
    last = rows_of(people, replace(SHORT, rounds=1))[-1]

    assert judge(people, split, loop.match()).items() <= last.items()


def test_what_nobody_could_answer_is_not_asked_again(people: Task) -> None:
    asked = events_of(people, replace(SHORT, oracle=Abstaining(1.0, 1.0), rounds=4))
    keys = [tuple(sorted(event["keys"])) for event in asked]  # type: ignore[call-overload]

    assert len(keys) == 32
    assert len(set(keys)) == len(keys)


def test_each_of_several_people_is_paid_for_and_named(people: Task) -> None:
    given = replace(SHORT, oracle=Annotators(asked=3), rounds=1)
    steps = list(play(people, given))

    assert steps[-1].row["labels"] == 24
    assert steps[-1].row["price"] == pytest.approx(8 * 0.17)
    assert steps[-1].row["seconds"] == pytest.approx(8 * 24.0)
    votes = [vote["person"] for vote in steps[-1].events[0]["votes"]]
    assert votes == ["careful", "usual", "hasty"]


@dataclass(frozen=True)
class Curt:
    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        return Answer(("1",))


def test_an_oracle_that_forgets_a_row_is_named(people: Task) -> None:
    with pytest.raises(UsageError, match=r"Curt\(\) gave 1 labels for 2 rows"):
        list(play(people, replace(SHORT, oracle=Curt())))


@dataclass(frozen=True)
class Moody:
    persistent: bool

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        return Answer((None, None), f"{rng.random():.12f}")


def test_an_answer_may_be_drawn_anew_each_time(people: Task) -> None:
    from matchloop.lab.simulation.playing import _answer

    rows = np.array([3, 5], np.int32)

    def drawn(persistent: bool) -> list[str]:
        given = replace(SHORT, oracle=Moody(persistent))
        return [_answer(people, given, number, rows).person for number in (1, 2)]

    assert len(set(drawn(True))) == 1
    assert len(set(drawn(False))) == 2
