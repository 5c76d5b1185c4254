"""Train a model on labels, or fit one to the shape of the table."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning.belief import believed
from matchloop.matching.learning.model import Model, guess_standings, guessed_scores, with_guess
from matchloop.matching.learning.reliance import fit_reliance
from matchloop.matching.scoring import (
    Forest,
    Standings,
    Unsupervised,
    fit_competition,
    fit_with_unseen,
    neighbourhoods,
    prior_pairs,
    try_readings,
)

__all__ = ["at_most", "balanced_weights", "guess_without_labels", "learn", "trust_in_prior"]

TREES = 200
MANY = 500
"""Labels of both answers, in even parts, from which half the trees are enough, answers weigh as
often as they were given, and the guess without labels is dropped."""

SUPPOSED = 1.0
"""Weight of random candidates in the second look, as a multiple of that of the labels.

The labels were chosen: in a file of customers 93 % of the labelled pairs of one name matched, and
43 % of the others. With 1 the calibration error between .2 and .9 was .069 on fake_1000, census841
and made persons with namesakes, with .5 it was .080."""

EASY = 1000
"""Random candidates that the second look is fitted to beside the labels."""

TAUGHT = 200_000
"""Labelled pairs that are learned from at most, evenly spread over matches and non-matches."""

SAMPLE = 400_000
"""Candidates the unsupervised model is fitted to at most."""

BACKGROUND = 20_000
"""Random pairs by which it knows what non-matches look like."""


def learn(
    prepared: PreparedTable,
    labelled: LabeledPairs | None,
    *,
    seed: int,
    prior: bool = False,
    on_stage: OnStage | None = None,
) -> Model:
    """Learn to score the pairs of a table.

    Parameters
    ----------
    prepared
        The table.
    labelled
        Labelled pairs of it; without a match and a non-match among them, a model is fitted to the
        structure of the table.
    seed
        The same seed gives the same model.
    prior
        Whether to learn from a few pairs that nobody labelled, too, while labels are few.
    on_stage
        Progress callback.

    Returns
    -------
    Model
        Scores any pair of this table or of one with the same columns.
    """
    if on_stage is not None:
        on_stage("learn", 0.0)
    if labelled is None or labelled.is_match.all() or not labelled.is_match.any():
        guess = _prior_model(prepared, labelled, seed)
        assumed = f"{_why_guessed(labelled)}: {guess.assumed}"
        return Model(prepared.comparer.names, guess.forest, assumed=assumed)
    few = at_most(labelled, TAUGHT)
    return _supervised(prepared, few, seed, prior=prior, on_stage=on_stage)


def _why_guessed(labelled: LabeledPairs | None) -> str:
    """Say why a model is fitted to the structure of the table."""
    if labelled is None:
        return "No labels"
    if len(labelled) == 0:
        return "The labels hold no pair to learn from"
    said, lacking = ("matches", "differs") if labelled.is_match.all() else ("differs", "matches")
    return f"Every labelled pair {said} and none {lacking}, so labels only chose among readings"


def guess_without_labels(
    prepared: PreparedTable, pairs: CandidatePairs, *, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return what is known of pairs before any label is seen.

    Parameters
    ----------
    prepared
        The table.
    pairs
        Any pairs of it.
    seed
        Of the model without labels.

    Returns
    -------
    tuple of numpy.ndarray
        What a forest reads of each pair, shape (pairs, features); the probability without labels
        of each pair, and of each candidate of the table.
    """
    guess = _prior_model(prepared, None, seed).forest
    guessed = guessed_scores(prepared, guess)
    standings = guess_standings(prepared, guess)
    compared = prepared.comparer.compare(pairs)
    features = with_guess(compared, guess, standings)
    return features, guess.probability(compared.features), guessed.probability


