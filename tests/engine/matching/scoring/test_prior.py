import numpy as np

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring import prior_pairs

# twenty records on each side; each is sure of its own counterpart and sure against the next one
LEFT = np.repeat(np.arange(20), 2)
RIGHT = np.stack([np.arange(20), (np.arange(20) + 1) % 20], 1).ravel() + 20
PAIRS = CandidatePairs.of(LEFT, RIGHT)
IS_MATCH = PAIRS.right - PAIRS.left == 20
GUESSED = np.where(IS_MATCH, 0.97, 0.01).astype(np.float32)


def test_sure_pairs_are_taken_while_the_best_pairs_prove_right() -> None:
    asked = np.flatnonzero(IS_MATCH)[:3]

    chosen, taken = prior_pairs(PAIRS, GUESSED, 40, asked, np.ones(3, np.bool_))

    assert len(chosen) == 20
    assert 0 < taken.sum() < 10
    assert (taken == IS_MATCH[chosen]).all()
    assert not np.isin(chosen, asked).any()


def test_nothing_is_taken_once_most_best_pairs_prove_wrong() -> None:
    asked = np.flatnonzero(IS_MATCH)[:3]

    chosen, _ = prior_pairs(PAIRS, GUESSED, 40, asked, np.array([True, False, False]))

    assert len(chosen) == 0


def test_nothing_is_taken_before_a_best_pair_was_asked_about() -> None:
    chosen, _ = prior_pairs(PAIRS, GUESSED, 40, np.flatnonzero(~IS_MATCH)[:3], np.zeros(3, bool))

    assert len(chosen) == 0


def test_pairs_of_which_nobody_is_sure_are_never_taken() -> None:
    asked = np.flatnonzero(IS_MATCH)[:3]
    doubtful = np.where(IS_MATCH, 0.8, 0.2).astype(np.float32)

    chosen, _ = prior_pairs(PAIRS, doubtful, 40, asked, np.ones(3, np.bool_))

    assert len(chosen) == 0


def test_more_labels_leave_less_room() -> None:
    places = np.flatnonzero(IS_MATCH)
    few = prior_pairs(PAIRS, GUESSED, 40, places[:2], np.ones(2, np.bool_))[0]
    asked = np.resize(places[:10], 80)
    many = prior_pairs(PAIRS, GUESSED, 40, asked, np.ones(80, np.bool_))[0]

    assert len(many) < len(few)
