"""From answers to an audit to precision, recall and F1 with intervals."""

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

LOW, HIGH = 0.01, 0.96
"""Ends of an interval. More is left out above than below: strata that were hardly asked are more
often worse than usual than better, and what the answers alone allow bounds the upper end."""

Array = NDArray[np.float64]


def quality_of(
    population: Population,
    stratum: NDArray[np.integer],
    asked: NDArray[np.integer],
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
        The pairs, under the groups that are judged.
    stratum
        Stratum of each pair, shape (pairs,).
    asked
        Positions in the population of the pairs that have an answer, each once.
    answers
        Whether they match.
    seed
        Of the simulation.
    drawn
        Pairs drawn, where some have no answer.
    draws
        How many draws make an interval.
    """
    rng = np.random.default_rng([seed, len(asked)])
    open_ = population.known < 0
    valid = open_[asked]
    at, said = asked[valid], answers[valid]
    cell, names = _cells_of(population, stratum)
    cells = _cells(population, cell, names, open_, at, said)
    worth = _worth_of(population, cell, len(cells))
    drawn_totals = totals(cells, rng, draws)
    together = names[:, 1] == 1
    is_candidate, is_far = names[:, 2] == CANDIDATE, names[:, 2] == FAR
    known = population.known == 1
    told_right = float(population.weight[known & population.together].sum())
    told_all = float(population.weight[known].sum())
    right = drawn_totals[:, together].sum(axis=1) + told_right
    everything = drawn_totals.sum(axis=1) + told_all
    reached = (
        everything
        - drawn_totals[:, is_far].sum(axis=1)
        - float(population.weight[known & (population.tier == FAR)].sum())
    )
    found = drawn_totals[:, is_candidate].sum(axis=1) + float(
        population.weight[known & (population.tier == CANDIDATE)].sum()
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
        blocking_recall=_interval(_share(found, everything, always), best.blocking_recall),
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
        asked=int(drawn if drawn is not None else len(asked)),
        answered=len(asked),
        told=int((~open_).sum()),
        notes=_notes(names, cells, population.alone),
    )


def _cells_of(
    population: Population, stratum: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the cells: stratum, together or apart, tier; pairs of one cell are alike."""
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
    said: NDArray[np.bool_],
) -> Cells:
    count = len(names)
    weight = np.where(open_, population.weight, 0.0)
    size = np.bincount(cell, weights=weight, minlength=count).astype(np.float64)
    asked = np.bincount(cell[at], minlength=count).astype(np.float64)
    matches = np.bincount(cell[at], weights=said, minlength=count).astype(np.float64)
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
    return Cells(size, asked, matches, points, kind)


@dataclass(frozen=True, slots=True)
class _Best:
    """The better ends of the intervals, as far as the answers alone put them."""

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
        weight = cells.size / np.maximum(cells.asked, 1)
        wrong = np.where(together, cells.asked - cells.matches, 0.0)
        missed = np.where(together, 0.0, cells.matches)
        unblocked = np.where(names[:, 2] == CANDIDATE, 0.0, cells.matches)
        one = np.ones(len(cells))
        known, told = population.known, population.weight
        told_wrong = float(told[(known == 0) & population.together].sum())
        told_missed = float(told[(known == 1) & ~population.together].sum())
        told_unblocked = float(told[(known == 1) & (population.tier != CANDIDATE)].sum())
        most = population.predicted - told_wrong
        least_wrong, likely_wrong = fewest(wrong, weight, one)
        least_missed, likely_missed = fewest(missed, weight, one)
        least_unblocked, _ = fewest(unblocked, weight, one)
        right = max(most - likely_wrong, 0.0)
        f1 = _f1(right, likely_missed + told_missed, population.predicted)
        least, likely = fewest(wrong + missed, weight, np.where(together, 2 - f1, f1))
        share = least / likely if likely > 0 else 0.0
        lost = float((worth * together).sum())
        least_cost, _ = fewest(wrong, weight, worth / np.maximum(cells.size, 1e-9))
        known_worth = float((population.benefit * told)[known == 1].sum())
        return cls(
            precision=_part(most - least_wrong, population.predicted),
            recall=_part(right, right + least_missed + told_missed),
            f1=_f1(
                most - share * likely_wrong,
                share * likely_missed + told_missed,
                population.predicted,
            ),
            blocking_recall=1 - _part(least_unblocked + told_unblocked, max(right, 1.0)),
            bcubed_precision=population.alone + known_worth + lost - least_cost,
        )


def _f1(right: float, missed: float, predicted: float) -> float:
    return _part(2 * right, right + missed + predicted)


def _part(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0) if whole > 0 else 0.0


def _worth_of(population: Population, cell: NDArray[np.int64], count: int) -> Array:
    """Return what all pairs of each cell that have no label add to B-cubed precision."""
    worth = np.where(population.known < 0, population.benefit * population.weight, 0.0)
    return np.bincount(cell, weights=worth, minlength=count).astype(np.float64)


def _bcubed(
    population: Population,
    worth: Array,
    drawn: Array,
    cells: Cells,
    together: NDArray[np.bool_],
) -> Array:
    """Weigh the rate of each cell by what its pairs add to B-cubed precision."""
    known = population.benefit * population.weight * (population.known == 1)
    rate = drawn / np.maximum(cells.size, 1.0)
    value = population.alone + float(known.sum()) + (rate * worth)[:, together].sum(axis=1)
    return np.minimum(np.asarray(value, np.float64), 1.0)


def _share(part: Array, whole: Array | float, empty: NDArray[np.bool_] | bool) -> Array:
    whole = np.broadcast_to(np.asarray(whole, np.float64), part.shape)
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return np.clip(np.where(whole > 0, share, np.where(empty, 1.0, 0.0)), 0.0, 1.0)


def _interval(values: Array, best: float | None = None) -> Interval:
    """Return the median and the ends of 95 %.

    Parameters
    ----------
    values
        Drawn from what the answers leave possible.
    best
        How good the answers alone allow it to be, whatever the strata were taken to be before.
    """
    low, middle, high = np.quantile(values, (LOW, 0.5, HIGH))
    return Interval(float(middle), float(low), float(high if best is None else max(high, best)))


def _notes(names: NDArray[np.int64], cells: Cells, alone: float) -> tuple[str, ...]:
    notes = []
    far = names[:, 2] == FAR
    if far.any():
        pairs, asked = float(cells.size[far].sum()), int(cells.asked[far].sum())
        found = int(cells.matches[far].sum())
        notes.append(
            f"of {pairs:,.0f} pairs that no blocking finds, {asked} were asked, {found} matched: "
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