def at_most(labelled: LabeledPairs, count: int) -> LabeledPairs:
    """Keep an even spread of the pairs, each answer in its share."""
    if len(labelled) <= count:
        return labelled
    order = np.argsort(labelled.is_match, kind="stable")
    chosen = order[(np.arange(count, dtype=np.int64) * len(labelled)) // count]
    return labelled.take(np.sort(chosen))


def _prior_model(prepared: PreparedTable, labelled: LabeledPairs | None, seed: int) -> Unsupervised:
    """Return what is known of a table before its labels teach a forest.

    Answers choose among the readings of the table, also where they are all of one side: three
    pairs that a reading joins and people part end it. Each reading is imitated once.
    """
    models = prepared.once(
        ("prior models", seed),
        lambda: try_readings(
            _sample(prepared, seed),
            n_records=len(prepared.records),
            sources=prepared.records.sources,
            background=prepared.comparer.compare(_random_pairs(prepared, BACKGROUND, seed)),
            n_candidates=len(prepared.candidates),
            seed=seed,
        ),
    )
    number = models.preferred()
    if labelled is not None and len(labelled):
        number = models.preferred(labelled.ids(), labelled.is_match)
    return prepared.once(
        ("prior model", seed, number),
        lambda: models.fitted(number, seed=seed, compare=prepared.comparer.compare),
    )


def _sample(prepared: PreparedTable, seed: int) -> Comparisons:
    """Compare the candidates, in large tables those of some records and their neighbours."""
    candidates = prepared.candidates
    if len(candidates) <= SAMPLE:
        return prepared.sample(SAMPLE)
    chosen = neighbourhoods(candidates, len(prepared.records), SAMPLE, seed=seed)
    return prepared.comparer.compare(candidates.take(chosen))


def _supervised(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    seed: int,
    *,
    prior: bool,
    on_stage: OnStage | None,
) -> Model:
    weight = balanced_weights(labelled)
    few = float(weight.sum()) < MANY
    guess = _prior_model(prepared, labelled, seed).forest if few else None
    guessed = None if guess is None else guessed_scores(prepared, guess, on_stage=on_stage)
    standings = None if guess is None else guess_standings(prepared, guess)
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    names = prepared.comparer.names
    features = with_guess(prepared.comparer.compare(pairs), guess, standings)[at]
    more, taken = features[:0], np.empty(0, np.bool_)
    if prior and guess is not None and guessed is not None:
        more, taken = _prior(prepared, labelled, guess, guessed, standings)
    suggested = None if guess is None else guess.probability(features[:, : len(names)])
    forest, unseen, belief = _forest(
        np.concatenate((features, more)),
        np.concatenate((labelled.is_match, taken)),
        suggested,
        seed=seed,
        few=few,
    )
    unseen = unseen[: len(labelled)]
    if belief is not None:
        weight = weight * belief
    model = Model(names, forest, guess)
    first = model.first_scores(prepared, on_stage=on_stage)
    told = Scores(pairs, _mean_per_pair(unseen, at, len(pairs)))
    honest = first.overlaid(told)  # labelled pairs as the forest sees them without their labels
    standing = _standings(honest, len(prepared.records))
    leads = standing.leads(pairs, told.probability)[at]
    if guess is None or guessed is None or suggested is None:
        return replace(model, competition=fit_competition(leads, labelled.is_match))
    easy = _random_candidates(prepared, labelled, seed)
    others = standing.leads(prepared.candidates.take(easy), first.probability[easy])
    trusted = trust_in_prior(suggested, unseen, labelled.is_match, weight)
    competition = fit_competition(
        leads,
        labelled.is_match,
        weight,
        supposed=(others, guessed.probability[easy], trusted * SUPPOSED),
    )
    reliance = fit_reliance(suggested, unseen, labelled.is_match)
    return replace(model, competition=competition, reliance=reliance)


def _random_candidates(
    prepared: PreparedTable, labelled: LabeledPairs, seed: int
) -> NDArray[np.int64]:
    """Return places of random candidates without a label."""
    rng = np.random.default_rng([seed, len(labelled)])
    count = len(prepared.candidates)
    chosen = np.unique(rng.integers(0, max(count, 1), min(EASY, count)))
    return chosen[~np.isin(prepared.candidates.ids()[chosen], labelled.ids())]


def _forest(
    features: NDArray[np.float32],
    answers: NDArray[np.bool_],
    guessed: NDArray[np.float32] | None,
    *,
    seed: int,
    few: bool,
) -> tuple[Forest, NDArray[np.float32], NDArray[np.float64] | None]:
    """Fit the trees, and once more where labels are seen to be wrong and are believed less.

    ``guessed`` is of the labelled pairs, which stand before those that nobody labelled.
    """
    trees = TREES if few else TREES // 2
    fit = partial(fit_with_unseen, features, answers, seed=seed, trees=trees, balanced=few)
    forest, unseen = fit()
    if guessed is None:
        return forest, unseen, None
    labelled = slice(len(guessed))
    belief = believed(guessed, unseen[labelled], answers[labelled])
    if belief is not None:
        others = np.ones(len(answers) - len(guessed))
        forest, unseen = fit(weight=np.concatenate((belief, others)))
    return forest, unseen, belief


def _prior(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    guess: Forest,
    guessed: Scores,
    standings: Standings | None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return features and supposed answers of pairs that nobody labelled."""
    candidates, records = prepared.candidates, len(prepared.records)
    known = candidates.ids()
    place = np.minimum(np.searchsorted(known, labelled.ids()), len(known) - 1)
    asked = known[place] == labelled.ids()
    chosen, taken = prior_pairs(
        candidates, guessed.probability, records, place[asked], labelled.is_match[asked]
    )
    shown = prepared.comparer.compare(candidates.take(chosen))
    return with_guess(shown, guess, standings), taken


def _standings(scores: Scores, n_records: int) -> Standings:
    return Standings.of(scores.pairs, scores.probability, n_records)


def balanced_weights(labelled: LabeledPairs) -> NDArray[np.float64]:
    """Return weights by which the rarer answer counts for as much as the other, shape (pairs,).

    A set of ten rows is forty-five pairs, most of them of records that nobody would confuse.
    """
    matches = int(labelled.is_match.sum())
    rarer = min(matches, len(labelled) - matches)
    is_rarer = labelled.is_match == (2 * matches <= len(labelled))
    return np.where(is_rarer, 1.0, rarer / (len(labelled) - rarer))


def trust_in_prior(
    guessed: NDArray[np.float32],
    unseen: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> float:
    """Return how far the prior model holds against the trees on the labels, in [0, 1].

    Both are charged one label more of which they were wholly wrong: of twenty easy ones, tenths of
    an error on either side say nothing.
    """
    wrong = 1 + float(weight @ (guessed - is_match) ** 2)
    left = 1 + float(weight @ (unseen - is_match) ** 2)
    return min(1.0, left / wrong) ** 2


def _random_pairs(prepared: PreparedTable, count: int, seed: int) -> CandidatePairs:
    """Draw pairs of the table that could be compared, whether candidates or not."""
    records = len(prepared.records)
    rng = np.random.default_rng(seed)
    left, right = rng.integers(0, max(records, 1), (2, count if records > 1 else 0))
    different = left != right
    sources = prepared.records.sources
    if sources is not None:
        different &= sources[left] != sources[right]
    return CandidatePairs.of(left[different], right[different], "random")


def _mean_per_pair(
    values: NDArray[np.float32], at: NDArray[np.int64], count: int
) -> NDArray[np.float32]:
    total = np.bincount(at, weights=values, minlength=count)
    return np.asarray(total / np.bincount(at, minlength=count), np.float32)
