"""The Fellegi-Sunter mixture: classes of pairs, with columns independent within each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.cells import Cells
from matchloop.matching.scoring.columns import Bins

__all__ = ["Elsewhere", "Mixture", "fit_mixture", "fit_relatives"]

# These are conventions.
ROUNDS = 100  # most rounds of expectation maximisation
STILL = 1e-6  # mean change of the probabilities below which the fit has converged
LEAST_PROBABILITY = 1e-17  # so that log odds are finite
FITTED = 60_000  # most pairs to fit the classes to, evenly spread: bounds time
RELATED = 0.3  # share of the candidates, the most alike, that start as related
# Weights of the expectation that matches agree (a Dirichlet prior on their bins). Without it, EM
# on a table of few duplicates drifts to pairs that are merely alike.
AGREEMENT = 0.2  # as a share of the expected matches
EXPECTED = 50.0  # in matches, added where there is no start
RARE = 0.005  # expected matches per record at the start, where there is none


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Pairs that are no candidates; all are taken as non-matches.

    Parameters
    ----------
    number
        Bin numbers of a random sample of them, shape (pairs, columns).
    count
        How many there are, in proportion to the candidates at hand.
    """

    number: NDArray[np.int8]
    count: float
    _counted: dict[int, NDArray[np.float64]] = field(default_factory=dict, init=False, repr=False)

    def counts(self, place: int, size: int) -> NDArray[np.float64]:
        """Return how many of all these pairs are in each bin of a column, shape (size,).

        Parameters
        ----------
        place
            Number of the column.
        size
            Its number of bins.
        """
        if len(self.number) == 0:
            return np.zeros(size)
        if place not in self._counted:  # dozens of mixtures are fitted beside the same pairs
            number = self.number[:, place]
            drawn = np.bincount(number[number >= 0], minlength=size)
            self._counted[place] = np.asarray(drawn * (self.count / len(self.number)), np.float64)
        return self._counted[place]


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture: the match probability of each pair, shape (pairs,)."""

    probability: NDArray[np.float64]

    @property
    def log_odds(self) -> NDArray[np.float64]:
        """The log odds of a match, shape (pairs,)."""
        # not stored: dozens of mixtures of a table are in memory at a time
        against = np.maximum(1 - self.probability, LEAST_PROBABILITY)
        return np.asarray(np.log(self.probability) - np.log(against))


def fit_mixture(
    bins: Bins,
    start: NDArray[np.float64] | None,
    *,
    elsewhere: Elsewhere | None = None,
    evidence: float | NDArray[np.float64] = 1.0,
    related: bool = False,
) -> Mixture:
    """Fit the mixture by expectation maximisation.

    After Fellegi and Sunter (1969) and Winkler (1988). The evidence of a column never falls with
    its similarity (isotonic weights), and a missing value is no evidence.

    Parameters
    ----------
    bins
        Bins of the pairs.
    start
        Match probability of each pair to start from, shape (pairs,), or its share in each class
        (matches first, unrelated pairs last), shape (pairs, classes). None starts from the
        expectation that matches agree in nearly every column and are rare, and keeps it as a prior:
        tables with few duplicates, or none, are fitted well.
    elsewhere
        All other pairs; without them, non-matches are estimated from the candidates alone.
    evidence
        Factor on the log odds of every column, or of each, shape (columns,); below 1 where columns
        depend on each other.
    related
        Whether non-matches have two classes: related pairs, alike in several columns at once
        (songs of an album, people of a household), and unrelated ones. Matches are then expected
        to agree in every column. Class shares as ``start`` decide this by their number.

    Returns
    -------
    Mixture
        The mixture, for the pairs in order.
    """
    step = max(1, -(-len(bins.number) // FITTED))
    shown = Bins(bins.number[::step], bins.counts)
    columns = [place for place in range(len(bins.counts)) if bins.counts[place] > 1]
    cells = bins.once(("cells", step), lambda: Cells.of(shown, columns))
    factors = np.broadcast_to(np.asarray(evidence, np.float64), len(bins.counts))[columns]
    others = [
        np.zeros(bins.counts[place])
        if elsewhere is None
        else elsewhere.counts(place, int(bins.counts[place])) / step
        for place in columns
    ]
    count = 0.0 if elsewhere is None else elsewhere.count / step
    if start is None:
        share = _expected_shares(cells, others, count, factors)
    elif start.ndim == 2:
        share, related = start[::step], start.shape[1] > 2
    else:
        share = _start_shares(shown, start[::step], columns, related)
    weight = AGREEMENT if related or start is None else 0.0
    surety = EXPECTED / step if start is None else 0.0
    tables: list[NDArray[np.float64]] = []
    prior = np.zeros(share.shape[1])
    counted = cells.counted(share)
    for _ in range(ROUNDS):
        # M step: class sizes and bin tables from the shares. All pairs elsewhere belong to the last
        # class for certain; this anchors it, so that no class can swap its meaning with it.
        mass = share.sum(axis=0)
        mass[-1] += count
        prior = np.log(np.maximum(mass, 1e-3) / mass.sum())
        tables = [
            _table(counts, other, weight, surety)
            for counts, other in zip(counted, others, strict=True)
        ]
        updated, counted = cells.counted_shares(tables, prior, factors)  # E step
        change = np.abs(updated[:, 0] - share[:, 0]).mean()
        share = updated
        if change < STILL:
            break
    # the classes were fitted to every step-th pair; all pairs are scored by them
    if step > 1:
        every = bins.once(("cells", 1), lambda: Cells.of(bins, columns))
        share = every.shares(tables, prior, factors)
    return Mixture(np.clip(share[:, 0], LEAST_PROBABILITY, 1.0))


def fit_relatives(
    bins: Bins,
    close: NDArray[np.float64],
    start: NDArray[np.float64],
    elsewhere: Elsewhere,
    columns: list[int],
    besides: Sequence[int] = (),
    *,
    random: bool = True,
) -> Mixture:
    """Fit a mixture of matches and relatives to pairs that are one or the other.

    Relatives are as unlike in some columns as random pairs are. In most others they are as alike
    as matches, so that these carry no information. The mixture is over the former columns alone,
    and its relatives are fixed to random pairs. Because one class is known, EM cannot drift to
    another difference among the pairs.

    Parameters
    ----------
    bins
        Bins of the pairs.
    close
        Probability of each pair to be a match or related, shape (pairs,).
    start
        Initial probability of each pair to be a match, given that it is either.
    elsewhere
        Random pairs, which relatives resemble in the columns.
    columns
        The columns in which relatives resemble random pairs.
    besides
        Further columns in which relatives are less alike than matches, to a degree that is
        estimated.
    random
        Whether relatives resemble random pairs in ``columns``; otherwise their class is fixed to
        what the start makes of it.

    Returns
    -------
    Mixture
        The mixture, for the pairs in order.
    """
    fixed = set(columns)
    columns = [place for place in (*columns, *besides) if bins.counts[place] > 1]
    cells = Cells.of(bins, columns)
    chance = [elsewhere.counts(place, int(bins.counts[place])) for place in columns]
    share = np.column_stack((start * close, (1 - start) * close))
    # pairs in equal cells have equal shares of what they are worth, and are fitted together
    distinct, of_pair = cells.distinct()
    worth = np.bincount(of_pair, close).astype(np.float64)
    share = np.column_stack([np.bincount(of_pair, of_class) for of_class in share.T])
    counted = distinct.counted(share)
    if not random:
        chance = [counts[1] for counts in counted]
    ones, tables, prior = np.ones(len(columns)), list[NDArray[np.float64]](), np.zeros(2)
    for _ in range(ROUNDS):
        tables = []
        for place, (matches, relatives), other in zip(columns, counted, chance, strict=True):
            size = len(matches)
            match = matches + (AGREEMENT * matches.sum() + 1) * _agreeing(size)
            match = match / match.sum()
            relative = (other if place in fixed else relatives) + 1 / size
            relative = relative / relative.sum()
            odds = isotonic(np.log(match) - np.log(relative), match + relative)
            tables.append(np.array((np.log(relative) + odds, np.log(relative))))
        prior = np.log(np.maximum(share.sum(axis=0), 1e-3) / share.sum())
        # shares of a pair sum to its probability of being either, which stays fixed
        updated, counted = distinct.counted_shares(tables, prior, ones, worth)
        change = np.abs(updated[:, 0] - share[:, 0]).sum() / worth.sum()
        share = updated
        if change < STILL:
            break
    probability = distinct.shares(tables, prior, ones)[of_pair, 0] * close
    return Mixture(np.clip(probability, LEAST_PROBABILITY, 1.0))


def _start_shares(
    bins: Bins, start: NDArray[np.float64], columns: list[int], related: bool
) -> NDArray[np.float64]:
    """Return initial class shares; of the non-matches, the most alike start as related."""
    if not related:
        return np.column_stack((start, 1 - start))
    alike = np.zeros(len(start))
    for place in columns:
        alike += np.maximum(bins.number[:, place], 0) / (bins.counts[place] - 1)
    near = alike >= np.quantile(alike, 1 - RELATED)
    related_share = (1 - start) * np.where(near, 0.8, 0.2)
    return np.column_stack((start, related_share, 1 - start - related_share))


def _expected_shares(
    cells: Cells, others: list[NDArray[np.float64]], count: float, factors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return initial class shares by expectation: matches agree and are rare, others do not."""
    tables = []
    for other in others:
        size = len(other)
        chance = (other + 10 / size) / (other.sum() + 10)
        match = _agreeing(size)
        odds = isotonic(np.log(match) - np.log(chance), match + chance)
        tables.append(np.array((np.log(chance) + odds, np.log(chance))))
    total = count + len(cells.number)
    rare = np.sqrt(2 * total) * RARE / total
    return cells.shares(tables, np.log(np.array([rare, 1 - rare])), factors)


def _table(
    counted: NDArray[np.float64], other: NDArray[np.float64], weight: float, surety: float
) -> NDArray[np.float64]:
    """Return the log probability of each bin of a column in each class, shape (classes, bins)."""
    size = counted.shape[1]
    counts = counted + 1 / size  # no bin is impossible in any class
    counts[-1] += other
    counts[0] += (weight * counts[0].sum() + surety) * _agreeing(size)
    chance = np.asarray(counts / counts.sum(axis=1, keepdims=True))
    table = np.asarray(np.log(chance))
    # more similarity is never evidence against a match, whatever few pairs in a bin suggest
    table[0] = table[-1] + isotonic(table[0] - table[-1], chance[0] + chance[-1])
    return table


def _agreeing(size: int) -> NDArray[np.float64]:
    """Return the expected bins of a match: mostly the highest, then the next, rarely any other."""
    expected = np.full(size, 0.05 / size)
    expected[-1] += 0.7
    expected[-2] += 0.25
    return expected


def isotonic(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest non-decreasing values by weighted squares (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / total
            block = (mean, total, before[2] + block[2])
        blocks.append(block)
    return np.repeat([block[0] for block in blocks], [block[2] for block in blocks])
