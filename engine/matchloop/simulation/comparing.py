"""Compare contenders: on each table, over the tables, and in what they save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import UsageError, some
from matchloop.simulation.curves import Curve, Curves
from matchloop.simulation.statistics import (
    CONFIDENCE,
    RESAMPLES,
    Interval,
    Ranking,
    holm,
    interval,
    paired_permutation,
    rank,
    signed_rank,
)

__all__ = [
    "LEVELS",
    "Comparison",
    "Crossing",
    "Overall",
    "OnTable",
    "Saved",
    "Standing",
    "compare",
    "labels_saved",
    "only_some",
    "pick_reference",
]

LEVELS = (0.90, 0.95, 0.99)
"""Shares of what every label gives, whose crossing is looked for."""

REFERENCE = "margin"
"""What others are compared with, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a contender needs to reach what the reference has at some budget.

    Parameters
    ----------
    budget, level
        The budget of the reference, and what it has reached there on average.
    needed
        The contender's budget for it; None where it never gets there.
    saved, low, high
        ``budget - needed`` and its bounds of 95 %; None where it never gets there.
    """

    budget: float
    level: float
    needed: float | None
    saved: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """When runs reach a share of what every label gives.

    Parameters
    ----------
    share
        One of :data:`LEVELS`.
    first, stable
        Median budget of the first round there, and of the one from which they stay; None where
        fewer than half of the runs get there.
    reached
        Share of the runs that get there and stay.
    """

    share: float
    first: float | None
    stable: float | None
    reached: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A contender on a table.

    Parameters
    ----------
    contender
        Its name.
    reached
        The metric at each of the table's points.
    area, area_log
        Under the curve, normalised; with every doubling of the budget counting the same.
    difference
        Area minus that of the reference, by seed; None for the reference itself and where no seed
        is shared.
    p, p_holm
        Of the paired permutation test of the difference; corrected over the table's contenders.
    saved
        Budget saved; None for the reference.
    crossings
        One per level; none where no run learned every label.
    """

    contender: str
    reached: tuple[Interval, ...]
    area: Interval
    area_log: Interval
    difference: Interval | None
    p: float | None
    p_holm: float | None
    saved: Saved | None
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class OnTable:
    """A table.

    Parameters
    ----------
    table
        Its name.
    seeds
        How many seeds each contender has at least.
    points, end
        Budgets looked at; the end of the areas.
    supervised
        What every label gives; None where it was not measured.
    standings
        One per contender that was played.
    """

    table: str
    seeds: int
    points: tuple[float, ...]
    end: float
    supervised: Interval | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """A contender over all tables.

    Parameters
    ----------
    contender
        Its name.
    tables
        How many tables it was played on.
    area
        Mean over tables of its mean area.
    difference
        Over tables, of the mean difference to the reference.
    median, worst
        Median and smallest difference over tables.
    p_tables, p_tables_holm
        Wilcoxon's signed-rank test over tables: is it so on tables like these?
    p_runs, p_runs_holm
        Paired permutation over all runs: is it so on these very tables?
    wins, ties, losses
        Tables on which the interval of the difference lies above, around or below zero.
    """

    contender: str
    tables: int
    area: Interval
    difference: Interval | None = None
    median: float | None = None
    worst: float | None = None
    p_tables: float | None = None
    p_tables_holm: float | None = None
    p_runs: float | None = None
    p_runs_holm: float | None = None
    wins: int = 0
    ties: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that is compared.

    Parameters
    ----------
    metric, axis, oracle, reference
        What is shown, over what, who answered, and what the others are compared with.
    tables
        One per table.
    overall
        One per contender, best mean area first.
    ranked
        The contenders that were played on every table.
    ranking
        Their ranks; None for fewer than two tables.
    matrix
        Wins, ties and losses of each of ``ranked`` against each.
    """

    metric: str
    axis: str
    oracle: str
    reference: str
    tables: tuple[OnTable, ...]
    overall: tuple[Overall, ...]
    ranked: tuple[str, ...]
    ranking: Ranking | None
    matrix: tuple[tuple[tuple[int, int, int], ...], ...]

    @property
    def seeds(self) -> int:
        """The smallest number of seeds of a table."""
        return min(one.seeds for one in self.tables)


def pick_reference(curves: Curves, asked: str | None) -> str:
    """Return what the others are compared with.

    Raises
    ------
    UsageError
        There is no such contender.
    """
    known = curves.contenders
    if asked is None:
        return REFERENCE if REFERENCE in known else known[0]
    if asked not in known:
        raise UsageError(f"no contender '{asked}' in the results; known: {some(known, 40)}")
    return asked


def only_some(curves: Curves, names: Sequence[str], reference: str | None) -> Curves:
    """Return the curves of some contenders and of the reference.

    Raises
    ------
    UsageError
        There is no such contender.
    """
    kept = {pick_reference(curves, name) for name in (reference, *names)}
    return curves.where(lambda curve: curve.contender in kept)


def compare(
    curves: Curves, *, reference: str | None = None, oracle: str | None = None
) -> Comparison:
    """Compare what was played.

    Parameters
    ----------
    curves
        The runs.
    reference
        A contender; ``margin`` if there is one.
    oracle
        Whose answers count; by default those of whoever answered most runs.

    Raises
    ------
    UsageError
        There is no such contender or oracle.
    """
    answered = oracle if oracle is not None else curves.oracles[0]
    if answered not in curves.oracles:
        raise UsageError(f"no oracle '{answered}' in the results; known: {some(curves.oracles)}")
    kept = curves.where(lambda curve: curve.oracle == answered)
    base = pick_reference(kept, reference)
    areas = {
        (table, name): _areas(kept, table, name)
        for table in kept.tables
        for name in kept.contenders
        if kept.of(table, name)
    }
    tables = tuple(_on_table(kept, table, base) for table in kept.tables)
    ranked = tuple(
        name for name in kept.contenders if all((table, name) in areas for table in kept.tables)
    )
    means = np.array(
        [[np.mean(list(areas[table, name].values())) for name in ranked] for table in kept.tables]
    )
    return Comparison(
        curves.metric,
        curves.axis,
        answered,
        base,
        tables,
        _overall(kept, base, areas),
        ranked,
        rank(means),
        _matrix(areas, kept.tables, ranked),
    )


def labels_saved(
    reference: dict[int, Curve], own: dict[int, Curve], budget: float, end: float
) -> Saved | None:
    """Return what a contender saves against the reference at a budget.

    Parameters
    ----------
    reference, own
        Curves by seed; only the seeds of both count.
    budget
        Of the reference.
    end
        The largest budget that counts.

    Returns
    -------
    Saved or None
        Read from the mean curves; None where no seed is shared.
    """
    seeds = sorted(reference.keys() & own.keys())
    if not seeds:
        return None
    grid = np.unique(np.concatenate([own[seed].spent for seed in seeds]))
    grid = grid[grid <= end]
    levels = np.array([float(reference[seed].at(budget)) for seed in seeds])
    heights = np.array([own[seed].at(grid) for seed in seeds])
    needed = float(_needed(np.ones((1, len(seeds))), levels, heights, grid)[0])
    saved: tuple[float | None, ...] = (None, None, None)
    if np.isfinite(needed):
        saved = (budget - needed, None, None)
        if len(seeds) > 1:
            drawn = np.random.default_rng(0).multinomial(
                len(seeds), np.full(len(seeds), 1 / len(seeds)), size=RESAMPLES
            )
            spread = budget - _needed(drawn, levels, heights, grid)
            outside = (1 - CONFIDENCE) / 2
            low = float(np.quantile(spread, outside, method="lower"))
            high = float(np.quantile(spread, 1 - outside, method="higher"))
            saved = (budget - needed, max(low, budget - end), high)
    return Saved(budget, float(levels.mean()), None if saved[0] is None else needed, *saved)


def _needed(
    weights: NDArray[Any],
    levels: NDArray[np.float64],
    heights: NDArray[np.float64],
    grid: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the mean curve first reaches the mean level; infinite where it never does."""
    above = weights @ heights >= (weights @ levels)[:, None] - 1e-12
    return np.where(above.any(axis=1), grid[np.argmax(above, axis=1)], np.inf)


