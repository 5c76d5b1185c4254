"""Draw one explained pair in the terminal: a waterfall from the base to the probability."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from matchloop.matching.explaining import Contribution, Explanation, describe, name_of

__all__ = ["waterfall"]

BAR = 20
"""Characters that stand for the probabilities 0 to 1."""

SHOWN = 60
"""Characters of a value that are shown."""


def waterfall(explanation: Explanation) -> RenderableType:
    """Return what to print for one explained pair.

    Parameters
    ----------
    explanation
        The pair.

    Returns
    -------
    RenderableType
        A table with one row per column, from the base down to the probability, and a closing line.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("0" + " " * (BAR - 2) + "1", no_wrap=True)
    table.add_column(explanation.left_key, overflow="fold", max_width=SHOWN)
    table.add_column(explanation.right_key, overflow="fold", max_width=SHOWN)
    for row in _rows(explanation):
        table.add_row(*row)
    lines: list[RenderableType] = [table]
    if explanation.is_within_source:
        reason = "Both records are of one source: only records of different sources are compared."
        lines.append(Text(reason, style="yellow"))
    elif not explanation.is_candidate:
        reason = "Blocking did not find this pair: it is never matched on its own."
        lines.append(Text(reason, style="yellow"))
    return Group(*lines)


def _rows(explanation: Explanation) -> Iterator[tuple[RenderableType, ...]]:
    level = explanation.base
    yield Text("average pair", style="dim"), f"{level:.3f}", _bar(0.0, level, "dim"), "", ""
    for contribution in explanation.contributions:
        start, level = level, level + contribution.amount
        style = "green" if contribution.amount > 0 else "red"
        if abs(contribution.amount) < 0.0005:
            style = "dim"
        left, right = _values(contribution)
        yield (
            Text(name_of(contribution)),
            Text(
                _signed(contribution.amount) if contribution.is_known else "not known", style=style
            ),
            _bar(start, level, style),
            left,
            right,
        )
    yield (
        Text("probability", style="bold"),
        Text(f"{explanation.probability:.3f}", style="bold"),
        _bar(0.0, explanation.probability, "bold"),
        "",
        "",
    )


def _bar(start: float, stop: float, style: str) -> Text:
    low, high = sorted((min(max(start, 0.0), 1.0), min(max(stop, 0.0), 1.0)))
    first, last = round(low * BAR), round(high * BAR)
    filled = "█" * (last - first) or ("▏" if high > low else "")
    return Text(" " * first + filled, style=style)


def _values(contribution: Contribution) -> tuple[Text, Text]:
    description = describe(contribution)
    if description is not None:
        return Text(_short(description), style="dim"), Text("")
    return _value(contribution.left), _value(contribution.right)


def _value(value: str | None) -> Text:
    return Text("missing", style="dim italic") if value is None else Text(_short(value))


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def _signed(amount: float) -> str:
    text = f"{amount:+.3f}"
    return " 0.000" if text.endswith("0.000") else text
