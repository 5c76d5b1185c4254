"""What a comparison tells: of a contender on a table, over all tables, and of everyone."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.lab.simulation.savings import Crossing, Saved
from matchloop.lab.simulation.statistics import Interval, Ranking

__all__ = ["Comparison", "OnTable", "Overall", "Standing"]


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
