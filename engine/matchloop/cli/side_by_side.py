"""Draw the records of a decision side by side in the terminal, what differs first."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from matchloop.report import DoubtfulGroup

__all__ = ["side_by_side"]

NARROWEST = 14
"""Characters of a column of values at least; more records go below."""

LABEL = 16
"""Characters of the name of a column."""

LINES = 3
"""Lines of a value that are shown, about."""

LONGEST = 90
"""Characters that are shown of a name, or of a value that all records share."""


def side_by_side(decision: DoubtfulGroup, width: int) -> RenderableType:
    """Return the records of a decision as columns, numbered as an answer takes them.

    Columns of the table whose values differ come first, a line each, and ``*`` marks a value that
    differs from that of most records. Values that all records share follow in one paragraph.

    Parameters
    ----------
    decision
        The records.
    width
        Characters of a line.
    """
    count = len(decision.keys)
    most = max(2, (width - LABEL) // (NARROWEST + 2))
    panels = -(-count // most)
    each = -(-count // panels)
    parts: list[RenderableType] = []
    for start in range(0, count, each):
        parts += [_panel(decision, range(start, min(start + each, count)), each, width), Text()]
    parts.pop()
    if decision.left_out:
        parts.append(Text(f"{decision.left_out} more columns differ", style="dim"))
    if decision.same:
        shared = " | ".join(
            f"{_clean(name)} {_clean(value)}" for name, value in decision.same.items()
        )
        parts.append(Text(f"same where present: {shared}", style="dim"))
    return Group(*parts)


def _panel(decision: DoubtfulGroup, shown: range, each: int, width: int) -> Table:
    wide = max((width - LABEL) // each - 2, NARROWEST // 2)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", max_width=LABEL - 2, overflow="fold")
    for place in shown:
        group = "" if decision.is_together else f" group {decision.group_of[place]}"
        table.add_column(
            Text(f"{place + 1}{group}"), min_width=min(wide, 8), max_width=wide, overflow="fold"
        )
    table.add_row(Text("key", style="dim"), *(Text(_clean(decision.keys[at])) for at in shown))
    for name, values in decision.differing.items():
        odd = decision.odd[name]
        table.add_row(
            Text(_clean(name)), *(_value(values[at], odd[at], LINES * wide) for at in shown)
        )
    return table


def _value(value: str | None, is_odd: bool, longest: int) -> Text:
    if value is None:
        return Text("missing", style="dim italic")
    line = _clean(value, longest - 1)
    return Text(f"*{line}", style="bold yellow") if is_odd else Text(line)


def _clean(value: str, longest: int = LONGEST) -> str:
    """Return a value on one line, without characters that steer a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return line if len(line) <= longest else line[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"
