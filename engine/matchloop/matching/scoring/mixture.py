"""The Fellegi-Sunter model: classes of pairs, columns independent within each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.columns import Bins
from matchloop.matching.scoring.mixture_kernels import count_bins, share_pairs

__all__ = ["Elsewhere", "Mixture", "fit_mixture", "part_relatives"]

ROUNDS = 100
STILL = 1e-6  # mean change of the probabilities at which the fit is done
LARGEST = 40.0  # log odds beyond which nothing changes
FITTED = 60_000  # pairs that the classes are fitted to at most, evenly spread
RELATED = 0.3  # share of the candidates, the most alike, that start as related
AGREEMENT = 0.2  # weight of the expectation that matches agree, beside what is found
EXPECTED = 50.0  # matches that this expectation is worth besides, where nothing is known at first
RARE = 0.005  # matches per record that are looked for at first, where nothing is known


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """The pairs that are no candidates, all taken as non-matches.

    Parameters
    ----------
    number
        Bin numbers of some of them, drawn at random, shape (pairs, columns).
    count
        How many there are for the pairs at hand.
    """

    number: NDArray[np.int8]
    count: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture: the log odds of a match and its probability, shape (pairs,) each."""

    log_odds: NDArray[np.float64]
    probability: NDArray[np.float64]


