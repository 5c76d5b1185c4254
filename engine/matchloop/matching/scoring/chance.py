"""How far supposed matches agree by more than chance, in each column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.chance_kernels import count_similar

__all__ = ["Agreement", "Chance", "agreement", "own_share", "unlike_chance"]

ALIKE = 0.8  # similarity from which a column agrees (a convention)
EQUAL = 0.99  # similarity from which numbers and codes agree (a convention)
FEWEST = 50  # random pairs with both values present, from which chance is estimated (a convention)
COMMON = 0.01
"""Share of random pairs that agree in a column, from which it may predict others.

Rarer agreement may come from duplicates among the random pairs. These agree in every column, so
that each column would seem to predict all others. In fake_1000 four in a thousand random pairs are
duplicates."""
DISTINCTIVE = 0.03
"""Share of random pairs that agree in a column, up to which the column alone separates entities (a
convention)."""

STRANGERS = 0.5  # share of the information in which random pairs agree that are no strangers
FEWEST_AGREED = 5  # random pairs that agree in a column, from which it may predict another
LEAST_OWN = 0.15  # least part of its evidence that a column keeps (conventions, all three)

QUANTITY = 0.1
"""Weight of a column of quantities beside one of names or codes.

Prices and amounts change while the entity stays the same. Chosen on a generated table of payments
with one huge payee, whose amounts differ in nearly every true pair.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """The similarity of random pairs in each column; arrays of shape (columns,).

    Parameters
    ----------
    information
        Information in the agreement of a column, in nats: the negative log of the share of random
        pairs that agree; 0 where too few random pairs have both values.
    weight
        The part of ``information`` that no column of commoner agreement predicts. A code that
        contains the state, or a country beside its time zone, is no second piece of evidence.
    middle
        Median similarity of the random pairs; NaN where unknown.
    below
        Share of the random pairs up to ``middle``.
    half
        Similarity whose rarity among random pairs carries half of ``information``.
    """

    information: NDArray[np.float64]
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
        """Measure random pairs.

        Parameters
        ----------
        drawn
            Similarity of pairs drawn at random, shape (pairs, columns), NaN where missing.
        quantity
            Which columns hold quantities, shape (columns,); none by default.
        codes
            Which columns hold the numbers and codes of a text, shape (columns,). These agree in
            full or not at all.
        """
        columns = drawn.shape[1]
        present = np.isfinite(drawn)
        count = present.sum(axis=0)
        has_chance = count >= FEWEST
        alike = np.nan_to_num(drawn, nan=-1.0) >= ALIKE
        agreed = alike.sum(axis=0)
        information = np.where(has_chance, -np.log((agreed + 1) / (count + 1)), 0.0)
        middle, below, half = (np.full(columns, np.nan) for _ in range(3))
        for place in np.flatnonzero(has_chance):
            values = np.sort(drawn[present[:, place], place])
            middle[place] = np.median(values)
            below[place] = np.searchsorted(values, middle[place], "right") / len(values)
            above = len(values) - np.arange(len(values))
            enough = -np.log((above + 1) / (len(values) + 1)) >= information[place] / 2
            half[place] = values[min(int(np.argmax(enough)), len(values) - 1)]
        weight = _own_information(information, alike.astype(np.float64), present.astype(np.float64))
        if codes is not None:
            half = np.where(codes & has_chance, EQUAL, half)
        if quantity is not None:
            weight = np.where(quantity, QUANTITY * weight, weight)
        return cls(information, weight, middle, below, half)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """The agreement of supposed matches in each column; arrays of shape (columns,).

    Parameters
    ----------
    random
        Share of the pairs that are no more alike than random pairs are, in [0, 1].
    weak
        Share of the pairs whose similarity carries less than half of the column's information.
    present
        Share of the pairs that have both values.
    information
        Information in the agreement of the column, in nats.
    weight
        The part of ``information`` that no other column repeats.
    alike
        Share of the pairs with both values that are at least :data:`ALIKE`.
    """

    random: NDArray[np.float64]
    weak: NDArray[np.float64]
    present: NDArray[np.float64]
    information: NDArray[np.float64]
    weight: NDArray[np.float64]
    alike: NDArray[np.float64]

    @property
    def by_chance(self) -> float:
        """Share of the columns' information in which pairs agree by chance, in [0, 1]."""
        return self._mean(self.random)

    @property
    def unsupported(self) -> float:
        """Share of the columns' information of which pairs reach less than half, in [0, 1]."""
        return self._mean(self.weak)

    @property
    def realized(self) -> float:
        """Information in the agreement of a pair, in nats: what chance explains is left out."""
        return float((self.information * self.present * (1 - self.random)).sum())

    @property
    def against(self) -> NDArray[np.float64]:
        """Share of the whole information that is evidence against the pairs, by column."""
        weight = self.present * self.weight
        return np.asarray(self.random * weight / max(float(weight.sum()), 1e-9))

    def _mean(self, share: NDArray[np.float64]) -> float:
        weight = self.present * self.weight
        return float((share * weight).sum() / max(float(weight.sum()), 1e-9))


