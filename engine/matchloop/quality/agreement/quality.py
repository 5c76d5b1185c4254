"""How good each person is: from what the others said, or from a file that is known to be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.agreement.intervals import CONFIDENCE, FEW_SETS, Figure, figure, weights
from matchloop.quality.agreement.judgements import Judgements
from matchloop.quality.agreement.skill import Skills, counted, dawid_skene

__all__ = ["PersonQuality", "by_gold", "by_others", "learn_skills", "log_odds"]

SMOOTHING = np.array([[1.8, 0.2], [0.2, 1.8]])
"""Two pairs of each class, nine in ten right, before anything was said."""

LEVELS = np.array([0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97])
"""Where strata of the guess part: the share of matches in each is learned, not taken from it."""

TRUSTED = 4.0
"""Pairs of each stratum that are taken to be as the guess says."""

SAMPLES = 300


@dataclass(frozen=True, slots=True)
class PersonQuality:
    """How good the judgements of one person on pairs are.

    Parameters
    ----------
    person
        Who.
    pairs
        How many pairs they judged that somebody else, or the gold file, judged too.
    right
        Share of their judgements that are right.
    found
        Share of the true matches among the pairs that they took for matches.
    precise
        Share of the pairs they took for matches that are.
    """

    person: str
    pairs: int
    right: Figure
    found: Figure
    precise: Figure


@dataclass(frozen=True, slots=True, eq=False)
class _Patterns:
    """Pairs on which everybody said the same, and of one stratum of the guess, together."""

    said: NDArray[np.int8]  # (patterns, people)
    per_set: NDArray[np.float64]  # (sets, patterns)
    of_pair: NDArray[np.int64]
    stratum: NDArray[np.int64] | None  # (patterns,)
    beforehand: NDArray[np.float64] | None  # (strata, classes)


def learn_skills(judgements: Judgements, guess: NDArray[np.float64] | None = None) -> Skills | None:
    """Learn how people err, from the pairs that two of them judged.

    Parameters
    ----------
    judgements
        What they said.
    guess
        Match probability of each pair by somebody or something else that may err, shape (pairs,);
        NaN where there is none.

    Returns
    -------
    Skills or None
        With the posterior of every pair, also those that one person judged alone; None for two
        people without a guess, of whom nobody can tell which one errs.
    """
    patterns = _patterns(judgements, guess)
    enough = 2 if guess is not None else 3
    if judgements.said.shape[1] < enough or not len(patterns.said):
        return None
    found = _learned(patterns, patterns.per_set.sum(axis=0))
    return Skills(
        found.shares, found.confusion, found.posterior[patterns.of_pair], found.likelihood
    )


def log_odds(judgements: Judgements, skills: Skills | None) -> NDArray[np.float64]:
    """Return the log odds that each pair matches; 0 where nothing was said or sides are even."""
    said = judgements.said
    if skills is None:
        return np.asarray((said == 1).sum(axis=1) - (said == 0).sum(axis=1), np.float64)
    with np.errstate(divide="ignore"):
        odds = np.log(skills.posterior[:, 1]) - np.log(skills.posterior[:, 0])
    return np.where((said >= 0).any(axis=1), np.clip(odds, -50, 50), 0.0)


def by_others(
    judgements: Judgements,
    people: tuple[str, ...],
    guess: NDArray[np.float64] | None = None,
    *,
    seed: int,
) -> list[PersonQuality]:
    """Estimate each person's quality from what they all said, and a guess if there is one.

    Intervals draw sets anew and learn everybody's errors again each time.
    """
    patterns = _patterns(judgements, guess)
    shared = np.flatnonzero(patterns.per_set.any(axis=1))
    judged = patterns.per_set @ (patterns.said >= 0)
    if len(people) < 3 and guess is None:
        reason = (
            "of two people nobody can tell which one errs; add a third, the table, or a gold file"
        )
        return [_unknown(one, int(judged[:, at].sum()), reason) for at, one in enumerate(people)]
    weight = patterns.per_set.sum(axis=0)
    start = _learned(patterns, weight).posterior
    found = _figures(patterns, weight, start)
    drawn = np.empty((0, *found.shape))
    if len(shared) >= FEW_SETS:
        counts = weights(len(shared), seed=seed)[:SAMPLES] @ patterns.per_set[shared]
        drawn = np.stack([_figures(patterns, one, start) for one in counts])
    out = []
    for at, person in enumerate(people):
        pairs, sets = int(judged[:, at].sum()), int((judged[:, at] > 0).sum())
        if not pairs:
            out.append(_unknown(person, 0, "shares no pair with anybody"))
            continue
        figures = [_figure(found[at, one], drawn[:, at, one], sets) for one in range(3)]
        out.append(PersonQuality(person, pairs, *figures))
    return out


def by_gold(
    judgements: Judgements, people: tuple[str, ...], gold: int, *, seed: int
) -> list[PersonQuality]:
    """Measure each person against one whose judgements are right."""
    out = []
    truth = judgements.said[:, gold]
    for at, person in enumerate(people):
        if at == gold:
            continue
        said = judgements.said[:, at]
        both = (said >= 0) & (truth >= 0)
        cells = [both & (truth == a) & (said == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
        sums = np.column_stack([judgements.by_set(one.astype(np.float64)) for one in cells])
        none = "there is no match"
        figures = [
            figure(sums, lambda s: _share(s[:, 0] + s[:, 3], s.sum(axis=1)), seed=seed, missing=""),
            figure(sums, lambda s: _share(s[:, 0], s[:, 0] + s[:, 1]), seed=seed, missing=none),
            figure(sums, lambda s: _share(s[:, 0], s[:, 0] + s[:, 2]), seed=seed, missing=none),
        ]
        out.append(PersonQuality(person, int(both.sum()), *figures))
    return out


def _patterns(judgements: Judgements, guess: NDArray[np.float64] | None) -> _Patterns:
    told, beforehand = judgements.said, None
    if guess is not None:
        level = np.where(np.isnan(guess), len(LEVELS) + 1, np.searchsorted(LEVELS, guess))
        told = np.column_stack([told, level.astype(np.int8)])
        beforehand = _beforehand(level, guess)
    said, of_pair = np.unique(told, axis=0, return_inverse=True)
    of_pair = of_pair.reshape(-1)
    per_set = np.zeros((judgements.n_sets, len(said)))
    np.add.at(per_set, (judgements.set_index, of_pair), 1.0)
    stratum = None
    if guess is not None:
        said, stratum = said[:, :-1], said[:, -1].astype(np.int64)
    alone = (said >= 0).sum(axis=1) < 2
    per_set[:, alone] = 0.0
    return _Patterns(said, per_set, of_pair, stratum, beforehand)


def _beforehand(level: NDArray[np.int64], guess: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pairs of each class that strata hold beforehand; without a guess next to none."""
    held = np.full((len(LEVELS) + 2, 2), 1e-3)
    for one in np.unique(level[~np.isnan(guess)]):
        share = float(guess[level == one].mean())
        held[one] += TRUSTED * np.array([1 - share, share])
    return held


def _learned(
    patterns: _Patterns, weight: NDArray[np.float64], start: NDArray[np.float64] | None = None
) -> Skills:
    return dawid_skene(
        counted(patterns.said),
        smoothing=SMOOTHING,
        weight=weight,
        start=start,
        stratum=patterns.stratum,
        beforehand=patterns.beforehand,
    )


def _figures(
    patterns: _Patterns, weight: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return right, found, precise of each person, shape (people, 3)."""
    skills = _learned(patterns, weight, start)
    match = skills.posterior[:, 1] * weight
    other = skills.posterior[:, 0] * weight
    yes, no = (patterns.said == 1).astype(np.float64), (patterns.said == 0).astype(np.float64)
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
    known = drawn[np.isfinite(drawn)]
    if len(known) < 0.9 * SAMPLES:
        reason = f"an interval needs {FEW_SETS} shared sets or more, there are {sets}"
        return Figure(float(value), None, None, sets, reason)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Figure(float(value), min(float(low), float(value)), max(float(high), float(value)), sets)


def _unknown(person: str, pairs: int, reason: str) -> PersonQuality:
    nothing = Figure(None, None, None, 0, reason)
    return PersonQuality(person, pairs, nothing, nothing, nothing)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole, np.float64)
