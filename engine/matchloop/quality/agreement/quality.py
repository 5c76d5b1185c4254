"""The quality of each annotator, estimated from the others or measured against a gold file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement.intervals import CONFIDENCE, FEW_SETS, Figure, figure, weights
from matchloop.quality.agreement.judgements import Judgements
from matchloop.quality.agreement.skill import Skills, counted, dawid_skene

__all__ = ["AnnotatorQuality", "by_gold", "by_others", "learn_skills", "log_odds"]

SMOOTHING = np.array([[1.8, 0.2], [0.2, 1.8]])
"""Pseudo-counts by true class and answer: two pairs of each class, nine in ten right.

A convention; benchmarks/agreement.py measures it on abt_buy, cora and febrl3.
"""

LEVELS = np.array([0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97])
"""Bounds of the strata of the prior probability; the share of matches in each is learned.

A convention.
"""

TRUSTED = 4.0
"""Pseudo-count of each stratum at its prior probability.

benchmarks/agreement.py chose it on abt_buy, cora and febrl3 and was also looked at on
amazon_google, dblp_acm and musicbrainz20k. From 0 to 20 errors change by .004 at most.
"""

SAMPLES = 300
"""Bootstrap samples of the quality, each with its own EM; a convention that bounds the time."""


@dataclass(frozen=True, slots=True)
class AnnotatorQuality:
    """Quality of the judgements of one annotator.

    Parameters
    ----------
    person
        Name of the annotator.
    pairs
        Number of their judged pairs that another annotator judged, or the gold file.
    right
        Share of their judgements that are right.
    found
        Recall: the share of true matches that they judged a match.
    precise
        Precision: the share of the pairs they judged a match that are true matches.
    """

    person: str
    pairs: int
    right: Figure
    found: Figure
    precise: Figure


@dataclass(frozen=True, slots=True, eq=False)
class _Patterns:
    """Pairs aggregated by their answers and their stratum of the prior probability."""

    answers: NDArray[np.int8]  # (patterns, annotators)
    per_set: NDArray[np.float64]  # (sets, patterns)
    of_pair: NDArray[np.int64]
    stratum: NDArray[np.int64] | None  # (patterns,)
    beforehand: NDArray[np.float64] | None  # (strata, classes)


def learn_skills(judgements: Judgements, prior: NDArray[np.float64] | None = None) -> Skills | None:
    """Estimate the annotators' errors from the pairs that two of them judged.

    Parameters
    ----------
    judgements
        Their judgements.
    prior
        Match probability of each pair by the prior model, shape (pairs,); NaN where there is none.

    Returns
    -------
    Skills or None
        The skills, with the posterior of every pair that anybody judged. None for two annotators
        without a prior: their errors are not identified.
    """
    patterns = _patterns(judgements, prior)
    enough = 2 if prior is not None else 3
    if judgements.answers.shape[1] < enough or not len(patterns.answers):
        return None
    skills = _learned(patterns, patterns.per_set.sum(axis=0))
    return Skills(
        skills.shares, skills.confusion, skills.posterior[patterns.of_pair], skills.likelihood
    )


def log_odds(judgements: Judgements, skills: Skills | None) -> NDArray[np.float64]:
    """Return the log odds that each pair matches; 0 without a judgement or for a tie."""
    answers = judgements.answers
    if skills is None:
        return np.asarray((answers == 1).sum(axis=1) - (answers == 0).sum(axis=1), np.float64)
    with np.errstate(divide="ignore"):
        odds = np.log(skills.posterior[:, 1]) - np.log(skills.posterior[:, 0])
    return np.where((answers >= 0).any(axis=1), np.clip(odds, -50, 50), 0.0)


def by_others(
    judgements: Judgements,
    people: tuple[str, ...],
    prior: NDArray[np.float64] | None = None,
    *,
    seed: int,
) -> list[AnnotatorQuality]:
    """Estimate each annotator's quality from all judgements and, if given, the prior model.

    The bootstrap resamples sets and estimates all errors again in each sample.
    """
    patterns = _patterns(judgements, prior)
    shared = np.flatnonzero(patterns.per_set.any(axis=1))
    judged = patterns.per_set @ (patterns.answers >= 0)
    if len(people) < 3 and prior is None:
        reason = (
            "of two people nobody can tell which one errs; add a third, the table, or a gold file"
        )
        return [_unknown(name, int(judged[:, at].sum()), reason) for at, name in enumerate(people)]
    weight = patterns.per_set.sum(axis=0)
    start = _learned(patterns, weight).posterior
    estimates = _figures(patterns, weight, start)
    drawn = np.empty((0, *estimates.shape))
    if len(shared) >= FEW_SETS:
        counts = weights(len(shared), seed=seed)[:SAMPLES] @ patterns.per_set[shared]
        drawn = np.stack([_figures(patterns, count, start) for count in counts])
    out = []
    for at, person in enumerate(people):
        pairs, sets = int(judged[:, at].sum()), int((judged[:, at] > 0).sum())
        if not pairs:
            out.append(_unknown(person, 0, "shares no pair with anybody"))
            continue
        figures = [
            _figure(estimates[at, column], drawn[:, at, column], sets) for column in range(3)
        ]
        out.append(AnnotatorQuality(person, pairs, *figures))
    return out


def by_gold(
    judgements: Judgements, people: tuple[str, ...], gold: int, *, seed: int
) -> list[AnnotatorQuality]:
    """Measure each annotator against the gold annotator."""
    out = []
    truth = judgements.answers[:, gold]
    for at, person in enumerate(people):
        if at == gold:
            continue
        answers = judgements.answers[:, at]
        both = (answers >= 0) & (truth >= 0)
        cells = [both & (truth == a) & (answers == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
        sums = np.column_stack([judgements.by_set(cell.astype(np.float64)) for cell in cells])
        none = "there is no match"
        figures = [
            figure(sums, lambda s: _share(s[:, 0] + s[:, 3], s.sum(axis=1)), seed=seed, missing=""),
            figure(sums, lambda s: _share(s[:, 0], s[:, 0] + s[:, 1]), seed=seed, missing=none),
            figure(sums, lambda s: _share(s[:, 0], s[:, 0] + s[:, 2]), seed=seed, missing=none),
        ]
        out.append(AnnotatorQuality(person, int(both.sum()), *figures))
    return out


def _patterns(judgements: Judgements, prior: NDArray[np.float64] | None) -> _Patterns:
    columns, beforehand = judgements.answers, None
    if prior is not None:
        level = np.where(np.isnan(prior), len(LEVELS) + 1, np.searchsorted(LEVELS, prior))
        columns = np.column_stack([columns, level.astype(np.int8)])
        beforehand = _beforehand(level, prior)
    rows, of_pair = np.unique(columns, axis=0, return_inverse=True)
    of_pair = of_pair.reshape(-1)
    per_set = np.zeros((judgements.n_sets, len(rows)))
    np.add.at(per_set, (judgements.set_index, of_pair), 1.0)
    stratum = None
    if prior is not None:
        rows, stratum = rows[:, :-1], rows[:, -1].astype(np.int64)
    alone = (rows >= 0).sum(axis=1) < 2
    per_set[:, alone] = 0.0
    return _Patterns(rows, per_set, of_pair, stratum, beforehand)


def _beforehand(level: NDArray[np.int64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pseudo-counts of each class by stratum; nearly none where the prior is NaN."""
    held = np.full((len(LEVELS) + 2, 2), 1e-3)
    for number in np.unique(level[~np.isnan(prior)]):
        share = float(prior[level == number].mean())
        held[number] += TRUSTED * np.array([1 - share, share])
    return held


