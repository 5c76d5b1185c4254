"""Answers bear out a reading, refute it, or choose another."""

import numpy as np
import pytest

from matchloop.matching.scoring.options import NOTHING, Option, no_match, preferred
from matchloop.matching.scoring.structure import Shape, Structure

PAIRS = 10


def option(matches: int, support: float) -> Option:
    """An option that takes the first pairs as matches."""
    probability = np.where(np.arange(PAIRS) < matches, 0.95, 0.02)
    structure = Structure(Shape.GROUPS, False, 0.5, 0.0)
    return Option(probability, structure, "columns agreed", support)


COARSE, FINE = option(8, 0.9), option(3, 0.8)
OPTIONS = [COARSE, FINE, no_match(PAIRS, linkage=False)]


def after(places: list[int], answers: list[bool]) -> Option:
    return OPTIONS[preferred(OPTIONS, np.array(places), np.array(answers, np.bool_))]


def test_without_answers_the_best_supported_option_is_taken() -> None:
    assert preferred(OPTIONS) == 0
    assert after([], []) is COARSE


def test_refuted_pairs_of_a_coarse_reading_give_way_to_the_finer_one() -> None:
    assert after([5, 6, 7], [False, False, False]) is FINE


def test_one_or_two_labels_do_not_change_the_reading() -> None:
    assert after([5], [False]) is COARSE
    assert after([5, 6], [False, False]) is COARSE


def test_confirmed_pairs_of_a_coarse_reading_keep_it() -> None:
    assert after([5, 6, 0], [True, True, True]) is COARSE


@pytest.mark.parametrize("count", [3, 8])
def test_answers_that_all_differ_end_every_grouping(count: int) -> None:
    taken = after(list(range(count)), [False] * count)

    assert (taken.probability == 0).all()
    assert taken.support == NOTHING


def test_one_confirmed_match_keeps_a_reading_although_many_doubtful_pairs_are_refuted() -> None:
    assert after([0, 1, 2, 3, 4], [True, False, False, False, False]).probability.any()


def test_pairs_that_every_option_parts_say_nothing() -> None:
    assert after([8, 9], [False, False]) is COARSE


def test_what_is_assumed_names_the_structure_the_means_and_the_doubts() -> None:
    doubted = Option(COARSE.probability, COARSE.structure, "columns agreed", 0.9, "Look at it.")

    assert "50% of the records" in COARSE.assumed
    assert doubted.assumed.endswith("columns agreed. Look at it.")
    assert no_match(3, linkage=False).assumed.startswith("no record was matched")


def test_the_option_of_no_match_keeps_the_kind_of_the_table() -> None:
    deduplication, linkage = (no_match(3, linkage=linkage).structure for linkage in (False, True))

    assert deduplication == Structure(Shape.GROUPS, False, 0.0, 0.0)
    assert linkage == Structure(Shape.ONE_TO_ONE, True, 0.0, 0.0)