def fit_mixture(
    bins: Bins,
    start: NDArray[np.float64] | None,
    *,
    elsewhere: Elsewhere | None = None,
    evidence: float = 1.0,
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
        expectation that matches agree in nearly every column and are rare, and holds on to it: a
        table with few duplicates, or none, is read as that.
    elsewhere
        What is known of all other pairs; without, the candidates speak for the non-matches.
    evidence
        Factor on the log odds of every column, below 1 where columns repeat each other.
    related
        Whether non-matches may be of two sorts: related pairs, alike in several columns at once
        (songs of an album, people of a household), and unrelated ones. Matches are then expected
        to agree in every column. Given class shares settle this by their number of classes.

    Returns
    -------
    Mixture
        Of the pairs, in order.
    """
    step = max(1, -(-len(bins.number) // FITTED))
    shown = Bins(bins.number[::step], bins.counts)
    columns = [place for place in range(len(bins.counts)) if bins.counts[place] > 1]
    others = [_others(elsewhere, bins, place) / step for place in columns]
    count = 0.0 if elsewhere is None else elsewhere.count / step
    if start is None:
        share = _expected(shown, columns, others, count, evidence)
    elif start.ndim == 2:
        share, related = start[::step], start.shape[1] > 2
    else:
        share = _begun(shown, start[::step], columns, related)
    weight = AGREEMENT if related or start is None else 0.0
    surety = EXPECTED / step if start is None else 0.0
    tables: list[NDArray[np.float64]] = []
    prior = np.zeros(share.shape[1])
    for _ in range(ROUNDS):
        mass = share.sum(axis=0)
        mass[-1] += count
        prior = np.log(np.maximum(mass, 1e-3) / mass.sum())
        counted = _counted(shown, columns, share)
        tables = [
            _table(found, other, weight, surety)
            for found, other in zip(counted, others, strict=True)
        ]
        updated = _shares(shown, columns, tables, prior, evidence)
        change = np.abs(updated[:, 0] - share[:, 0]).mean()
        share = updated
        if change < STILL:
            break
    met = np.clip(_shares(bins, columns, tables, prior, evidence)[:, 0], 1e-17, 1.0)
    log_odds = np.log(met) - np.log(np.maximum(1 - met, 1e-17))
    return Mixture(log_odds, met)


def part_relatives(
    bins: Bins,
    close: NDArray[np.float64],
    start: NDArray[np.float64],
    elsewhere: Elsewhere,
    columns: list[int],
    besides: Sequence[int] = (),
    *,
    random: bool = True,
) -> Mixture:
    """Tell matches from relatives among pairs that are one or the other.

    Relatives are as unlike in some columns as random pairs are; in most others they are as alike
    as matches, so that these say nothing. A mixture over these columns alone, of which one class is
    known, cannot drift to some other difference among the pairs.

    Parameters
    ----------
    bins
        Bins of the pairs.
    close
        Probability of each pair to be a match or related, shape (pairs,).
    start
        Probability of each to be a match if it is either, to start from.
    elsewhere
        Random pairs, which relatives resemble in the columns.
    columns
        The columns by which relatives are told.
    besides
        Further columns in which relatives are less alike than matches, to a degree that is
        estimated.
    random
        Whether relatives resemble random pairs in ``columns``; otherwise they are taken to look
        there as they do at the start.

    Returns
    -------
    Mixture
        Of the pairs, in order.
    """
    fixed = set(columns)
    columns = [place for place in (*columns, *besides) if bins.counts[place] > 1]
    chance = [_others(elsewhere, bins, place) for place in columns]
    share = np.column_stack((start * close, (1 - start) * close))
    if not random:
        chance = [found[1] for found in _counted(bins, columns, share)]
    for _ in range(ROUNDS):
        tables = []
        counted = _counted(bins, columns, share)
        for place, (found, rest), other in zip(columns, counted, chance, strict=True):
            size = len(found)
            met = found + (AGREEMENT * found.sum() + 1) * _agreeing(size)
            met = met / met.sum()
            unmet = (other if place in fixed else rest) + 1 / size
            unmet = unmet / unmet.sum()
            odds = isotonic(np.log(met) - np.log(unmet), met + unmet)
            tables.append(np.array((np.log(unmet) + odds, np.log(unmet))))
        prior = np.log(np.maximum(share.sum(axis=0), 1e-3) / share.sum())
        updated = _shares(bins, columns, tables, prior, 1.0) * close[:, None]
        change = np.abs(updated[:, 0] - share[:, 0]).sum() / close.sum()
        share = updated
        if change < STILL:
            break
    probability = np.clip(share[:, 0], 1e-17, 1.0)
    log_odds = np.log(probability) - np.log(np.maximum(1 - probability, 1e-17))
    return Mixture(log_odds, probability)


def _begun(
    bins: Bins, start: NDArray[np.float64], columns: list[int], related: bool
) -> NDArray[np.float64]:
    """Class shares to start from: matches as told, the most alike of the rest as related."""
    if not related:
        return np.column_stack((start, 1 - start))
    alike = np.zeros(len(start))
    for place in columns:
        alike += np.maximum(bins.number[:, place], 0) / (bins.counts[place] - 1)
    near = alike >= np.quantile(alike, 1 - RELATED)
    kin = (1 - start) * np.where(near, 0.8, 0.2)
    return np.column_stack((start, kin, 1 - start - kin))


def _expected(
    bins: Bins,
    columns: list[int],
    others: list[NDArray[np.float64]],
    count: float,
    evidence: float,
) -> NDArray[np.float64]:
    """Class shares by the expectation alone: matches agree and are rare, all else is chance."""
    tables = []
    for place, other in zip(columns, others, strict=True):
        size = int(bins.counts[place])
        chance = (other + 10 / size) / (other.sum() + 10)
        met = _agreeing(size)
        odds = isotonic(np.log(met) - np.log(chance), met + chance)
        tables.append(np.array((np.log(chance) + odds, np.log(chance))))
    total = count + len(bins.number)
    rare = np.sqrt(2 * total) * RARE / total
    return _shares(bins, columns, tables, np.log(np.array([rare, 1 - rare])), evidence)


def _counted(
    bins: Bins, columns: list[int], share: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the summed class shares in each bin of each column, shape (classes, bins) each."""
    sizes = [int(bins.counts[place]) for place in columns]
    places = np.array(columns, np.int64)
    total = count_bins(bins.number, places, np.ascontiguousarray(share), max(sizes, default=0))
    return [found[:, :size] for found, size in zip(total, sizes, strict=True)]


def _table(
    counted: NDArray[np.float64], other: NDArray[np.float64], weight: float, surety: float
) -> NDArray[np.float64]:
    """Log probability of each bin of a column in each class, shape (classes, bins)."""
    size = counted.shape[1]
    found = counted + 1 / size
    found[-1] += other
    found[0] += (weight * found[0].sum() + surety) * _agreeing(size)
    chance = np.asarray(found / found.sum(axis=1, keepdims=True))
    table = np.asarray(np.log(chance))
    table[0] = table[-1] + isotonic(table[0] - table[-1], chance[0] + chance[-1])
    return table


def _shares(
    bins: Bins,
    columns: list[int],
    tables: list[NDArray[np.float64]],
    prior: NDArray[np.float64],
    evidence: float,
) -> NDArray[np.float64]:
    """Return the posterior class shares of each pair, shape (pairs, classes)."""
    width = max((table.shape[1] for table in tables), default=0)
    padded = np.zeros((len(tables), len(prior), width))
    for place, table in enumerate(tables):
        padded[place, :, : table.shape[1]] = table
    places = np.array(columns, np.int64)
    shares = share_pairs(bins.number, places, padded, prior, evidence, LARGEST)
    return np.asarray(shares, np.float64)


def _agreeing(size: int) -> NDArray[np.float64]:
    """Expect a match in the highest bin mostly, in the next one sometimes, elsewhere rarely."""
    expected = np.full(size, 0.05 / size)
    expected[-1] += 0.7
    expected[-2] += 0.25
    return expected


def isotonic(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest rising values by weighted squares (pool adjacent violators)."""
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


def _others(elsewhere: Elsewhere | None, bins: Bins, place: int) -> NDArray[np.float64]:
    size = int(bins.counts[place])
    if elsewhere is None or len(elsewhere.number) == 0:
        return np.zeros(size)
    number = elsewhere.number[:, place]
    drawn = np.bincount(number[number >= 0], minlength=size)
    return np.asarray(drawn * (elsewhere.count / len(elsewhere.number)), np.float64)
