"""Learning curves: a metric over the spent effort, on any axis, from the table of rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from matchloop.errors import InputError, UsageError
from matchloop.lab.simulation.costs import AXES, CostModel, Effort
from matchloop.lab.simulation.grid import ALL_LABELS

__all__ = ["METRICS", "Choice", "Curve", "Curves", "read_curves"]

METRICS = (
    "f1",
    "precision",
    "recall",
    "f1_model",
    "f1_all",
    "recall_all",
    "average_precision",
)
"""Metrics that a curve can show; higher is better for each."""


class Choice(NamedTuple):
    """The settings of a contender that an annotator could choose.

    Parameters
    ----------
    strategy, start, set_rows, policy, learner
        As in :class:`matchloop.lab.simulation.Cell`.
    """

    strategy: str
    start: str
    set_rows: int
    policy: str
    learner: str


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Learning curve of one run.

    Parameters
    ----------
    run, table, contender, oracle, seed
        Name of the run and its settings.
    choice
        The settings that the contender's name stands for.
    spent
        Budget spent after each round, ascending, shape (points,).
    reached
        The metric after each round, shape (points,).
    """

    run: str
    table: str
    contender: str
    oracle: str
    seed: int
    choice: Choice
    spent: NDArray[np.float64]
    reached: NDArray[np.float64]

    def at(self, spent: ArrayLike) -> NDArray[np.float64]:
        """Return the metric at some budgets: that of the last round that fits into each."""
        place = np.searchsorted(self.spent, np.asarray(spent, np.float64) + 1e-9, "right") - 1
        return self.reached[np.clip(place, 0, None)]

    def along(self, spent: ArrayLike) -> NDArray[np.float64]:
        """Return the metric at some budgets, on straight lines between the rounds."""
        return np.interp(np.asarray(spent, np.float64), self.spent, self.reached)

    def area(self, low: float, high: float, *, log: bool = False) -> float:
        """Return the normalised area under the curve: its mean height between two budgets.

        Parameters
        ----------
        low, high
            Budgets at which the area begins and ends.
        log
            Whether every doubling of the budget has equal weight; ``low`` must be above 0 then.
        """
        inner = (self.spent > low) & (self.spent < high)
        ends = self.along([low, high])
        x = np.concatenate([[low], self.spent[inner], [high]])
        y = np.concatenate([ends[:1], self.reached[inner], ends[1:]])
        if log:
            x = np.log2(x)
        if x[-1] <= x[0]:
            return float(y[-1])
        return float(np.dot(np.diff(x), (y[1:] + y[:-1]) / 2) / (x[-1] - x[0]))

    def crossing(self, level: float, *, stable: bool = False) -> float | None:
        """Return the first budget that reaches a level; with ``stable``, and stays there."""
        above = self.reached >= level
        if stable:
            above = np.logical_and.accumulate(above[::-1])[::-1]
        return float(self.spent[np.argmax(above)]) if above.any() else None


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of an experiment.

    Parameters
    ----------
    metric, axis
        The metric of the curves, and the axis it is drawn over.
    curves
        One per run.
    supervised
        Metric of the model that learned every label, by table, learner and seed.
    """

    metric: str
    axis: str
    curves: tuple[Curve, ...]
    supervised: Mapping[tuple[str, str, int], float]

    @property
    def tables(self) -> list[str]:
        """Names of the tables, sorted."""
        return sorted({curve.table for curve in self.curves})

    @property
    def contenders(self) -> list[str]:
        """Names of the contenders, sorted."""
        return sorted({curve.contender for curve in self.curves})

    @property
    def oracles(self) -> list[str]:
        """Names of the oracles, the one with the most runs first."""
        return _by_count(curve.oracle for curve in self.curves)

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return len({curve.seed for curve in self.curves})

    def where(self, keep: Callable[[Curve], bool]) -> Curves:
        """Return the curves that pass a test."""
        kept = tuple(curve for curve in self.curves if keep(curve))
        return Curves(self.metric, self.axis, kept, self.supervised)

    def of(self, table: str, contender: str) -> dict[int, Curve]:
        """Return the curves of a contender on a table, by seed."""
        return self._index.get((table, contender), {})

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[int, Curve]]:
        index: dict[tuple[str, str], dict[int, Curve]] = {}
        for curve in self.curves:
            index.setdefault((curve.table, curve.contender), {})[curve.seed] = curve
        return index

    @cached_property
    def _spans(self) -> dict[str, tuple[float, float, float]]:
        return {table: self._span(table) for table in self.tables}

    def span(self, table: str) -> tuple[float, float, float]:
        """Return the start of a table's curves, the earliest first round, and the end.

        The end is the least budget that any contender spent in its longest run. A shorter run,
        where nothing was left to ask, keeps its last value.
        """
        return self._spans[table]

    def _span(self, table: str) -> tuple[float, float, float]:
        own = [curve for curve in self.curves if curve.table == table]
        most: dict[str, float] = {}
        for curve in own:
            most[curve.contender] = max(most.get(curve.contender, 0.0), float(curve.spent[-1]))
        end = min(most.values())
        first = min((float(curve.spent[1]) for curve in own if len(curve.spent) > 1), default=end)
        return 0.0, min(first, end), end

    def points(self, table: str) -> list[float]:
        """Return three budgets: the first round, half of the end, the end."""
        _, first, end = self.span(table)
        return sorted({first, max(first, end / 2), end})


def read_curves(
    rounds: pa.Table,
    *,
    metric: str = "f1",
    axis: str = "labels",
    costs: CostModel | None = None,
) -> Curves:
    """Turn the rounds of runs into curves.

    Parameters
    ----------
    rounds
        What :func:`matchloop.lab.simulation.read_rounds` returns.
    metric
        One of :data:`METRICS`.
    axis
        One of :data:`matchloop.lab.simulation.AXES`.
    costs
        Costs of an answer, for seconds and money.

    Returns
    -------
    Curves
        Contenders are named after their strategy and each setting in which they differ from most
        runs.

    Raises
    ------
    UsageError
        There is no such metric or axis.
    InputError
        The results of a table come from different data, or all runs are supervised ones.
    """
    if metric not in METRICS:
        raise UsageError(f"no metric '{metric}'; known: {', '.join(METRICS)}")
    if axis not in AXES:
        raise UsageError(f"no axis '{axis}'; known: {', '.join(AXES)}")
    model = costs if costs is not None else CostModel()
    runs: dict[str, list[dict[str, Any]]] = {}
    for row in rounds.to_pylist():
        runs.setdefault(row["run"], []).append(row)
    for rows in runs.values():
        rows.sort(key=lambda row: row["round"])
    _check_data([rows[0] for rows in runs.values()])
    taught = [rows for rows in runs.values() if rows[0]["strategy"] == ALL_LABELS]
    played = [rows for rows in runs.values() if rows[0]["strategy"] != ALL_LABELS]
    if not played:
        raise InputError(
            "the results hold no run of a strategy; let 'matchloop lab simulate' finish"
        )
    usual = {name: _by_count(rows[0][name] for rows in played)[0] for name in Choice._fields[1:]}
    return Curves(
        metric,
        axis,
        tuple(_curve(rows, usual, metric, axis, model) for rows in played),
        {
            (rows[0]["table"], rows[0]["learner"], rows[0]["seed"]): float(rows[-1][metric])
            for rows in taught
        },
    )


def _curve(
    rows: Sequence[Mapping[str, Any]],
    usual: Mapping[str, Any],
    metric: str,
    axis: str,
    costs: CostModel,
) -> Curve:
    names = [cost.name for cost in fields(Effort)]
    efforts = [
        Effort(**{name: row[name] for name in names if row.get(name) is not None}) for row in rows
    ]
    spent = np.array([costs.on(axis, effort) for effort in efforts])
    last = np.append(np.diff(spent) > 0, True)  # a round that cost nothing replaces the one before
    head = rows[0]
    return Curve(
        head["run"],
        head["table"],
        _name(head, usual),
        head["oracle"],
        head["seed"],
        Choice(*(head[name] for name in Choice._fields)),
        spent[last],
        np.array([float(row[metric]) for row in rows])[last],
    )


def _name(head: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    descriptions = {
        "start": f"{head['start']} start",
        "set_rows": "pairs" if head["set_rows"] == 2 else f"sets of {head['set_rows']}",
        "policy": f"{head['policy']} labels",
        "learner": f"learner {head['learner']}",
    }
    odd = [descriptions[name] for name in Choice._fields[1:] if head[name] != usual[name]]
    return ", ".join([head["strategy"], *odd])


def _by_count(values: Any) -> list[Any]:
    """Return the distinct values, the most frequent first."""
    counts = Counter(values)
    return sorted(counts, key=lambda value: (-counts[value], str(value)))


def _check_data(heads: Sequence[Mapping[str, Any]]) -> None:
    seen: dict[str, str] = {}
    for head in heads:
        if seen.setdefault(head["table"], head["data"]) != head["data"]:
            raise InputError(
                f"the results on '{head['table']}' come from different data; compare folders that "
                "were played on the same rows and the same truth"
            )
