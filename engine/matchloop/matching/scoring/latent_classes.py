"""Supposed matches of two kinds: records of one entity, and relatives that share some columns.

The errors of true matches fall on one column or another: that the names differ says little about
the telephones. Where supposed matches differ in several columns together, they are of two kinds.
Restaurants of one building agree in address, postcode and coordinates, and differ in name and
telephone. People who moved agree in name, telephone and date of birth, and differ in street,
postcode and city. The records of others tell the two apart: others live in that street and city,
but nobody else has that telephone number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.chance import ALIKE, Chance
from matchloop.matching.scoring.readings import TELLS

__all__ = ["relatives_among"]

# Seen on venues, references, persons and persons_namesakes of benchmarks/kinds (seeds 0 and 1),
# where classes without a true match are left out; SEVERAL on venues. These are conventions else.
DIFFERS = 0.6  # share of a class that is unlike in a column, from which it differs in it
AGREES = 0.4  # the same, below which it agrees
FEWEST_DIFFERENT = 2  # columns in which a class differs at least: one may be damaged by itself
NORMAL = 1.96  # standard errors of a difference that is not by luck
SEVERAL = 0.2
"""Share of the matches from which a class is left out where the records of others decide nothing:
so many people do not move. A smaller one costs less precision than it may cost recall."""

FILLED = 0.3  # share of the matches that must have both values of a column
FEWEST_COLUMNS = 3  # two columns that differ, and one that agrees
FEWEST_MATCHES = 20  # matches among which classes are looked for
FEWEST_RELATIVES = 5  # and pairs of a class
CLASSES = 3  # classes that are looked for at most
ROUNDS = 200  # most rounds of expectation maximisation
STILL = 1e-4  # change of every probability below which it has converged
START = 0.9  # probability at the start that a pair is of the class that its columns suggest


@dataclass(frozen=True, slots=True)
class Patterns:
    """The distinct patterns of agreement among some pairs.

    Parameters
    ----------
    unlike
        Whether the pairs of a pattern are unlike in a column, shape (patterns, columns), 0 or 1.
    present
        Whether both values are present, of the same shape, 0 or 1.
    count
        Pairs of each pattern, shape (patterns,).
    """

    unlike: NDArray[np.float64]
    present: NDArray[np.float64]
    count: NDArray[np.float64]

    def log_likelihood(self, rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return that of each pattern, given how often each column is unlike."""
        agree = self.present - self.unlike
        return np.asarray(self.unlike @ np.log(rate) + agree @ np.log(1 - rate))

    def rate(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how often each column is unlike in a class, from its share of each pattern."""
        weight = share * self.count
        return np.asarray((weight @ self.unlike + 0.5) / (weight @ self.present + 1))


@dataclass(frozen=True, slots=True)
class Division:
    """Two latent classes of patterns; the second one is unlike in more columns.

    Parameters
    ----------
    second
        Probability of each pattern to be of the second class, shape (patterns,).
    rates
        How often each column is unlike in the first and second class, shape (2, columns).
    gain
        Log likelihood gained over a single class, in nats.
    """

    second: NDArray[np.float64]
    rates: NDArray[np.float64]
    gain: float


def relatives_among(
    similarity: NDArray[np.float32],
    taken: NDArray[np.bool_],
    chance: Chance,
    whole: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Return which supposed matches differ together in columns that belong to one entity.

    Latent class analysis (Lazarsfeld and Henry 1968) with two classes, again on what the first
    round leaves. A class is judged by the pairs that are no matches: how many of them, per match,
    agree in a column. It is kept if strangers share the columns in which it differs more than those
    in which it agrees. Otherwise it is left out if others share the former less, or if it is large.

    Parameters
    ----------
    similarity
        Similarity of the candidates by column, shape (pairs, columns), NaN where missing.
    taken
        Which candidates are supposed matches, shape (pairs,).
    chance
        The same columns among random pairs.
    whole
        Which columns hold whole values, shape (columns,); all by default.

    Returns
    -------
    numpy.ndarray
        Shape (pairs,), bool; none where the matches are of one kind.
    """
    relatives = np.zeros(len(taken), np.bool_)
    matches = np.flatnonzero(taken)
    if len(matches) < FEWEST_MATCHES:
        return relatives
    present = np.isfinite(similarity[matches]).mean(axis=0)
    telling = (chance.information >= TELLS) & (present >= FILLED)
    columns = np.flatnonzero(telling if whole is None else telling & whole)
    if len(columns) < FEWEST_COLUMNS:
        return relatives
    similarity, half = similarity[:, columns], chance.half[columns]
    alike = similarity >= ALIKE
    for rest, inside, rates in _classes(similarity, half, matches):
        differs = (rates[1] >= DIFFERS) & (rates[0] < AGREES)
        agrees = rates[1] < AGREES
        like = _is_like(similarity, half, agrees, differs)
        if _shared_more(alike[~taken & ~like], alike[rest], differs, agrees) >= NORMAL:
            continue  # an address of several people: these have moved
        share = len(inside) / (len(inside) + len(rest))
        more = _shared_more(alike[~taken], alike[rest], differs, agrees)
        if more <= -NORMAL or share >= SEVERAL:
            relatives[inside[like[inside]]] = True  # not those that are damaged in one column
    return relatives


def _is_like(
    similarity: NDArray[np.float32],
    half: NDArray[np.float64],
    agrees: NDArray[np.bool_],
    differs: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which pairs agree and differ in most columns as a class does."""
    unlike = similarity < half
    present = np.isfinite(similarity)
    agreed = unlike[:, agrees].sum(axis=1) < present[:, agrees].sum(axis=1) / 2
    different = unlike[:, differs].sum(axis=1) > present[:, differs].sum(axis=1) / 2
    return np.asarray(agreed & different)


def _shared_more(
    others: NDArray[np.bool_],
    own: NDArray[np.bool_],
    differs: NDArray[np.bool_],
    agrees: NDArray[np.bool_],
) -> float:
    """Compare the least shared column in which a class differs to that in which it agrees.

    Parameters
    ----------
    others, own
        Which pairs agree in each column, shape (pairs, columns): those that are no matches, and
        the matches outside the class.
    differs, agrees
        The columns in which the class differs, and agrees.

    Returns
    -------
    float
        By how many standard errors others share the first one more, counted per match.
    """
    shared, matched = others.sum(axis=0).astype(np.float64), own.sum(axis=0)
    per_match = shared / np.maximum(matched, 1)
    theirs = int(np.argmin(np.where(differs, per_match, np.inf)))
    common = int(np.argmin(np.where(agrees, per_match, np.inf)))
    scale = matched[theirs] / max(int(matched[common]), 1)
    excess = shared[theirs] - scale * shared[common]
    return float(excess / np.sqrt(shared[theirs] + scale**2 * shared[common] + 1))


def _classes(
    similarity: NDArray[np.float32], half: NDArray[np.float64], matches: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]]:
    """Separate one class after the other: what is left, the class, and the rates of both."""
    for _ in range(CLASSES):
        if len(matches) < FEWEST_MATCHES:
            return
        patterns, which = _patterns(similarity[matches], half)
        division = _divide(patterns)
        second = division.second[which] > 0.5
        free = len(half) + 1  # parameters of one more class; the gain must be worth them (BIC)
        if second.sum() < FEWEST_RELATIVES or division.gain < free / 2 * np.log(len(matches)):
            return
        first_rate, rate = division.rates
        if ((rate >= DIFFERS) & (first_rate < AGREES)).sum() < FEWEST_DIFFERENT:
            return
        if not (rate < AGREES).any():
            return
        rest = matches[~second]
        yield rest, matches[second], division.rates
        matches = rest


def _patterns(
    similarity: NDArray[np.float32], half: NDArray[np.float64]
) -> tuple[Patterns, NDArray[np.intp]]:
    """Return the distinct patterns of some pairs, and the pattern of each pair."""
    present = np.isfinite(similarity)
    state = np.where(present, similarity < half, -1).astype(np.int8)
    distinct, which, count = np.unique(state, axis=0, return_inverse=True, return_counts=True)
    unlike, seen = (distinct == 1).astype(np.float64), (distinct >= 0).astype(np.float64)
    return Patterns(unlike, seen, count.astype(np.float64)), which.ravel()


def _divide(patterns: Patterns) -> Division:
    """Fit two latent classes by expectation maximisation."""
    count = patterns.count
    undivided = patterns.log_likelihood(patterns.rate(np.ones(len(count))))
    differs = patterns.unlike.sum(axis=1) >= patterns.present.sum(axis=1) / 2
    second = np.where(differs, START, 1 - START)
    for _ in range(ROUNDS):
        size = np.clip(second @ count / count.sum(), 1e-4, 1 - 1e-4)
        rates = np.stack((patterns.rate(1 - second), patterns.rate(second)))
        fits = np.log(1 - size) + patterns.log_likelihood(rates[0])
        fits_second = np.log(size) + patterns.log_likelihood(rates[1])
        both = np.logaddexp(fits, fits_second)
        before, second = second, np.exp(fits_second - both)
        if np.abs(second - before).max() < STILL:
            break
    gain = float(count @ (both - undivided))
    if rates[1].sum() < rates[0].sum():
        return Division(1 - second, rates[::-1], gain)
    return Division(second, rates, gain)
