"""Train a model on labels, or fit a prior model to the structure of the table."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, Compared, Comparisons, Scores
from matchloop.data.reading_notes import left_out_columns
from matchloop.data.records import Records
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.backends.needs import check_fit
from matchloop.matching.backends.spill import SpilledComparisons
from matchloop.matching.learning.label_reliability import label_reliability
from matchloop.matching.learning.model import Model, prior_scores, prior_standings, with_prior
from matchloop.matching.learning.reliance import fit_reliance, refutes
from matchloop.matching.scoring import (
    Forest,
    PriorModels,
    Standings,
    Unsupervised,
    fit_competition,
    fit_with_out_of_bag,
    neighbourhoods,
    prior_pairs,
    try_readings,
)

__all__ = [
    "at_most",
    "balanced_weights",
    "disputed_pairs",
    "learn",
    "prior_probabilities",
    "random_pairs",
    "trust_in_prior",
]

TREES = 200  # a convention
MANY = 500
"""Balanced weight of the labels from which half the trees suffice, labels are no longer balanced,
and a prior model that they refute is dropped (a convention)."""

PLENTY = 4 * MANY
"""Balanced weight of the labels from which no prior model is fitted at all (a convention)."""

SUPPOSED = 1.0
"""Weight of random candidates in the competition, as a multiple of that of the labels.

Labelled pairs are no random sample: in a file of customers 93 % of the labelled pairs of one name
matched, and 43 % of the others. With 1 the calibration error between .2 and .9 was .069 on
fake_1000, census841 and generated persons with namesakes (benchmarks/calibration.py), with .5 it
was .080."""

EASY = 1000
"""Random candidates that the competition is fitted to, besides the labels (a convention)."""

TAUGHT = 200_000
"""The most labelled pairs to train on, spread evenly over matches and non-matches: bounds time."""

SAMPLE = 400_000
"""The most candidates that the prior model is fitted to: bounds time and memory."""

BACKGROUND = 20_000
"""Random pairs by which the prior model knows what non-matches look like (a convention)."""


def learn(
    prepared: PreparedTable,
    labelled: LabeledPairs | None,
    *,
    seed: int,
    prior: bool = False,
    on_stage: OnStage | None = None,
) -> Model:
    """Train a model that scores the pairs of a table.

    Parameters
    ----------
    prepared
        The table.
    labelled
        Labelled pairs of it. Without a match and a non-match among them, a prior model is fitted
        to the structure of the table.
    seed
        The same seed gives the same model.
    prior
        Whether to train on a few unlabelled pairs of sure prior too, while labels are few.
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
        prior_model = _prior_model(prepared, labelled, seed)
        assumed = f"{_why_no_labels(labelled)}: {prior_model.assumed}"
        return Model(prepared.comparer.names, prior_model.forest, assumed=assumed)
    few = at_most(labelled, TAUGHT)
    return _supervised(prepared, few, seed, prior=prior, on_stage=on_stage)


def _why_no_labels(labelled: LabeledPairs | None) -> str:
    """Return why labels train no forest, as the start of a sentence for the user."""
    if labelled is None:
        return "No labels"
    if len(labelled) == 0:
        return "The labels hold no pair to learn from"
    is_match = labelled.is_match.all()
    present, lacking = ("matches", "differs") if is_match else ("differs", "matches")
    return f"Every labelled pair {present} and none {lacking}, so labels only chose among readings"


