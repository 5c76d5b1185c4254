"""Which pairs an audit asks: a table of designs behind one contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchloop.auditing.population import FAR, WIDE, Population
from matchloop.auditing.strata import expected_rate

__all__ = ["DESIGNS", "Design", "Equal", "Neyman", "Proportional", "allocated"]

Array = NDArray[np.float64]

MOST_FAR, MOST_NEAR = 0.1, 0.15
"""Share of the questions that far pairs, and near misses of blocking, get at most."""


class Design(Protocol):
    """Shares questions out among strata; pairs inside a stratum are drawn at random."""

    def shares(self, population: Population, stratum: NDArray[np.integer]) -> Array:
        """Return the share of the questions each stratum gets, shape (strata,), of sum 1."""
        ...


@dataclass(frozen=True, slots=True)
class Proportional:
    """Ask as many of a stratum as it has pairs: simple random sampling, spread evenly."""

    def shares(self, population: Population, stratum: NDArray[np.integer]) -> Array:
        """Return the share of each stratum."""
        return _normed(np.bincount(stratum, weights=_open(population)))


@dataclass(frozen=True, slots=True)
class Equal:
    """Ask of every stratum the same number."""

    def shares(self, population: Population, stratum: NDArray[np.integer]) -> Array:
        """Return the share of each stratum."""
        return _normed((np.bincount(stratum, weights=_open(population)) > 0).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Neyman:
    """Ask where answers lower the doubt about F1 most (Neyman 1934), with a floor for every stratum.

    Parameters
    ----------
    floor
        Share of the questions that is shared out evenly.
    """

    floor: float = 0.2

    def shares(self, population: Population, stratum: NDArray[np.integer]) -> Array:
        """Return the share of each stratum."""
        weight, rate = _open(population), expected_rate(population)
        size = np.bincount(stratum, weights=weight)
        mean = np.bincount(stratum, weights=weight * rate) / np.maximum(size, 1e-9)
        known = population.known == 1
        together = population.together
        right = float((weight * rate)[together].sum() + known[together].sum())
        total = float((weight * rate).sum() + known.sum())
        f1 = 2 * right / max(1.0, total + population.predicted)
        doubt = size * np.sqrt(mean * (1 - mean))
        is_together = np.bincount(stratum, weights=together, minlength=len(size)) > 0
        doubt *= np.where(is_together, 2 - f1, f1)  # what a match there adds to F1, up to a factor
        tier = np.zeros(len(size), np.int8)
        tier[stratum] = np.where(together, 0, population.tier)
        share = _normed(doubt)
        for one, most in ((FAR, MOST_FAR), (WIDE, MOST_NEAR)):
            share = _capped(share, tier == one, most)
        even = Equal().shares(population, stratum)
        return _normed((1 - self.floor) * share + self.floor * even)


DESIGNS: Mapping[str, Design] = {
    "neyman": Neyman(),
    "proportional": Proportional(),
    "equal": Equal(),
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
