"""How far supposed matches agree by more than chance, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "agreement", "unlike_chance"]

ALIKE = 0.8  # similarity from which a column agrees
FEWEST = 50  # random pairs with both values present, from which chance is known
FEWEST_ALIKE = 3  # candidates that agree in a column, from which it tells anything
TELLING = 0.03
"""Share of random pairs that agree in a column, up to which it tells entities apart by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What each column says of the pairs taken as matches, shape (columns,) each.

    Parameters
    ----------
    random
        Share of the pairs that are no more alike than random pairs are, from 0 to 1.
    present
        Share of the pairs that have both values.
    told
        What agreement in the column tells: less the log of the share of random pairs that agree.
    """

    random: NDArray[np.float64]
    present: NDArray[np.float64]
    told: NDArray[np.float64]

    @property
    def by_chance(self) -> float:
        """Share of what the columns could tell that speaks against the pairs being matches."""
        weight = self.present * self.told
        return float((self.random * weight).sum() / max(float(weight.sum()), 1e-9))

    @property
    def evidence(self) -> float:
        """Log odds that a match gains over chance from the columns it agrees in, at the mean."""
        return float(((1 - self.random) * self.present * self.told).sum())


def agreement(
    similarity: NDArray[np.float32], drawn: NDArray[np.float32], taken: NDArray[np.bool_]
) -> Agreement:
    """Compare the pairs taken as matches to random pairs, column by column.

    Pairs below the median of the random pairs are counted; twice their share is that of pairs
    which agree no more than by chance (as Storey 2002 estimates the share of true nulls).

    Parameters
    ----------
    similarity
        Similarity of the candidates, shape (pairs, columns), NaN where missing.
    drawn
        The same of random pairs.
    taken
        Which candidates are taken as matches, shape (pairs,).
    """
    columns = similarity.shape[1]
    found = Agreement(np.zeros(columns), np.zeros(columns), np.zeros(columns))
    for place in range(columns):
        chance = drawn[np.isfinite(drawn[:, place]), place]
        values = similarity[taken, place]
        values = values[np.isfinite(values)]
        if len(chance) < FEWEST or len(values) == 0:
            continue
        if (similarity[:, place] >= ALIKE).sum() < FEWEST_ALIKE:
            continue  # a number of its own for each record tells nothing
        middle = np.median(chance)
        share = float((values <= middle).mean() / max(float((chance <= middle).mean()), 1e-9))
        found.random[place] = min(1.0, share)
        found.present[place] = len(values) / max(int(taken.sum()), 1)
        often = (float((chance >= ALIKE).sum()) + 1) / (len(chance) + 1)
        found.told[place] = -np.log(often)
    return found


def unlike_chance(
    similarity: NDArray[np.float32], drawn: NDArray[np.float32], column: int
) -> NDArray[np.float64]:
    """Say where a column agrees: 1 where as hardly any random pair does, 0.5 where missing.

    Parameters
    ----------
    similarity
        Shape (pairs, columns), NaN where missing.
    drawn
        The same of random pairs.
    column
        Number of the column.

    Returns
    -------
    NDArray[np.float64]
        Shape (pairs,): 1 above the random pairs but a few, 0 in their midst, between in between.
    """
    chance = drawn[np.isfinite(drawn[:, column]), column]
    low, high = np.quantile(chance, (0.9, 1 - TELLING / 3))
    high = max(float(high), 0.5)
    values = (similarity[:, column].astype(np.float64) - low) / max(high - float(low), 1e-6)
    return np.where(np.isfinite(values), np.clip(np.nan_to_num(values), 0, 1), 0.5)
