import numpy as np
import pytest

from matchloop.errors import UsageError
from matchloop.lab.simulation import find_oracle
from matchloop.lab.simulation.oracles import Annotator, Annotators
from matchloop.lab.simulation.oracles.annotators import consistent
from matchloop.lab.simulation.truth import Truth

TRUTH = Truth(np.array([7, 7, 8, 8, 9]), np.empty(0, np.int64), np.empty(0))
ROWS = np.array([4, 0, 1], np.int32)
RIGHT = [Annotator(name, 0.0, 0.0, 0.5, 3.0) for name in ("ann", "bob")]
WRONG = Annotator("cy", 1.0, 1.0, 1.0, 1.0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_one_of_them_is_drawn_and_named() -> None:
    oracle = Annotators(RIGHT)
    asked = [oracle.answer(ROWS, TRUTH, np.random.default_rng(n)) for n in range(40)]

    assert {one.person for one in asked} == {"ann", "bob"}
    assert {one.labels for one in asked} == {("1", "2", "2")}
    assert {(one.price, one.seconds) for one in asked} == {(0.5, 9.0)}


def test_the_majority_counts_and_all_are_paid() -> None:
    answer = Annotators([*RIGHT, WRONG], asked=3).answer(ROWS[1:], TRUTH, rng())

    assert answer.labels == ("1", "1")
    assert [vote.labels for vote in answer.votes] == [("1", "1"), ("1", "1"), ("1", "2")]
    assert answer.person == "ann+bob+cy"
    assert (answer.price, answer.seconds) == (2.0, 14.0)


def test_a_tie_says_nothing() -> None:
    assert Annotators([RIGHT[0], WRONG], asked=2).answer(ROWS[1:], TRUTH, rng()).labels == (
        None,
        None,
    )


def test_a_row_of_which_only_part_is_known_gets_no_label() -> None:
    assert consistent(3, {(0, 1): True, (0, 2): True, (1, 2): None}) == [0, 0, None]
    assert consistent(3, {(0, 1): True, (0, 2): True, (1, 2): False}) == [0, 0, None]
    assert consistent(3, {(0, 1): False, (0, 2): True, (1, 2): False}) == [0, 1, 0]
    assert consistent(2, {}) == [None, None]


def test_a_grid_names_people_with_their_fields() -> None:
    people = [{"name": "ann", "missed": 0.0}, {"name": "bob", "price": 2}]

    assert find_oracle("annotators", {"people": people, "asked": 2}) == Annotators(
        [Annotator("ann", missed=0.0), Annotator("bob", price=2)], asked=2
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"people": []}, "give at least one"),
        ({"people": [{"name": "a"}, {"name": "a"}]}, "a name of their own"),
        ({"people": [{"missed": 0.1}]}, "has no name"),
        ({"people": [{"name": "a", "hurry": 1}]}, "unexpected keyword argument 'hurry'"),
        ({"people": [{"name": "a", "missed": 2}]}, "missed of a is 2"),
        ({"people": [{"name": "a", "price": -1}]}, "price of a is -1"),
        ({"asked": 4}, "asked is 4; there are 3 people"),
        ({"asked": 1.5}, "give a whole number"),
    ],
)
def test_mistakes_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_oracle("annotators", settings)
