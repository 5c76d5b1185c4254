"""Designs of a sampled audit: how its questions are allocated to strata."""

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

# benchmarks/audits.py chose the shares of the designs on abt_buy, febrl3, cora, fake_1000,
# imdb_tmdb and autofj50 Artwork, BasketballTeam and Country.
SUREST = 0.96
"""Greatest expected rate of matches among joined pairs, so that large strata are still asked."""

MOST_FAR, MOST_NEAR = 0.1, 0.15
"""Greatest share of the questions for far pairs, and for near misses of blocking."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditState:
    """State of a sampled audit before questions are allocated.

    Parameters
    ----------
    population
        The pairs.
    stratum
        Stratum of each pair, shape (pairs,).
    answered, is_match
        Positions of the answered pairs, and their answers.
    """

    population: Population
    stratum: NDArray[np.integer]
    answered: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    is_match: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def summed(self, values: Array | float = 1.0) -> Array:
        """Return the weighted sum over the unlabelled pairs of each stratum, shape (strata,)."""
        weighed = np.bincount(self.stratum, weights=_open(self.population) * values)
        return weighed.astype(np.float64)


class Design(Protocol):
    """An allocation of questions to strata; pairs inside a stratum are drawn at random."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of the questions of each stratum, shape (strata,); they sum to 1.

        Parameters
        ----------
        state
            State of the audit.
        """
        ...


@dataclass(frozen=True, slots=True)
class Proportional:
    """Proportional allocation: simple random sampling, stratified."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        return _normed(state.summed())


@dataclass(frozen=True, slots=True)
class Equal:
    """Equal allocation: the same number of questions for every stratum."""

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        return _normed((state.summed() > 0).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Neyman:
    """Neyman allocation (1934): minimize the variance of F1, with a floor for every stratum.

    Parameters
    ----------
    floor
        Share of the questions that is allocated equally.
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
    """The optimal instrumental distribution for F1 (Sawade, Landwehr and Scheffer 2010).

    It is summed by stratum, so pairs are drawn without replacement and every stratum is asked.

    Parameters
    ----------
    floor
        Share of the questions that is allocated equally.
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
    """Adaptive allocation by the answers so far (after OASIS, Marchant and Rubinstein 2017).

    Like :class:`Neyman`, but the answers update the expected rate of a stratum. It helps if an
    audit is drawn in several parts.

    Parameters
    ----------
    floor
        Share of the questions that is allocated equally.
    trust
        Pseudo-count of the expected rate, in answers.
    """

    floor: float = 0.2
    trust: float = 3.0

    def shares(self, state: AuditState) -> Array:
        """Return the share of each stratum."""
        strata = _Strata.of(state, _doubted(state.population))
        own = state.stratum[state.answered]
        count = np.bincount(own, minlength=len(strata.size))
        yes = np.bincount(own, weights=state.is_match, minlength=len(strata.size))
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
    """Allocate whole questions to strata, shape (strata,).

    No stratum gets more than its size; remainders are allocated at random.
    """
    quota = np.zeros(len(shares), np.int64)
    count = int(min(count, sizes.sum()))
    while (left := count - int(quota.sum())) > 0:
        room = sizes - quota
        share = _normed(np.where(room > 0, np.maximum(shares, 1e-12), 0.0))
        wanted = np.minimum(share * left, room)
        whole = np.floor(wanted).astype(np.int64)
        if whole.sum() == 0:
            # Systematic sampling: every stratum gets its expected number to within one.
            order = rng.permutation(len(shares))
            at = np.searchsorted(np.cumsum(share[order]), (rng.random() + np.arange(left)) / left)
            extra = np.bincount(order[np.minimum(at, len(order) - 1)], minlength=len(shares))
            quota += np.minimum(extra, room)
        else:
            quota += whole
    return quota


def _open(population: Population) -> Array:
    return np.where(population.label < 0, population.weight, 0.0)


def _normed(values: Array) -> Array:
    total = float(values.sum())
    return values / total if total > 0 else np.full(len(values), 1 / max(1, len(values)))


def _capped(share: Array, chosen: NDArray[np.bool_], most: float) -> Array:
    total = float(share[chosen].sum())
    if total <= most:
        return share
    scale = np.where(chosen, most / total, (1 - most) / max(1e-12, 1 - total))
    return share * scale


def _doubted(population: Population) -> Array:
    """Return expected rates, bounded for joined pairs so that large strata are still asked."""
    rate = expected_rate(population)
    return np.where(population.together, np.minimum(rate, SUREST), rate)


def _mixed(share: Array, even: Array, floor: float) -> Array:
    return _normed((1 - floor) * share + floor * even)


@dataclass(frozen=True, slots=True, eq=False)
class _Strata:
    """Sizes, expected rates and tiers of strata, and the gain in F1 by a match in each."""

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
        is_match = population.label == 1
        right = float((weight * rate)[together].sum() + is_match[together].sum())
        total = float((weight * rate).sum() + is_match.sum())
        f1 = min(1.0, 2 * right / max(1.0, total + population.predicted))
        is_together = np.bincount(stratum, weights=together, minlength=len(size)) > 0
        tier = np.zeros(len(size), np.int8)
        tier[stratum] = np.where(together, 0, population.tier)
        return cls(size, mean, np.where(is_together, 2 - f1, f1), tier, f1)

    def bounded(self, share: Array) -> Array:
        """Bound the shares of far pairs and near misses."""
        for tier, most in ((FAR, MOST_FAR), (WIDE, MOST_NEAR)):
            share = _capped(share, self.tier == tier, most)
        return share
