"""Which pairs an audit asks: a table of designs behind one contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.sampled_audit.population import FAR, WIDE, Population
from matchloop.quality.sampled_audit.strata import expected_rate

__all__ = [
    "DESIGNS",
    "AuditState",
    "Design",
    "Equal",
    "Neyman",
    "Oasis",
    "Proportional",
    "Sawade",
    "allocated",
]

Array = NDArray[np.float64]

SUREST = 0.96
"""What the rate of matches among pairs put together is taken to be at most, to share out."""

MOST_FAR, MOST_NEAR = 0.1, 0.15
"""Share of the questions that far pairs, and near misses of blocking, get at most."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditState:
    """Where an audit stands before questions are shared out.

    Parameters
    ----------
    population
        The pairs.
    stratum
        Stratum of each pair.
    asked, said
        Positions of pairs answered so far, and whether they match.
    """

    population: Population
    stratum: NDArray[np.integer]
    asked: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    said: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def summed(self, values: Array | float = 1.0) -> Array:
        """Return the sum over the pairs of each stratum that may still be asked, by weight."""
        weighed = np.bincount(self.stratum, weights=_open(self.population) * values)
        return weighed.astype(np.float64)


class Design(Protocol):
    """Shares questions out among strata; pairs inside a stratum are drawn at random."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of the questions each stratum gets, shape (strata,), of sum 1.

        Parameters
        ----------
        state
            Where the audit stands.
        """
        ...


@dataclass(frozen=True, slots=True)
class Proportional:
    """Ask as many of a stratum as it has pairs: simple random sampling, spread evenly."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        return _normed(state.summed())


@dataclass(frozen=True, slots=True)
class Equal:
    """Ask of every stratum the same number."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        return _normed((state.summed() > 0).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Neyman:
    """Ask where answers lower the doubt about F1 most (Neyman 1934), a floor for every stratum.

    Parameters
    ----------
    floor
        Share of the questions that is shared out evenly.
    """

    floor: float = 0.2

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        strata = _Strata.of(state, _doubted(state.population))
        doubt = strata.size * np.sqrt(strata.rate * (1 - strata.rate)) * strata.gain
        share = strata.bounded(_normed(doubt))
        return _mixed(share, Equal().shares(state), self.floor)


@dataclass(frozen=True, slots=True)
class Sawade:
    """Ask by the best instrumental distribution for F1 (Sawade, Landwehr and Scheffer 2010).

    Summed up by stratum, so that pairs are drawn without replacement and every stratum is asked.

    Parameters
    ----------
    floor
        Share of the questions that is shared out evenly.
    """

    floor: float = 0.1

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        rate = expected_rate(state.population)
        strata = _Strata.of(state, rate)
        f1 = strata.f1
        influence = np.where(
            state.population.together,
            np.sqrt(rate * (1 - f1) ** 2 + (1 - rate) * f1**2 / 4),
            f1 / 2 * np.sqrt(rate),
        )
        share = strata.bounded(_normed(state.summed(influence)))
        return _mixed(share, Equal().shares(state), self.floor)


@dataclass(frozen=True, slots=True)
class Oasis:
    """Ask by what the answers so far say of each stratum (after OASIS, Marchant, Rubinstein 2017).

    Like :class:`Neyman`, but the rate of a stratum moves from what the model expects to what was
    answered, so that it pays where an audit is drawn in several parts.

    Parameters
    ----------
    floor
        Share of the questions that is shared out evenly.
    trust
        Answers that the model's expectation is worth.
    """

    floor: float = 0.2
    trust: float = 3.0

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        strata = _Strata.of(state, _doubted(state.population))
        own = state.stratum[state.asked]
        count = np.bincount(own, minlength=len(strata.size))
        yes = np.bincount(own, weights=state.said, minlength=len(strata.size))
        rate = (self.trust * strata.rate + yes) / (self.trust + count)
        doubt = strata.size * np.sqrt(rate * (1 - rate)) * strata.gain
        share = strata.bounded(_normed(doubt))
        return _mixed(share, Equal().shares(state), self.floor)


DESIGNS: Mapping[str, Design] = {
    "neyman": Neyman(),
    "oasis": Oasis(),
    "sawade": Sawade(),
    "equal": Equal(),
    "proportional": Proportional(),
}
"""The designs by name."""


def allocated(
    shares: Array, sizes: NDArray[np.integer], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Share out whole questions: none gets more than it has, remainders are drawn at random."""
    given = np.zeros(len(shares), np.int64)
    count = int(min(count, sizes.sum()))
    while (left := count - int(given.sum())) > 0:
        room = sizes - given
        share = _normed(np.where(room > 0, np.maximum(shares, 1e-12), 0.0))
        wanted = np.minimum(share * left, room)
        whole = np.floor(wanted).astype(np.int64)
        if whole.sum() == 0:
            # systematic: every stratum has its expected number to within one
            order = rng.permutation(len(shares))
            at = np.searchsorted(np.cumsum(share[order]), (rng.random() + np.arange(left)) / left)
            extra = np.bincount(order[np.minimum(at, len(order) - 1)], minlength=len(shares))
            given += np.minimum(extra, room)
        else:
            given += whole
    return given


def _open(population: Population) -> Array:
    return np.where(population.known < 0, population.weight, 0.0)


def _normed(values: Array) -> Array:
    total = float(values.sum())
    return values / total if total > 0 else np.full(len(values), 1 / max(1, len(values)))


def _capped(share: Array, chosen: NDArray[np.bool_], most: float) -> Array:
    given = float(share[chosen].sum())
    if given <= most:
        return share
    scale = np.where(chosen, most / given, (1 - most) / max(1e-12, 1 - given))
    return share * scale


def _doubted(population: Population) -> Array:
    """Expect matches, but never so surely of pairs put together that large strata go unasked."""
    rate = expected_rate(population)
    return np.where(population.together, np.minimum(rate, SUREST), rate)


def _mixed(share: Array, even: Array, floor: float) -> Array:
    return _normed((1 - floor) * share + floor * even)


@dataclass(frozen=True, slots=True, eq=False)
class _Strata:
    """Sizes and expected rates of strata, what a match in each adds to F1, and their tiers."""

    size: Array
    rate: Array
    gain: Array
    tier: NDArray[np.int8]
    f1: float

    @classmethod
    def of(cls, state: AuditState, rate: Array) -> _Strata:
        population, stratum = state.population, state.stratum
        weight, together = _open(population), population.together
        size = state.summed()
        mean = state.summed(rate) / np.maximum(size, 1e-9)
        known = population.known == 1
        right = float((weight * rate)[together].sum() + known[together].sum())
        total = float((weight * rate).sum() + known.sum())
        f1 = min(1.0, 2 * right / max(1.0, total + population.predicted))
        is_together = np.bincount(stratum, weights=together, minlength=len(size)) > 0
        tier = np.zeros(len(size), np.int8)
        tier[stratum] = np.where(together, 0, population.tier)
        return cls(size, mean, np.where(is_together, 2 - f1, f1), tier, f1)

    def bounded(self, share: Array) -> Array:
        """Lower what far pairs and near misses get to what is of use."""
        for one, most in ((FAR, MOST_FAR), (WIDE, MOST_NEAR)):
            share = _capped(share, self.tier == one, most)
        return share
