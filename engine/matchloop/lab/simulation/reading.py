"""What may be concluded from a comparison, and what may not, in plain words."""

from __future__ import annotations

from matchloop.lab.simulation.standings import Comparison, Overall
from matchloop.lab.simulation.statistics import Interval

__all__ = ["METRIC_NAMES", "UNITS", "conclusions", "limits", "short", "signed", "with_interval"]

UNITS = {
    "labels": "labels",
    "questions": "questions",
    "rows": "rows read",
    "decisions": "decisions",
    "seconds": "seconds",
    "money": "money",
}
"""What each axis counts."""

METRIC_NAMES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "f1_model": "F1 before grouping",
    "f1_all": "F1 with what blocking lost",
    "recall_all": "recall with what blocking lost",
    "average_precision": "average precision",
}
"""What each metric is called."""

SURE = 0.05
FEW_SEEDS = 5


def conclusions(found: Comparison) -> list[str]:
    """Return what the comparison shows, a sentence each."""
    others = [one for one in found.overall if one.contender != found.reference]
    said, alike = [], []
    for one in others:
        if one.difference is not None:
            told = _against(found, one)
            if told is None:
                alike.append(f"{one.contender} ({signed(one.difference.mean)})")
            else:
                said.append(told)
    if alike:
        said.append(
            f"Not told apart from {found.reference}, with the difference of areas: "
            + "; ".join(alike)
            + "."
        )
    if not others:
        said.append("There is one contender, so there is nothing to compare it with.")
    if (ranks := found.ranking) is not None:
        best = found.ranked[min(range(len(found.ranked)), key=lambda at: ranks.ranks[at])]
        text = (
            f"Over {ranks.tables} tables the best mean rank is that of {best}; mean ranks that "
            f"differ by less than {ranks.critical_difference:.2f} are not told apart (Nemenyi)."
        )
        if ranks.p is not None:
            verdict = "not all alike" if ranks.p < SURE else "not shown to differ at all"
            text += f" Friedman's test: {verdict} (p {_p(ranks.p)})."
        said.append(text)
    return said


def limits(found: Comparison) -> list[str]:
    """Return what the numbers of tables and seeds do not permit, a sentence each."""
    tables, seeds = len(found.tables), found.seeds
    rivals = max(len(found.overall) - 1, 1)
    said = []
    if tables == 1:
        said.append(
            "One table: there is no test over tables and no rank. What is shown holds for "
            f"{found.tables[0].table} and for nothing else; add tables to the grid."
        )
    else:
        least = 2 / 2**tables
        text = (
            f"{tables} tables: a test over tables cannot give a p below {_least(least)}"
            f"{_corrected(least, rivals)}."
        )
        if least * rivals >= SURE:
            text += " That never reaches .05, so nothing is shown of tables in general."
        said.append(text)
    if seeds == 1:
        said.append(
            "One seed: there is no interval and no test on a table, since nothing tells a "
            "difference from chance; set 'seeds' to 10."
        )
    else:
        least = 2 / 2**seeds
        text = (
            f"{seeds} seeds: on one table the paired test cannot give a p below {_least(least)}"
            f"{_corrected(least, rivals)}."
        )
        if least * rivals >= SURE:
            text += " That never reaches .05, so no difference on a single table is shown."
        if seeds < FEW_SEEDS:
            text += " Bootstrap intervals of so few values are too narrow."
        said.append(text)
    missing = [one.contender for one in found.overall if one.contender not in found.ranked]
    if missing:
        said.append(f"Not played on every table, so without a rank: {', '.join(missing)}.")
    if any(one.supervised is None for one in found.tables):
        said.append(
            "Not measured for every table: what all labels give. Set 'supervised: true' in the "
            "grid and simulate again."
        )
    said.append(
        "Seeds hold out other entities of the same table, so intervals over seeds speak of that "
        "table only; only tests over tables speak of other tables, and of tables like these."
    )
    return said


def short(value: float | None, digits: int = 3) -> str:
    """Write a number; a dash where there is none."""
    return "\N{EN DASH}" if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Write a difference; a dash where there is none."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def with_interval(one: Interval | None, *, differs: bool = False) -> str:
    """Write a mean and its interval, where there is one; a difference with its sign."""
    write = signed if differs else short
    if one is None or one.low is None:
        return write(None if one is None else one.mean)
    return f"{write(one.mean)} [{write(one.low)}, {write(one.high)}]"


def _against(found: Comparison, one: Overall) -> str | None:
    """Say that a contender differs from the reference; None where that is not shown."""
    assert one.difference is not None
    mean = one.difference.mean
    where = f"on {one.difference.count} tables" if one.difference.count > 1 else "on the one table"
    by = f"by {abs(mean):.3f} area {where} (worst table {signed(one.worst)})"
    direction = "better" if mean > 0 else "worse"
    p_tables, p_runs = one.p_tables_holm, one.p_runs_holm
    if p_tables is not None and p_tables < SURE:
        return (
            f"{one.contender} is {direction} than {found.reference} {by}, and so it is to be "
            f"expected of tables like these (p {_p(p_tables)} over tables, Holm)."
        )
    if p_runs is not None and p_runs < SURE:
        return (
            f"{one.contender} is {direction} than {found.reference} {by}; that is more than "
            f"chance on these tables (p {_p(p_runs)} over runs, Holm), but not shown for others."
        )
    return None


def _corrected(least: float, rivals: int) -> str:
    return f" ({_least(min(1.0, least * rivals))} after Holm's correction)" if rivals > 1 else ""


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {_least(value)}"


def _least(value: float) -> str:
    return f"{value:.2g}".removeprefix("0") if value < 1 else "1"
