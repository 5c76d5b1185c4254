"""Compare contenders on each table, over all tables, and by the labels they save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from matchloop.errors import UsageError, some
from matchloop.lab.simulation.curves import Curves
from matchloop.lab.simulation.savings import Crossing, crossings, labels_saved
from matchloop.lab.simulation.standings import Comparison, OnTable, Overall, Standing
from matchloop.lab.simulation.statistics import (
    Interval,
    holm,
    interval,
    paired_permutation,
    rank,
    signed_rank,
)

__all__ = ["compare", "only_some", "pick_reference"]

REFERENCE = "margin"
"""The default contender that the others are compared with."""


def pick_reference(curves: Curves, name: str | None) -> str:
    """Return the contender that the others are compared with.

    Raises
    ------
    UsageError
        There is no such contender.
    """
    contenders = curves.contenders
    if name is None:
        return REFERENCE if REFERENCE in contenders else contenders[0]
    if name not in contenders:
        raise UsageError(f"no contender '{name}' in the results; known: {some(contenders, 40)}")
    return name


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
    """Compare the contenders of an experiment.

    Parameters
    ----------
    curves
        The runs.
    reference
        A contender; by default ``margin`` if it was played.
    oracle
        The oracle whose answers count; by default the one with the most runs.

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


def _areas(curves: Curves, table: str, name: str, *, log: bool = False) -> dict[int, float]:
    start, first, end = curves.span(table)
    low = first if log else start
    return {seed: curve.area(low, end, log=log) for seed, curve in curves.of(table, name).items()}


def _difference(own: dict[int, float], base: dict[int, float]) -> list[float]:
    return [own[seed] - base[seed] for seed in sorted(own.keys() & base.keys())]


def _on_table(curves: Curves, table: str, reference: str) -> OnTable:
    points = tuple(curves.points(table))
    end = curves.span(table)[2]
    names = [name for name in curves.contenders if curves.of(table, name)]
    base = _areas(curves, table, reference)
    apart = {
        name: _difference(_areas(curves, table, name), base) for name in names if name != reference
    }
    raw = {name: paired_permutation(differences) for name, differences in apart.items()}
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
                    interval([float(curve.at(point)) for curve in curves.of(table, name).values()])
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
    reached = [
        value
        for (name, learner, _), value in sorted(curves.supervised.items())
        if name == table and learner in learners
    ]
    return interval(reached) if reached else None


def _crossings(curves: Curves, table: str, name: str) -> tuple[Crossing, ...]:
    return crossings(
        [
            (curve, curves.supervised[table, curve.choice.learner, seed])
            for seed, curve in curves.of(table, name).items()
            if (table, curve.choice.learner, seed) in curves.supervised
        ]
    )


def _matrix(
    areas: dict[tuple[str, str], dict[int, float]], tables: Sequence[str], names: Sequence[str]
) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    results = {(name, name): (0, 0, 0) for name in names}
    for first, second in combinations(names, 2):
        wins, ties, losses = _met(areas, tables, first, second)
        results[first, second], results[second, first] = (wins, ties, losses), (losses, ties, wins)
    return tuple(tuple(results[first, second] for second in names) for first in names)


def _met(
    areas: dict[tuple[str, str], dict[int, float]], tables: Iterable[str], first: str, second: str
) -> tuple[int, int, int]:
    by_table = [_difference(areas[table, first], areas[table, second]) for table in tables]
    signs = [interval(differences).sign for differences in by_table if differences]
    return signs.count(1), signs.count(0), signs.count(-1)


def _overall(
    curves: Curves, reference: str, areas: dict[tuple[str, str], dict[int, float]]
) -> tuple[Overall, ...]:
    results: list[tuple[Overall, float | None, float | None]] = []
    for name in curves.contenders:
        own = {table: areas[table, name] for table in curves.tables if (table, name) in areas}
        area = interval([float(np.mean(list(by_seed.values()))) for by_seed in own.values()])
        shared = [
            differences
            for table, by_seed in own.items()
            if (differences := _difference(by_seed, areas.get((table, reference), {})))
        ]
        if name == reference or not shared:
            results.append((Overall(name, len(own), area), None, None))
            continue
        means = [float(np.mean(differences)) for differences in shared]
        signs = [interval(differences).sign for differences in shared]
        p_tables = signed_rank(means)
        p_runs = paired_permutation(
            [difference for differences in shared for difference in differences]
        )
        overall = Overall(
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
        results.append((overall, p_tables, p_runs))
    by_tables, by_runs = holm([p for _, p, _ in results]), holm([p for _, _, p in results])
    finished = [
        replace(
            overall,
            p_tables=p_tables,
            p_tables_holm=by_tables[at],
            p_runs=p_runs,
            p_runs_holm=by_runs[at],
        )
        for at, (overall, p_tables, p_runs) in enumerate(results)
    ]
    return tuple(sorted(finished, key=lambda row: (-row.area.mean, row.contender)))
