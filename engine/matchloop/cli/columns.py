"""Print figures in columns on stdout, each as wide as its widest cell."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["print_columns", "tell"]


def tell(line: str = "") -> None:
    """Print a line of the result, on stdout."""
    sys.stdout.write(f"{line}\n")


def print_columns(heads: Sequence[str], rows: Sequence[Sequence[str]], *, names: int = 1) -> None:
    """Print rows below their heads; the first columns are names, the others figures.

    Parameters
    ----------
    heads
        The head of each column; no line of heads is printed if all are empty.
    rows
        The values of each row, one per column.
    names
        Number of leading columns that hold names; these are aligned to the left.
    """
    lines = [heads, *rows] if any(heads) else rows
    widths = [max(len(row[at]) for row in lines) for at in range(len(heads))]
    for row in lines:
        cells = [
            cell.ljust(width) if at < names else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        tell("  ".join(cells).rstrip())
