import numpy as np

from matchloop.active_learning.questions import side_by_side
from matchloop.data.pairs import CandidatePairs

NOTHING = np.empty(0, np.int64)


def three_groups() -> tuple[CandidatePairs, np.ndarray, np.ndarray]:
    """Groups of twelve: two of one name, whose middle records are 0 and 12, and another."""
    inside = [(g + i, g + j) for g in (0, 12, 24) for i in range(12) for j in range(i + 1, 12)]
    across = [(3, 15), (4, 16), (5, 30)]
    left, right = np.array(inside + across, np.int32).T
    strength = np.full(len(left), 0.8, np.float32)
    strength[-1] = 0.2
    pairs = CandidatePairs(left, right, strength, np.ones(len(left), np.uint32), ("made up",))
    middle = (left % 12 == 0) & (left // 12 == right // 12)
    probability = np.where(middle, 0.95, np.where(left // 12 == right // 12, 0.8, 0.3))
    return pairs, probability.astype(np.float32), np.repeat(np.arange(3), 12)


def test_two_large_groups_of_one_name_are_a_question_of_their_middle_records() -> None:
    assert side_by_side(*three_groups(), NOTHING) == [(0, 12)]


def test_groups_that_an_answer_ties_are_not_asked_about_again() -> None:
    asked = np.array([(7 << 32) | 20], np.int64)

    assert side_by_side(*three_groups(), asked) == []


def test_small_groups_are_no_such_question() -> None:
    pairs, probability, _ = three_groups()

    assert side_by_side(pairs, probability, np.arange(36) // 6, NOTHING) == []
