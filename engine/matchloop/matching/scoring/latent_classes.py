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

# Chosen on seeds 0 and 1 of benchmarks/kinds and on real tables: persons, persons_namesakes, venues
# and references_some have classes without a match; households, customers, febrl1 and febrl3 have
# people who moved. Seeds 2 and 3 only report. SEVERAL was chosen on venues; what follows it are
# conventions.
DIFFERS = 0.6  # share of a class that is unlike in a column, from which it differs in it
AGREES = 0.4  # the same, below which it agrees
FEWEST_DIFFERENT = 2  # columns in which a class differs at least: one may be damaged by itself
ALIGNED = 0.95  # share of two values that is aligned, from which they agree word by word
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
    """Two classes of matches; those of the second one are unlike in more columns.

    Parameters
    ----------
    first, second
        Positions of the pairs of each class.
    rates
        How often each column is unlike in the first and second class, shape (2, columns).
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    rates: NDArray[np.float64]

    @property
    def differs(self) -> NDArray[np.bool_]:
        """The columns in which the second class differs and the first one does not."""
        return np.asarray((self.rates[1] >= DIFFERS) & (self.rates[0] < AGREES))

    @property
    def agrees(self) -> NDArray[np.bool_]:
        """The columns in which the second class agrees."""
        return np.asarray(self.rates[1] < AGREES)


def relatives_among(
    similarity: NDArray[np.float32],
    taken: NDArray[np.bool_],
    chance: Chance,
    aligned: NDArray[np.float32],
    whole: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Return which supposed matches differ together in columns that belong to one entity.

    Latent class analysis (Lazarsfeld and Henry 1968) with two classes, again on what the first
    round leaves. A class is judged by the pairs that are no matches: how many of them, per match,
    agree in a column. It is kept if strangers share the columns in which it differs more than those
    in which it agrees. Otherwise it is left out if others share the former less, or if it is large.
    A text in which the class differs in some words, and the other matches do not, is one in which
    it differs: ``part II``.

    Parameters
    ----------
    similarity
        Similarity of the candidates by column, shape (pairs, columns), NaN where missing.
    taken
        Which candidates are supposed matches, shape (pairs,).
    chance
        The same columns among random pairs.
    aligned
        How much of both values is aligned, shape (pairs, columns), NaN where it is not measured.
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
    similarity = similarity[:, columns]
    alike = similarity >= ALIKE
    below = similarity < chance.half[columns]
    unlike = np.where(np.isfinite(similarity), below, -1).astype(np.int8)
    worded = aligned[:, columns] < ALIGNED
    for classes in _divisions(unlike, matches):
        division, nearly = _word_by_word(classes, worded)
        if not division.agrees.any():  # it agrees in nothing that others could share
            continue
        like = _is_like(np.where(worded & nearly, np.int8(1), unlike), division)
        if not _moved(alike & ~(worded & nearly), taken, like, division):
            # not those that are merely damaged in one of the columns
            relatives[division.second[like[division.second]]] = True
    return relatives


def _word_by_word(
    division: Division, worded: NDArray[np.bool_]
) -> tuple[Division, NDArray[np.bool_]]:
    """Count columns in which the second class agrees but for some words as different ones.

    Parameters
    ----------
    division
        The classes.
    worded
        Which pairs have words in a column that are not aligned, shape (pairs, columns).

    Returns
    -------
    tuple
        The classes with the rates of these columns, and which columns they are.
    """
    rates = np.stack([worded[part].mean(axis=0) for part in (division.first, division.second)])
    strict = Division(division.first, division.second, rates)
    nearly = division.agrees & strict.differs
    rates = np.where(nearly, rates, division.rates)
    return Division(division.first, division.second, rates), nearly


def _moved(
    alike: NDArray[np.bool_],
    taken: NDArray[np.bool_],
    like: NDArray[np.bool_],
    division: Division,
) -> bool:
    """Return whether a class differs in what several entities share, or may do so.

    Parameters
    ----------
    alike
        Which pairs agree in each column, shape (pairs, columns).
    taken
        Which pairs are supposed matches.
    like
        Which pairs agree and differ as the class does.
    division
        The class, and the other matches.
    """
    own = alike[division.first]
    if _shared_more(alike[~taken & ~like], own, division) >= NORMAL:
        return True
    share = len(division.second) / (len(division.second) + len(division.first))
    return share < SEVERAL and _shared_more(alike[~taken], own, division) > -NORMAL


def _is_like(unlike: NDArray[np.int8], division: Division) -> NDArray[np.bool_]:
    """Return which pairs agree and differ in most columns as the second class does."""
    present, different = unlike >= 0, unlike == 1
    agrees, differs = division.agrees, division.differs
    agreed = different[:, agrees].sum(axis=1) < present[:, agrees].sum(axis=1) / 2
    return np.asarray(
        agreed & (different[:, differs].sum(axis=1) > present[:, differs].sum(axis=1) / 2)
    )


def _shared_more(others: NDArray[np.bool_], own: NDArray[np.bool_], division: Division) -> float:
    """Compare the least shared column in which a class differs to that in which it agrees.

    Parameters
    ----------
    others, own
        Which pairs agree in each column, shape (pairs, columns): those that are no matches, and
        the matches outside the class.
    division
        The class.

    Returns
    -------
    float
        By how many standard errors others share the first one more, counted per match.
    """
    shared, matched = others.sum(axis=0).astype(np.float64), own.sum(axis=0)
    per_match = shared / np.maximum(matched, 1)
    theirs = int(np.argmin(np.where(division.differs, per_match, np.inf)))
    common = int(np.argmin(np.where(division.agrees, per_match, np.inf)))
    scale = matched[theirs] / max(int(matched[common]), 1)
    excess = shared[theirs] - scale * shared[common]
    return float(excess / np.sqrt(shared[theirs] + scale**2 * shared[common] + 1))


def _divisions(unlike: NDArray[np.int8], matches: NDArray[np.intp]) -> Iterator[Division]:
    """Separate one class of some matches after the other, as long as that is worth it."""
    for _ in range(CLASSES):
        if len(matches) < FEWEST_MATCHES:
            return
        patterns, which = _patterns(unlike[matches])
        share, rates, gain = _divide(patterns)
        second = share[which] > 0.5
        division = Division(matches[~second], matches[second], rates)
        free = unlike.shape[1] + 1  # parameters of a further class; the gain must be worth them
        if (
            len(division.second) < FEWEST_RELATIVES
            or gain < free / 2 * np.log(len(matches))  # Bayesian information criterion
            or division.differs.sum() < FEWEST_DIFFERENT
            or not division.agrees.any()
        ):
            return
        yield division
        matches = division.first


def _patterns(unlike: NDArray[np.int8]) -> tuple[Patterns, NDArray[np.intp]]:
    """Return the distinct patterns of some pairs, and the pattern of each pair."""
    distinct, which, count = np.unique(unlike, axis=0, return_inverse=True, return_counts=True)
    different, seen = (distinct == 1).astype(np.float64), (distinct >= 0).astype(np.float64)
    return Patterns(different, seen, count.astype(np.float64)), which.ravel()


def _divide(patterns: Patterns) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Fit two latent classes by expectation maximisation.

    Returns
    -------
    tuple
        Probability of each pattern to be of the second class, shape (patterns,); how often each
        column is unlike in either class, shape (2, columns); the log likelihood gained over a
        single class, in nats.
    """
    count = patterns.count
    undivided = patterns.log_likelihood(patterns.rate(np.ones(len(count))))
    differs = patterns.unlike.sum(axis=1) >= patterns.present.sum(axis=1) / 2
    second = np.where(differs, START, 1 - START)
    for _ in range(ROUNDS):
        size = np.clip(second @ count / count.sum(), 1e-4, 1 - 1e-4)
        rates = np.stack((patterns.rate(1 - second), patterns.rate(second)))
        fits_first = np.log(1 - size) + patterns.log_likelihood(rates[0])
        fits_second = np.log(size) + patterns.log_likelihood(rates[1])
        fits_either = np.logaddexp(fits_first, fits_second)
        before, second = second, np.exp(fits_second - fits_either)
        if np.abs(second - before).max() < STILL:
            break
    gain = float(count @ (fits_either - undivided))
    if rates[1].sum() < rates[0].sum():
        return 1 - second, rates[::-1], gain
    return second, rates, gain