def prior_probabilities(
    prepared: PreparedTable, pairs: CandidatePairs, *, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Score pairs by the prior model, without any label.

    Parameters
    ----------
    prepared
        The table.
    pairs
        Any pairs of it.
    seed
        The seed of the prior model.

    Returns
    -------
    tuple of numpy.ndarray
        The features of each pair as a forest reads them, shape (pairs, features); the prior of
        each pair, and of each candidate of the table.
    """
    model = _prior_model(prepared, None, seed).forest
    priors = prior_scores(prepared, model)
    standings = prior_standings(prepared, model)
    compared = prepared.compare(pairs)
    features = with_prior(compared, model, standings)
    return features, model.probability(compared.features), priors.probability


def disputed_pairs(
    prepared: PreparedTable, labelled: LabeledPairs | None, *, seed: int
) -> tuple[CandidatePairs, NDArray[np.float64]]:
    """Return the pairs on which the readings of a table differ, and how far they do.

    Parameters
    ----------
    prepared
        The table.
    labelled
        The labels so far: they choose among the readings.
    seed
        The seed of the prior model.

    Returns
    -------
    tuple
        Candidates, all of them or a sample, and the share of the other readings, by support, that
        differ from the chosen one on each, shape (pairs,).
    """
    models = _prior_models(prepared, seed)
    return models.comparisons.pairs, models.disputed(_preferred(models, labelled))


def at_most(labelled: LabeledPairs, count: int) -> LabeledPairs:
    """Take at most ``count`` pairs, evenly spread, with the same share of matches."""
    if len(labelled) <= count:
        return labelled
    order = np.argsort(labelled.is_match, kind="stable")
    chosen = order[(np.arange(count, dtype=np.int64) * len(labelled)) // count]
    return labelled.take(np.sort(chosen))


def _prior_model(prepared: PreparedTable, labelled: LabeledPairs | None, seed: int) -> Unsupervised:
    """Fit the prior model of a table.

    Labels choose among the readings of the table, also where all match or none does: three
    labelled non-matches that a reading joins rule it out. The forest of each reading is fitted
    once and cached with the table.
    """
    models = _prior_models(prepared, seed)
    number = _preferred(models, labelled)
    return prepared.once(
        ("prior model", seed, number),
        lambda: models.fitted(number, seed=seed, compare=prepared.compare),
    )


def _prior_models(prepared: PreparedTable, seed: int) -> PriorModels:
    features = len(prepared.comparer.names)
    check_fit(prepared.records, min(SAMPLE, len(prepared.candidates)) * features)
    return prepared.once(("prior models", seed), lambda: _readings(prepared, seed))


def _preferred(models: PriorModels, labelled: LabeledPairs | None) -> int:
    if labelled is None or not len(labelled):
        return models.preferred()
    return models.preferred(labelled.ids(), labelled.is_match)


def _readings(prepared: PreparedTable, seed: int) -> PriorModels:
    sample: Compared = _sample(prepared, seed)
    if len(sample) < len(prepared.candidates):  # the features of a sample serve nothing else
        sample = SpilledComparisons.of(sample, prepared.records.memory.folder)
    models = try_readings(
        sample,
        n_records=len(prepared.records),
        sources=prepared.records.sources,
        background=prepared.compare(random_pairs(prepared, BACKGROUND, seed)),
        n_candidates=len(prepared.candidates),
        partial=_is_partial(prepared.records),
        seed=seed,
    )
    if len(sample) < len(prepared.candidates):  # labels may choose another reading later
        models = prepared.records.memory.set_aside(models)
    return_freed_memory()
    return models


def _is_partial(records: Records) -> bool:
    """Return whether one column is compared, beside others that tell every record apart.

    Two compared columns confirm or refute each other, so that the rest is not read for it.
    """
    return len(records.columns) == 1 and bool(left_out_columns(records))


def _sample(prepared: PreparedTable, seed: int) -> Comparisons:
    """Compare the candidates; in large tables, those of sampled records and their neighbours."""
    candidates = prepared.candidates
    if len(candidates) <= SAMPLE:
        return prepared.sample(SAMPLE)
    return prepared.some(neighbourhoods(candidates, len(prepared.records), SAMPLE, seed=seed))


def _supervised(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    seed: int,
    *,
    prior: bool,
    on_stage: OnStage | None,
) -> Model:
    weight = balanced_weights(labelled)
    count = float(weight.sum())
    few = count < MANY
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    names = prepared.comparer.names
    compared = prepared.compare(pairs)
    prior_model = _prior_model(prepared, labelled, seed).forest if count < PLENTY else None
    own_prior = None if prior_model is None else prior_model.probability(compared.features)[at]
    if own_prior is not None and not few and refutes(labelled.is_match, own_prior):
        prior_model = own_prior = None
    priors = None if prior_model is None else prior_scores(prepared, prior_model, on_stage=on_stage)
    standings = None if prior_model is None else prior_standings(prepared, prior_model)
    features = with_prior(compared, prior_model, standings)[at]
    more, supposed = features[:0], np.empty(0, np.bool_)
    if prior and prior_model is not None and priors is not None:
        more, supposed = _supposed_pairs(prepared, labelled, prior_model, priors, standings)
    forest, out_of_bag, reliability = _forest(
        np.concatenate((features, more)),
        np.concatenate((labelled.is_match, supposed)),
        own_prior,
        seed=seed,
        few=few,
    )
    out_of_bag = out_of_bag[: len(labelled)]
    if reliability is not None:
        weight = weight * reliability
    model = Model(names, forest, prior_model)
    first = model.first_scores(prepared, on_stage=on_stage)
    # Leads are computed from out-of-bag scores: the forest scores its own training pairs too well,
    # so that leads over them would be larger than those of other pairs.
    held_out = Scores(pairs, _mean_per_pair(out_of_bag, at, len(pairs)))
    honest = _standings(first.overlaid(held_out), len(prepared.records))
    leads = honest.leads(pairs, held_out.probability)[at]
    if prior_model is None or priors is None or own_prior is None:
        return replace(model, competition=fit_competition(leads, labelled.is_match))
    easy = _random_candidates(prepared, labelled, seed)
    others = honest.leads(prepared.candidates.take(easy), first.probability[easy])
    trusted = trust_in_prior(own_prior, out_of_bag, labelled.is_match, weight)
    competition = fit_competition(
        leads,
        labelled.is_match,
        weight,
        supposed=(others, priors.probability[easy], trusted * SUPPOSED),
    )
    reliance = fit_reliance(own_prior, out_of_bag, labelled.is_match)
    return replace(model, competition=competition, reliance=reliance)


def _random_candidates(
    prepared: PreparedTable, labelled: LabeledPairs, seed: int
) -> NDArray[np.int64]:
    """Draw random candidates without a label; return their positions."""
    rng = np.random.default_rng([seed, len(labelled)])
    count = len(prepared.candidates)
    chosen = np.unique(rng.integers(0, max(count, 1), min(EASY, count)))
    return chosen[~np.isin(prepared.candidates.ids()[chosen], labelled.ids())]


def _forest(
    features: NDArray[np.float32],
    answers: NDArray[np.bool_],
    prior: NDArray[np.float32] | None,
    *,
    seed: int,
    few: bool,
) -> tuple[Forest, NDArray[np.float32], NDArray[np.float64] | None]:
    """Fit the trees, and once more with weights where labels are detected as wrong.

    ``prior`` holds the labelled pairs only, which come before the unlabelled ones. Returns the
    forest, the out-of-bag probability of each pair, and the reliability of each label.
    """
    trees = TREES if few else TREES // 2
    fit = partial(fit_with_out_of_bag, features, answers, seed=seed, trees=trees, balanced=few)
    forest, out_of_bag = fit()
    if prior is None:
        return forest, out_of_bag, None
    labelled = slice(len(prior))
    reliability = label_reliability(prior, out_of_bag[labelled], answers[labelled])
    if reliability is not None:
        others = np.ones(len(answers) - len(prior))
        forest, out_of_bag = fit(weight=np.concatenate((reliability, others)))
    return forest, out_of_bag, reliability


def _supposed_pairs(
    prepared: PreparedTable,
    labelled: LabeledPairs,
    prior_model: Forest,
    priors: Scores,
    standings: Standings | None,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return features and supposed answers of unlabelled pairs of sure prior."""
    candidates, records = prepared.candidates, len(prepared.records)
    ids = candidates.ids()
    place = np.minimum(np.searchsorted(ids, labelled.ids()), len(ids) - 1)
    is_candidate = ids[place] == labelled.ids()
    chosen, answers = prior_pairs(
        candidates,
        priors.probability,
        records,
        place[is_candidate],
        labelled.is_match[is_candidate],
    )
    compared = prepared.compare(candidates.take(chosen))
    return with_prior(compared, prior_model, standings), answers


def _standings(scores: Scores, n_records: int) -> Standings:
    return Standings.of(scores.pairs, scores.probability, n_records)


def balanced_weights(labelled: LabeledPairs) -> NDArray[np.float64]:
    """Compute weights that give both answers the same total, shape (pairs,).

    A set of ten rows is forty-five pairs, and most of these are easy non-matches.
    """
    matches = int(labelled.is_match.sum())
    rarer = min(matches, len(labelled) - matches)
    is_rarer = labelled.is_match == (2 * matches <= len(labelled))
    return np.where(is_rarer, 1.0, rarer / (len(labelled) - rarer))


def trust_in_prior(
    prior: NDArray[np.float32],
    out_of_bag: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> float:
    """Compare the errors of prior model and trees on the labels: trust in the prior, in [0, 1].

    Both errors get one wholly wrong label more, so that tenths of an error among twenty easy
    labels prove nothing.
    """
    wrong = 1 + float(weight @ (prior - is_match) ** 2)
    left = 1 + float(weight @ (out_of_bag - is_match) ** 2)
    return min(1.0, left / wrong) ** 2


def random_pairs(prepared: PreparedTable, count: int, seed: int) -> CandidatePairs:
    """Draw random pairs of the table that may match, candidates or not."""
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
