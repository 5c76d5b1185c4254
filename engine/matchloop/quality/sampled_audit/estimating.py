"""Estimate precision, recall and F1, with intervals, from the answers to a sampled audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.sampled_audit.base import HonestQuality, Interval
from matchloop.quality.sampled_audit.fewest import fewest
from matchloop.quality.sampled_audit.population import CANDIDATE, FAR, Population
from matchloop.quality.sampled_audit.posterior import Cells, totals

__all__ = ["quality_of"]

POINTS = 16
"""Quantiles of the score that represent a cell; a convention that bounds the time."""

LOW, HIGH = 0.01, 0.96
"""Posterior quantiles of a 95 % interval.

They are asymmetric: a stratum with few answers is more often worse than the prior than better.
benchmarks/audits.py chose them on abt_buy, febrl3, cora, fake_1000, imdb_tmdb and autofj50
Artwork, BasketballTeam and Country.
"""

Array = NDArray[np.float64]


def quality_of(
    population: Population,
    stratum: NDArray[np.integer],
    answered: NDArray[np.integer],
    answers: NDArray[np.bool_],
    *,
    seed: int = 0,
    drawn: int | None = None,
    draws: int = 2000,
) -> HonestQuality:
    """Estimate the quality of groups.

    Parameters
    ----------
    population
        The pairs, with the groups to judge.
    stratum
        Stratum of each pair, shape (pairs,).
    answered
        Positions of the answered pairs in the population, without repeats.
    answers
        Whether they match.
    seed
        Seed of the simulation.
    drawn
        Number of drawn pairs, if some have no answer.
    draws
        Number of posterior draws.

    Returns
    -------
    HonestQuality
        The estimates with their intervals.
    """
    rng = np.random.default_rng([seed, len(answered)])
    open_ = population.label < 0
    valid = open_[answered]
    at, is_match = answered[valid], answers[valid]
    cell, names = _cells_of(population, stratum)
    cells = _cells(population, cell, names, open_, at, is_match)
    worth = _worth_of(population, cell, len(cells))
    drawn_totals = totals(cells, rng, draws)
    together = names[:, 1] == 1
    is_candidate, is_far = names[:, 2] == CANDIDATE, names[:, 2] == FAR
    is_labelled_match = population.label == 1
    labelled_right = float(population.weight[is_labelled_match & population.together].sum())
    labelled_all = float(population.weight[is_labelled_match].sum())
    right = drawn_totals[:, together].sum(axis=1) + labelled_right
    everything = drawn_totals.sum(axis=1) + labelled_all
    reached = (
        everything
        - drawn_totals[:, is_far].sum(axis=1)
        - float(population.weight[is_labelled_match & (population.tier == FAR)].sum())
    )
    blocked = drawn_totals[:, is_candidate].sum(axis=1) + float(
        population.weight[is_labelled_match & (population.tier == CANDIDATE)].sum()
    )
    predicted = float(population.predicted)
    best = _Best.of(population, cells, names, worth)
    always = np.array(True)
    return HonestQuality(
        precision=_interval(_share(right, predicted, everything == 0), best.precision),
        recall=_interval(_share(right, everything, predicted == 0), best.recall),
        f1=_interval(_share(2 * right, everything + predicted, always), best.f1),
        reached_recall=_interval(_share(right, reached, predicted == 0), best.recall),
        reached_f1=_interval(_share(2 * right, reached + predicted, always), best.f1),
        blocking_recall=_interval(_share(blocked, everything, always), best.blocking_recall),
        bcubed_precision=(
            None
            if np.isnan(population.alone)
            else _interval(
                _bcubed(population, worth, drawn_totals, cells, together),
                best.bcubed_precision,
            )
        ),
        matches=_interval(everything),
        predicted=population.predicted,
        asked=int(drawn if drawn is not None else len(answered)),
        answered=len(answered),
        told=int((~open_).sum()),
        notes=_notes(names, cells, population.alone),
    )


def _cells_of(
    population: Population, stratum: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cell of each pair, and the stratum, joined flag and tier of each cell."""
    code = (
        stratum.astype(np.int64) * 6
        + population.together.astype(np.int64) * 3
        + population.tier.astype(np.int64)
    )
    codes, cell = np.unique(code, return_inverse=True)
    return cell, np.column_stack((codes // 6, codes % 6 // 3, codes % 3))


def _cells(
    population: Population,
    cell: NDArray[np.int64],
    names: NDArray[np.int64],
    open_: NDArray[np.bool_],
    at: NDArray[np.integer],
    is_match: NDArray[np.bool_],
) -> Cells:
    count = len(names)
    weight = np.where(open_, population.weight, 0.0)
    size = np.bincount(cell, weights=weight, minlength=count).astype(np.float64)
    answered = np.bincount(cell[at], minlength=count).astype(np.float64)
    matches = np.bincount(cell[at], weights=is_match, minlength=count).astype(np.float64)
    p = np.clip(population.probability.astype(np.float64), 1e-6, 1 - 1e-4)
    odds = np.log(p / (1 - p))
    order = np.lexsort((odds, cell))
    ends = np.cumsum(np.bincount(cell, minlength=count))
    points = np.zeros((count, POINTS))
    for number in range(count):
        first = ends[number - 1] if number else 0
        inside = order[first : ends[number]]
        inside = inside[open_[inside]] if open_[inside].any() else inside
        share = (np.arange(POINTS) + 0.5) / POINTS
        points[number] = odds[inside[(share * len(inside)).astype(np.int64)]]
    kind = np.where(names[:, 1] == 1, 0, names[:, 2] + 1).astype(np.int8)
    return Cells(size, answered, matches, points, kind)


@dataclass(frozen=True, slots=True)
class _Best:
    """Better ends of the intervals by the answers alone."""

    precision: float
    recall: float
    f1: float
    blocking_recall: float
    bcubed_precision: float

    @classmethod
    def of(
        cls, population: Population, cells: Cells, names: NDArray[np.int64], worth: Array
    ) -> _Best:
        together = names[:, 1] == 1
        weight = cells.size / np.maximum(cells.answered, 1)
        wrong = np.where(together, cells.answered - cells.matches, 0.0)
        missed = np.where(together, 0.0, cells.matches)
        unblocked = np.where(names[:, 2] == CANDIDATE, 0.0, cells.matches)
        ones = np.ones(len(cells))
        label, pairs = population.label, population.weight
        labelled_wrong = float(pairs[(label == 0) & population.together].sum())
        labelled_missed = float(pairs[(label == 1) & ~population.together].sum())
        labelled_unblocked = float(pairs[(label == 1) & (population.tier != CANDIDATE)].sum())
        most = population.predicted - labelled_wrong
        least_wrong, likely_wrong = fewest(wrong, weight, ones)
        least_missed, likely_missed = fewest(missed, weight, ones)
        least_unblocked, _ = fewest(unblocked, weight, ones)
        right = max(most - likely_wrong, 0.0)
        f1 = _f1(right, likely_missed + labelled_missed, population.predicted)
        least, likely = fewest(wrong + missed, weight, np.where(together, 2 - f1, f1))
        share = least / likely if likely > 0 else 0.0
        lost = float((worth * together).sum())
        least_cost, _ = fewest(wrong, weight, worth / np.maximum(cells.size, 1e-9))
        known_worth = float((population.benefit * pairs)[label == 1].sum())
        return cls(
            precision=_part(most - least_wrong, population.predicted),
            recall=_part(right, right + least_missed + labelled_missed),
            f1=_f1(
                most - share * likely_wrong,
                share * likely_missed + labelled_missed,
                population.predicted,
            ),
            blocking_recall=1 - _part(least_unblocked + labelled_unblocked, max(right, 1.0)),
            bcubed_precision=population.alone + known_worth + lost - least_cost,
        )


def _f1(right: float, missed: float, predicted: float) -> float:
    return _part(2 * right, right + missed + predicted)


def _part(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole > 0 else 0.0


def _worth_of(population: Population, cell: NDArray[np.int64], count: int) -> Array:
    """Return the contribution of the unlabelled pairs of each cell to B-cubed precision."""
    worth = np.where(population.label < 0, population.benefit * population.weight, 0.0)
    return np.bincount(cell, weights=worth, minlength=count).astype(np.float64)


def _bcubed(
    population: Population,
    worth: Array,
    drawn: Array,
    cells: Cells,
    together: NDArray[np.bool_],
) -> Array:
    """Return B-cubed precision in each draw, from the rates and contributions of the cells."""
    labelled_matches = population.benefit * population.weight * (population.label == 1)
    rate = drawn / np.maximum(cells.size, 1.0)
    value = (
        population.alone + float(labelled_matches.sum()) + (rate * worth)[:, together].sum(axis=1)
    )
    return np.minimum(np.asarray(value, np.float64), 1.0)


def _share(part: Array, whole: Array | float, empty: NDArray[np.bool_] | bool) -> Array:
    whole = np.broadcast_to(np.asarray(whole, np.float64), part.shape)
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return np.clip(np.where(whole > 0, share, np.where(empty, 1.0, 0.0)), 0.0, 1.0)


def _interval(values: Array, best: float | None = None) -> Interval:
    """Return the median and the 95 % interval.

    Parameters
    ----------
    values
        Posterior draws.
    best
        The better end by the answers alone; the interval includes it.
    """
    low, middle, high = np.quantile(values, (LOW, 0.5, HIGH))
    return Interval(float(middle), float(low), float(high if best is None else max(high, best)))


def _notes(names: NDArray[np.int64], cells: Cells, alone: float) -> tuple[str, ...]:
    notes = []
    far = names[:, 2] == FAR
    if far.any():
        pairs, answered = float(cells.size[far].sum()), int(cells.answered[far].sum())
        matched = int(cells.matches[far].sum())
        notes.append(
            f"of {pairs:,.0f} pairs that no blocking finds, {answered} were asked, "
            f"{matched} matched: "
            "they are taken to hold about as many matches as what twice the blocking adds, within "
            "a factor of seven, as no number of questions could bound them"
        )
    if np.isnan(alone):
        notes.append(
            "B-cubed precision has no estimate: groups hold several records of one source, and "
            "pairs of one source are never asked"
        )
    notes.append("B-cubed recall has no estimate: pairs do not tell how large a true group is")
    return tuple(notes)
