"""How far supposed matches agree by more than chance, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "Chance", "agreement", "unlike_chance"]

ALIKE = 0.8  # similarity from which a column agrees
EQUAL = 0.99  # similarity from which numbers and codes do
FEWEST = 50  # random pairs with both values present, from which chance is known
COMMON = 0.01
"""Share of random pairs that agree in a column, from which it may foretell others.

Rarer agreement may be that of duplicates, which agree in every column, so that each would seem to
foretell all others: in fake_1000 four in a thousand random pairs are duplicates."""
TELLING = 0.03
"""Share of random pairs that agree in a column, up to which it tells entities apart by itself."""

QUANTITY = 0.1
"""Weight of a column of quantities beside one of names or codes.

Prices and amounts change while the entity stays the same. Chosen on a made-up table of payments
with one huge payee, whose amounts differ in nearly every true pair.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """What random pairs look like in each column, shape (columns,) each.

    Parameters
    ----------
    told
        Information in the agreement of a column, in nats: less the log of the share of random
        pairs that agree; 0 where too few random pairs have both values.
    weight
        The part of ``told`` that no column of commoner agreement foretells. A code that holds the
        state, or a country beside its time zone, is one witness and not two.
    middle
        Median similarity of the random pairs; NaN where unknown.
    below
        Share of the random pairs up to ``middle``.
    half
        Similarity that so few random pairs reach that it carries half of ``told``.
    """

    told: NDArray[np.float64]
    weight: NDArray[np.float64]
    middle: NDArray[np.float64]
    below: NDArray[np.float64]
    half: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        drawn: NDArray[np.float32],
        quantity: NDArray[np.bool_] | None = None,
        codes: NDArray[np.bool_] | None = None,
    ) -> Chance:
        """Describe random pairs.

        Parameters
        ----------
        drawn
            Similarity of pairs drawn at random, shape (pairs, columns), NaN where missing.
        quantity
            Which columns hold quantities, shape (columns,); none by default.
        codes
            Which columns hold the numbers and codes of a text, shape (columns,): these agree in
            full or not at all.
        """
        columns = drawn.shape[1]
        present = np.isfinite(drawn)
        count = present.sum(axis=0)
        known = count >= FEWEST
        alike = np.nan_to_num(drawn, nan=-1.0) >= ALIKE
        agreed = alike.sum(axis=0)
        told = np.where(known, -np.log((agreed + 1) / (count + 1)), 0.0)
        middle, below, half = (np.full(columns, np.nan) for _ in range(3))
        for place in np.flatnonzero(known):
            values = np.sort(drawn[present[:, place], place])
            middle[place] = np.median(values)
            below[place] = np.searchsorted(values, middle[place], "right") / len(values)
            above = len(values) - np.arange(len(values))
            enough = -np.log((above + 1) / (len(values) + 1)) >= told[place] / 2
            half[place] = values[min(int(np.argmax(enough)), len(values) - 1)]
        weight = _foretold(told, alike.astype(np.float64), present.astype(np.float64))
        if codes is not None:
            half = np.where(codes & known, EQUAL, half)
        if quantity is not None:
            weight = np.where(quantity, QUANTITY * weight, weight)
        return cls(told, weight, middle, below, half)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How the pairs taken as matches agree in each column, shape (columns,) each.

    Parameters
    ----------
    random
        Share of the pairs that are no more alike than random pairs are, in [0, 1].
    weak
        Share of the pairs whose similarity carries less than half of what the column can tell.
    present
        Share of the pairs that have both values.
    told
        Information in the agreement of the column, in nats.
    weight
        The part of it that no other column repeats.
    """

    random: NDArray[np.float64]
    weak: NDArray[np.float64]
    present: NDArray[np.float64]
    told: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def by_chance(self) -> float:
        """Share of what the columns could tell that is no better than chance, in [0, 1]."""
        return self._mean(self.random)

    @property
    def unsupported(self) -> float:
        """Share of what the columns could tell that the pairs do not reach half of, in [0, 1]."""
        return self._mean(self.weak)

    @property
    def against(self) -> NDArray[np.float64]:
        """Share of the whole evidence that speaks against the pairs, by column."""
        weight = self.present * self.weight
        return np.asarray(self.random * weight / max(float(weight.sum()), 1e-9))

    def _mean(self, share: NDArray[np.float64]) -> float:
        weight = self.present * self.weight
        return float((share * weight).sum() / max(float(weight.sum()), 1e-9))


def agreement(
    similarity: NDArray[np.float32], chance: Chance, taken: NDArray[np.bool_]
) -> Agreement:
    """Compare the pairs taken as matches to random pairs, column by column.

    Pairs up to the median of the random pairs are counted; that share over the share of random
    pairs there estimates the share of pairs which agree by chance (as Storey 2002 estimates the
    share of true null hypotheses).

    Parameters
    ----------
    similarity
        Similarity of the candidates, shape (pairs, columns), NaN where missing.
    chance
        The same columns among random pairs.
    taken
        Which candidates are taken as matches, shape (pairs,).
    """
    values = similarity[taken]
    present = np.isfinite(values)
    count = np.maximum(present.sum(axis=0), 1)
    known = np.isfinite(chance.middle) & present.any(axis=0)
    filled = np.where(present, values, np.inf)
    low = (filled <= chance.middle).sum(axis=0) / count
    random = np.where(known, np.minimum(1.0, low / np.maximum(chance.below, 1e-9)), 0.0)
    weak = np.where(known, (filled < chance.half).sum(axis=0) / count, 0.0)
    share = np.where(known, present.sum(axis=0) / max(len(values), 1), 0.0)
    return Agreement(np.nan_to_num(random), np.nan_to_num(weak), share, chance.told, chance.weight)


def unlike_chance(
    similarity: NDArray[np.float32], drawn: NDArray[np.float32], column: int
) -> NDArray[np.float64]:
    """Measure by pair how rarely random pairs agree as well: 1 for hardly ever, 0.5 where missing.

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


def _foretold(
    told: NDArray[np.float64], alike: NDArray[np.float64], present: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each column tells beyond every commoner one, shape (columns,)."""
    both = alike.T @ alike  # random pairs that agree in two columns
    seen = alike.T @ present  # that agree in the first and have values in the second
    common = np.diag(both) >= COMMON * np.maximum(present.sum(axis=0), FEWEST)
    order = np.argsort(told, kind="stable")
    left = told.copy()
    for place, column in enumerate(order):
        before = order[:place][common[order[:place]]]
        if len(before):
            foretold = -np.log((both[before, column] + 1) / (seen[before, column] + 2))
            left[column] = max(0.0, min(left[column], float(foretold.min())))
    return left
