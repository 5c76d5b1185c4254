"""Compare contenders: on each table, over the tables, and in what they save."""

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
"""What others are compared with, unless told otherwise."""


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
