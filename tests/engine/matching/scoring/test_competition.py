import numpy as np
import pytest

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring import Competition, Standings, fit_competition

PAIRS = CandidatePairs.of(np.array([0, 0, 1, 1, 4]), np.array([2, 3, 2, 3, 5]))
SCORES = np.array([0.9, 0.2, 0.3, 0.8, 0.4], np.float32)


def test_the_best_and_second_best_scores_of_each_record_stand() -> None:
    standings = Standings.of(PAIRS, SCORES, 7)

    assert standings.best.tolist() == pytest.approx([0.9, 0.8, 0.9, 0.8, 0.4, 0.4, 0.0])
    assert standings.second.tolist() == pytest.approx([0.2, 0.3, 0.3, 0.2, 0.0, 0.0, 0.0])


def test_a_lead_is_over_the_best_rival_of_either_record() -> None:
    leads = Standings.of(PAIRS, SCORES, 7).leads(PAIRS, SCORES)

    assert leads[0, 1:5].tolist() == pytest.approx([0.6, 0.7, 1.0, 1.0])
    assert leads[1, 1:5].tolist() == pytest.approx([-0.7, -0.6, 0.5, 0.5])


def test_pairs_are_settled_alike_one_by_one_and_together() -> None:
    standings = Standings.of(PAIRS, SCORES, 7)
    competition = Competition(np.array([1.0, 2.0, 0.5, 1.0, 1.0, 0.5]), -1.0, 0.5)

    together = competition.adjusted(standings, PAIRS, SCORES)

    for at in range(len(PAIRS)):
        part = slice(at, at + 1)
        alone = competition.adjusted(standings, PAIRS.take(part), SCORES[part])
        assert alone[0] == together[at]


def test_where_matches_are_one_to_one_a_clear_lead_lifts_a_low_score() -> None:
    rng = np.random.default_rng(0)
    records = 400
    left = np.repeat(np.arange(records), 2)
    right = np.stack([np.arange(records), (np.arange(records) + 1) % records], 1).ravel() + records
    pairs = CandidatePairs.of(left, right)
    is_match = pairs.right - pairs.left == records
    level = rng.uniform(0.1, 0.6, records)[pairs.left]
    scores = np.where(is_match, level, 0.5 * level).astype(np.float32)
    standings = Standings.of(pairs, scores, 2 * records)
    leads = standings.leads(pairs, scores)

    competition = fit_competition(leads[:120], is_match[:120])

    assert competition is not None
    settled = competition.adjusted(standings, pairs, scores)[120:]
    raw = np.mean((scores[120:] >= 0.5) == is_match[120:])
    assert np.mean((settled >= 0.5) == is_match[120:]) > raw


def test_one_class_alone_teaches_nothing() -> None:
    leads = np.zeros((3, 6), np.float32)

    assert fit_competition(leads, np.ones(3, np.bool_)) is None
    assert fit_competition(leads[:0], np.ones(0, np.bool_)) is None


def test_what_was_learned_survives_as_arrays() -> None:
    competition = Competition(np.arange(6.0), -1.0, 0.25)

    again = Competition.from_arrays(competition.to_arrays())

    assert again.weights.tolist() == competition.weights.tolist()
    assert (again.offset, again.share) == (-1.0, 0.25)
