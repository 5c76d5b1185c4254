"""From answers to an audit to precision, recall and F1 with intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.auditing.base import HonestQuality, Interval
from matchloop.auditing.population import CANDIDATE, FAR, Population
from matchloop.auditing.posterior import Cells, totals

__all__ = ["quality_of"]

POINTS = 16
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
    drawn_totals = totals(cells, rng, draws)
    together = names[:, 1] == 1
    is_candidate = names[:, 2] == CANDIDATE
    known = population.known == 1
    told_right = float(population.weight[known & population.together].sum())
    told_all = float(population.weight[known].sum())
    right = drawn_totals[:, together].sum(axis=1) + told_right
    everything = drawn_totals.sum(axis=1) + told_all
    found = drawn_totals[:, is_candidate].sum(axis=1) + float(
        population.weight[known & (population.tier == CANDIDATE)].sum()
    )
    predicted = float(population.predicted)
    no_wrong = bool(said[population.together[at]].all())
    no_missed = not said[~population.together[at]].any()
    missed = everything - right
    told_wrong = float(population.weight[(population.known == 0) & population.together].sum())
    best_right = np.full(draws, predicted - told_wrong) if no_wrong else right
    best_missed = np.full(draws, told_all - told_right) if no_missed else missed
    best = best_right + best_missed
    always = np.array(True)
    return HonestQuality(
        precision=_interval(
            _share(right, predicted, everything == 0), _share(best_right, predicted, best == 0)
        ),
        recall=_interval(
            _share(right, everything, predicted == 0), _share(best_right, best, predicted == 0)
        ),
        f1=_interval(
            _share(2 * right, everything + predicted, always),
            _share(2 * best_right, best + predicted, always),
        ),
        blocking_recall=_interval(
            _share(found, everything, always), np.ones(draws) if no_missed else None
        ),
        bcubed_precision=(
            None
            if np.isnan(population.alone)
            else _interval(
                _bcubed(population, cell, drawn_totals, cells, together),
                np.ones(draws) if no_wrong else None,
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


def _bcubed(
    population: Population,
    cell: NDArray[np.int64],
    drawn: Array,
    cells: Cells,
    together: NDArray[np.bool_],
) -> Array:
    """Weigh the rate of each cell by what its pairs add to B-cubed precision."""
    count = len(cells)
    open_ = population.known < 0
    worth = population.benefit * population.weight
    whole = np.bincount(cell[open_], weights=worth[open_], minlength=count)
    known = float(worth[population.known == 1].sum())
    rate = drawn / np.maximum(cells.size, 1.0)
    value = population.alone + known + (rate * whole)[:, together].sum(axis=1)
    return np.minimum(np.asarray(value, np.float64), 1.0)


def _share(part: Array, whole: Array | float, empty: NDArray[np.bool_] | bool) -> Array:
    whole = np.broadcast_to(np.asarray(whole, np.float64), part.shape)
    share = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return np.clip(np.where(whole > 0, share, np.where(empty, 1.0, 0.0)), 0.0, 1.0)


def _interval(values: Array, best: Array | None = None) -> Interval:
    """Return the median and the middle 95 %.

    Parameters
    ----------
    values
        Drawn from what the answers leave possible.
    best
        The same if there is no error of a kind that no answer has shown: no such answer speaks
        against the best, however the strata were taken to be before.
    """
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
    if best is not None:
        high = max(high, float(np.quantile(best, 0.975)))
    return Interval(float(middle), float(low), float(high))


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