def _learned(
    patterns: _Patterns, weight: NDArray[np.float64], start: NDArray[np.float64] | None = None
) -> Skills:
    return dawid_skene(
        counted(patterns.answers),
        smoothing=SMOOTHING,
        weight=weight,
        start=start,
        stratum=patterns.stratum,
        beforehand=patterns.beforehand,
    )


def _figures(
    patterns: _Patterns, weight: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return accuracy, recall and precision of each annotator, shape (annotators, 3)."""
    skills = _learned(patterns, weight, start)
    match = skills.posterior[:, 1] * weight
    other = skills.posterior[:, 0] * weight
    yes, no = (patterns.answers == 1).astype(np.float64), (patterns.answers == 0).astype(np.float64)
    hit, missed, invented, left = match @ yes, match @ no, other @ yes, other @ no
    return np.column_stack(
        [
            _share(hit + left, hit + missed + invented + left),
            _share(hit, hit + missed),
            _share(hit, hit + invented),
        ]
    )


def _figure(value: float, drawn: NDArray[np.float64], sets: int) -> Figure:
    if not np.isfinite(value):
        return Figure(None, None, None, sets, "there is no match")
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < 0.9 * SAMPLES:  # a convention: fewer samples would bias the interval
        reason = f"an interval needs {FEW_SETS} shared sets or more, there are {sets}"
        return Figure(float(value), None, None, sets, reason)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Figure(float(value), min(float(low), float(value)), max(float(high), float(value)), sets)


def _unknown(person: str, pairs: int, reason: str) -> AnnotatorQuality:
    nothing = Figure(None, None, None, 0, reason)
    return AnnotatorQuality(person, pairs, nothing, nothing, nothing)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole, np.float64)
