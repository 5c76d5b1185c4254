"""Write in sentences which conclusions a comparison allows and which it does not."""

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
"""Unit of each axis."""

METRIC_NAMES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "f1_model": "F1 before grouping",
    "f1_all": "F1 with what blocking lost",
    "recall_all": "recall with what blocking lost",
    "average_precision": "average precision",
}
"""Readable name of each metric."""

SURE = 0.05
"""Level of significance (a convention)."""

FEW_SEEDS = 5
"""Seeds below which bootstrap intervals are marked as too narrow (a convention)."""


def conclusions(comparison: Comparison) -> list[str]:
    """Return what the comparison shows, one sentence per entry."""
    others = [rival for rival in comparison.overall if rival.contender != comparison.reference]
    sentences, alike = [], []
    for rival in others:
        if rival.difference is not None:
            sentence = _against(comparison, rival)
            if sentence is None:
                alike.append(f"{rival.contender} ({signed(rival.difference.mean)})")
            else:
                sentences.append(sentence)
    if alike:
        sentences.append(
            f"Not distinguishable from {comparison.reference}, with the difference of areas: "
            + "; ".join(alike)
            + "."
        )
    if not others:
        sentences.append("There is one contender, so there is nothing to compare it with.")
    if (ranks := comparison.ranking) is not None:
        best = comparison.ranked[min(range(len(comparison.ranked)), key=lambda at: ranks.ranks[at])]
        text = (
            f"Over {ranks.tables} tables the best mean rank is that of {best}; mean ranks that "
            f"differ by less than {ranks.critical_difference:.2f} are not distinguishable "
            "(Nemenyi)."
        )
        if ranks.p is not None:
            verdict = "not all alike" if ranks.p < SURE else "not shown to differ at all"
            text += f" Friedman's test: {verdict} (p {_p(ranks.p)})."
        sentences.append(text)
    return sentences


def limits(comparison: Comparison) -> list[str]:
    """Return what the numbers of tables and seeds do not allow, one sentence per entry."""
    tables, seeds = len(comparison.tables), comparison.seeds
    rivals = max(len(comparison.overall) - 1, 1)
    sentences = []
    if tables == 1:
        sentences.append(
            "One table: there is no test over tables and no rank. What is shown holds for "
            f"{comparison.tables[0].table} and for nothing else; add tables to the grid."
        )
    else:
        least = 2 / 2**tables
        text = (
            f"{tables} tables: a test over tables cannot give a p below {_least(least)}"
            f"{_corrected(least, rivals)}."
        )
        if least * rivals >= SURE:
            text += " That never reaches .05, so nothing is shown of tables in general."
        sentences.append(text)
    if seeds == 1:
        sentences.append(
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
        sentences.append(text)
    missing = [
        rival.contender for rival in comparison.overall if rival.contender not in comparison.ranked
    ]
    if missing:
        sentences.append(f"Not played on every table, so without a rank: {', '.join(missing)}.")
    if any(table.supervised is None for table in comparison.tables):
        sentences.append(
            "Not measured for every table: what all labels give. Set 'supervised: true' in the "
            "grid and simulate again."
        )
    sentences.append(
        "Seeds hold out other entities of the same table, so intervals over seeds speak of that "
        "table only; only tests over tables speak of other tables, and of tables like these."
    )
    return sentences


def short(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash for None."""
    return "\N{EN DASH}" if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Write a difference with its sign, or a dash for None."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def with_interval(estimate: Interval | None, *, differs: bool = False) -> str:
    """Write a mean with its interval if it has one; with ``differs``, each with its sign."""
    write = signed if differs else short
    if estimate is None or estimate.low is None:
        return write(None if estimate is None else estimate.mean)
    return f"{write(estimate.mean)} [{write(estimate.low)}, {write(estimate.high)}]"


def _against(comparison: Comparison, rival: Overall) -> str | None:
    """Return a sentence on how a contender differs from the reference; None if it is not shown."""
    assert rival.difference is not None
    mean = rival.difference.mean
    where = (
        f"on {rival.difference.count} tables" if rival.difference.count > 1 else "on the one table"
    )
    by = f"by {abs(mean):.3f} area {where} (worst table {signed(rival.worst)})"
    direction = "better" if mean > 0 else "worse"
    p_tables, p_runs = rival.p_tables_holm, rival.p_runs_holm
    if p_tables is not None and p_tables < SURE:
        return (
            f"{rival.contender} is {direction} than {comparison.reference} {by}, and so it is to "
            f"be expected of tables like these (p {_p(p_tables)} over tables, Holm)."
        )
    if p_runs is not None and p_runs < SURE:
        return (
            f"{rival.contender} is {direction} than {comparison.reference} {by}; that is more than "
            f"chance on these tables (p {_p(p_runs)} over runs, Holm), but not shown for others."
        )
    return None


def _corrected(least: float, rivals: int) -> str:
    return f" ({_least(min(1.0, least * rivals))} after Holm's correction)" if rivals > 1 else ""


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {_least(value)}"


def _least(value: float) -> str:
    return f"{value:.2g}".removeprefix("0") if value < 1 else "1"