def agreement(
    similarity: NDArray[np.float32], chance: Chance, taken: NDArray[np.bool_]
) -> Agreement:
    """Compare supposed matches to random pairs, column by column.

    The share of supposed matches up to the median of the random pairs is divided by that of the
    random pairs. The ratio estimates the share of supposed matches that agree by chance, as Storey
    (2002) estimates the share of true null hypotheses.

    Parameters
    ----------
    similarity
        Similarity of the candidates, shape (pairs, columns), NaN where missing.
    chance
        The same columns among random pairs.
    taken
        Which candidates are taken as matches, shape (pairs,).
    """
    both, low, weak, alike = count_similar(
        similarity, taken, chance.middle, chance.half, np.float32(ALIKE)
    )
    count = np.maximum(both, 1)
    has_chance = np.isfinite(chance.middle) & (both > 0)
    random = np.minimum(1.0, low / count / np.maximum(chance.below, 1e-9))
    share = both / max(int(np.count_nonzero(taken)), 1)
    return Agreement(
        np.where(has_chance, random, 0.0),
        np.where(has_chance, weak / count, 0.0),
        np.where(has_chance, share, 0.0),
        chance.information,
        chance.weight,
        alike / count,
    )


def unlike_chance(
    similarity: NDArray[np.float32], drawn: NDArray[np.float32], column: int
) -> NDArray[np.float64]:
    """Measure how rarely random pairs agree as well as each pair, in one column.

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
        Shape (pairs,): 1 above nearly all random pairs, 0 up to their 90th percentile, linear in
        between; 0.5 where missing.
    """
    chance = drawn[np.isfinite(drawn[:, column]), column]
    low, high = np.quantile(chance, (0.9, 1 - DISTINCTIVE / 3))
    high = max(float(high), 0.5)
    values = (similarity[:, column].astype(np.float64) - low) / max(high - float(low), 1e-6)
    return np.where(np.isfinite(values), np.clip(np.nan_to_num(values), 0, 1), 0.5)


def own_share(drawn: NDArray[np.float32], information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the part of the evidence of each column that no commoner column repeats.

    Random pairs that agree in most of what they hold are duplicates or relatives, and left out:
    there every column would seem to predict all others.

    Parameters
    ----------
    drawn
        Similarity of pairs drawn at random, shape (pairs, columns), NaN where missing.
    information
        Information in the agreement of each column, in nats, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Shape (columns,), in [LEAST_OWN, 1].
    """
    alike = np.nan_to_num(drawn, nan=-1.0) >= ALIKE
    present = np.isfinite(drawn)
    agreed = (alike @ information) / np.maximum(present @ information, 1e-9)
    strangers = agreed < STRANGERS
    alike, present = alike[strangers].astype(np.float64), present[strangers].astype(np.float64)
    both, seen = alike.T @ alike, alike.T @ present
    order = np.argsort(information, kind="stable")
    own = information.copy()
    for place, column in enumerate(order):
        before = order[:place][np.diag(both)[order[:place]] >= FEWEST_AGREED]
        if len(before):
            expected = np.exp(-information[column])  # as one more pair, so that few prove nothing
            predicted = -np.log((both[before, column] + expected) / (seen[before, column] + 1))
            own[column] = min(own[column], float(predicted.min()))
    return np.asarray(np.clip(own / np.maximum(information, 1e-9), LEAST_OWN, 1.0))


def _own_information(
    information: NDArray[np.float64], alike: NDArray[np.float64], present: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute the information of each column that no commoner one predicts, shape (columns,)."""
    both = alike.T @ alike  # random pairs that agree in two columns
    seen = alike.T @ present  # that agree in the first, with both values in the second
    common = np.diag(both) >= COMMON * np.maximum(present.sum(axis=0), FEWEST)
    order = np.argsort(information, kind="stable")  # a column is predicted by commoner ones only
    left = information.copy()
    for place, column in enumerate(order):
        before = order[:place][common[order[:place]]]
        if len(before):
            predicted = -np.log((both[before, column] + 1) / (seen[before, column] + 2))
            left[column] = max(0.0, min(left[column], float(predicted.min())))
    return left
