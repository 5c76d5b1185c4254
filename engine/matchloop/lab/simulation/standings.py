"""Results of a comparison: a contender on a table, a contender over all tables, all contenders."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.lab.simulation.savings import Crossing, Saved
from matchloop.lab.simulation.statistics import Interval, Ranking

__all__ = ["Comparison", "OnTable", "Overall", "Standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Results of a contender on a table.

    Parameters
    ----------
    contender
        Its name.
    reached
        The metric at each of the table's points.
    area, area_log
        Normalised area under the curve; the second with equal weight for every doubling of the
        budget.
    difference
        Area minus that of the reference, by seed. None for the reference, and where no seed is
        shared.
    p, p_holm
        p of the paired permutation test of the difference; corrected over the table's contenders.
    saved
        Budget saved; None for the reference.
    crossings
        One per level; empty where no run learned every label.
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
    """Results of all contenders on a table.

    Parameters
    ----------
    table
        Its name.
    seeds
        Smallest number of seeds of a contender.
    points, end
        Budgets at which the metric is reported; end of the areas.
    supervised
        Metric with all labels; None where it was not measured.
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
    """Results of a contender over all tables.

    Parameters
    ----------
    contender
        Its name.
    tables
        Number of tables it was played on.
    area
        Mean over tables of its mean area.
    difference
        Mean over tables of the mean difference to the reference.
    median, worst
        Median and smallest difference over tables.
    p_tables, p_tables_holm
        p of Wilcoxon's signed-rank test over tables: does it hold for tables like these?
    p_runs, p_runs_holm
        p of the paired permutation test over all runs: does it hold on these very tables?
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
    """Results of all contenders.

    Parameters
    ----------
    metric, axis, oracle, reference
        The metric, its axis, the oracle, and the contender that the others are compared with.
    tables
        One per table.
    overall
        One per contender, best mean area first.
    ranked
        The contenders that were played on every table.
    ranking
        Ranks of ``ranked``; None for fewer than two tables.
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
        return min(table.seeds for table in self.tables)