def _areas(curves: Curves, table: str, name: str, *, log: bool = False) -> dict[int, float]:
    start, first, end = curves.span(table)
    low = first if log else start
    return {seed: one.area(low, end, log=log) for seed, one in curves.of(table, name).items()}


def _difference(one: dict[int, float], other: dict[int, float]) -> list[float]:
    return [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]


def _on_table(curves: Curves, table: str, reference: str) -> OnTable:
    points = tuple(curves.points(table))
    end = curves.span(table)[2]
    names = [name for name in curves.contenders if curves.of(table, name)]
    base = _areas(curves, table, reference)
    apart = {
        name: _difference(_areas(curves, table, name), base) for name in names if name != reference
    }
    raw = {name: paired_permutation(found) for name, found in apart.items()}
    corrected = dict(zip(raw, holm(list(raw.values())), strict=True))
    return OnTable(
        table,
        min(len(curves.of(table, name)) for name in names),
        points,
        end,
        _supervised(curves, table),
        tuple(
            Standing(
                name,
                tuple(
                    interval([float(one.at(point)) for one in curves.of(table, name).values()])
                    for point in points
                ),
                interval(list(_areas(curves, table, name).values())),
                interval(list(_areas(curves, table, name, log=True).values())),
                interval(apart[name]) if apart.get(name) else None,
                raw.get(name),
                corrected.get(name),
                None
                if name == reference
                else labels_saved(
                    curves.of(table, reference),
                    curves.of(table, name),
                    points[len(points) // 2],
                    end,
                ),
                _crossings(curves, table, name),
            )
            for name in names
        ),
    )


def _supervised(curves: Curves, table: str) -> Interval | None:
    learners = {curve.choice.learner for curve in curves.curves if curve.table == table}
    found = [
        value
        for (name, learner, _), value in sorted(curves.supervised.items())
        if name == table and learner in learners
    ]
    return interval(found) if found else None


def _crossings(curves: Curves, table: str, name: str) -> tuple[Crossing, ...]:
    known = [
        (curve, curves.supervised[table, curve.choice.learner, seed])
        for seed, curve in curves.of(table, name).items()
        if (table, curve.choice.learner, seed) in curves.supervised
    ]
    if not known:
        return ()
    return tuple(
        Crossing(
            share,
            _median([curve.crossing(share * best) for curve, best in known]),
            _median(stable := [curve.crossing(share * best, stable=True) for curve, best in known]),
            sum(one is not None for one in stable) / len(stable),
        )
        for share in LEVELS
    )


def _median(values: Sequence[float | None]) -> float | None:
    """Return the lower median, where what is never reached is beyond all."""
    ordered = sorted(np.inf if value is None else value for value in values)
    middle = ordered[(len(ordered) - 1) // 2]
    return float(middle) if np.isfinite(middle) else None


def _matrix(
    areas: dict[tuple[str, str], dict[int, float]], tables: Sequence[str], names: Sequence[str]
) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    found = {(name, name): (0, 0, 0) for name in names}
    for one, other in combinations(names, 2):
        wins, ties, losses = _met(areas, tables, one, other)
        found[one, other], found[other, one] = (wins, ties, losses), (losses, ties, wins)
    return tuple(tuple(found[one, other] for other in names) for one in names)


def _met(
    areas: dict[tuple[str, str], dict[int, float]], tables: Iterable[str], one: str, other: str
) -> tuple[int, int, int]:
    found = [_difference(areas[table, one], areas[table, other]) for table in tables]
    signs = [interval(differences).sign for differences in found if differences]
    return signs.count(1), signs.count(0), signs.count(-1)


def _overall(
    curves: Curves, reference: str, areas: dict[tuple[str, str], dict[int, float]]
) -> tuple[Overall, ...]:
    found: list[tuple[Overall, float | None, float | None]] = []
    for name in curves.contenders:
        own = {table: areas[table, name] for table in curves.tables if (table, name) in areas}
        area = interval([float(np.mean(list(by_seed.values()))) for by_seed in own.values()])
        shared = [
            differences
            for table, by_seed in own.items()
            if (differences := _difference(by_seed, areas.get((table, reference), {})))
        ]
        if name == reference or not shared:
            found.append((Overall(name, len(own), area), None, None))
            continue
        means = [float(np.mean(differences)) for differences in shared]
        signs = [interval(differences).sign for differences in shared]
        p_tables = signed_rank(means)
        p_runs = paired_permutation([one for differences in shared for one in differences])
        told = Overall(
            name,
            len(own),
            area,
            interval(means),
            float(np.median(means)),
            min(means),
            wins=signs.count(1),
            ties=signs.count(0),
            losses=signs.count(-1),
        )
        found.append((told, p_tables, p_runs))
    by_tables, by_runs = holm([p for _, p, _ in found]), holm([p for _, _, p in found])
    finished = [
        replace(
            told,
            p_tables=p_tables,
            p_tables_holm=by_tables[at],
            p_runs=p_runs,
            p_runs_holm=by_runs[at],
        )
        for at, (told, p_tables, p_runs) in enumerate(found)
    ]
    return tuple(sorted(finished, key=lambda one: (-one.area.mean, one.contender)))
