"""The data of a report of a matching; it is independent of HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.explaining import Explanation

__all__ = ["CurvePoint", "ExplainedPair", "GroupTable", "Report", "Tile"]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure at the top of the page.

    Parameters
    ----------
    name, value
        Name of the figure, and the figure as text.
    note
        A few words below it.
    is_biased
        Whether the figure is known to be biased; the page then shows it small.
    """

    name: str
    value: str
    note: str = ""
    is_biased: bool = False


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Quality after a number of labelled rows.

    Parameters
    ----------
    rows
        Labelled rows so far.
    precision, recall, f1
        Of the pairs that the groups join, each in [0, 1].
    """

    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One group, as the page shows it.

    Parameters
    ----------
    match_id
        Its number.
    confidence
        Its ``match_confidence_score``.
    columns
        Names of the columns shown; the first is the key.
    rows
        Values as text, one tuple per record; None where missing.
    verdict
        Its comparison with the truth, in a few words; empty without a truth.
    hidden
        Records of the group that are not shown.
    hidden_columns
        Columns that are not shown.
    """

    match_id: int
    confidence: float
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    verdict: str = ""
    hidden: int = 0
    hidden_columns: int = 0

    def differs(self, row: int, column: int) -> bool:
        """Return whether a value differs from the most frequent one of its column in the group."""
        if column == 0 or self.rows[row][column] is None:
            return False
        seen = Counter(values[column] for values in self.rows if values[column] is not None)
        usual = max(seen, key=lambda value: (seen[value], -list(seen).index(value)))
        return self.rows[row][column] != usual


@dataclass(frozen=True, slots=True)
class ExplainedPair:
    """One explained pair, as the page shows it.

    Parameters
    ----------
    title
        Reason for showing it, for example "The most uncertain pair".
    explanation
        The contribution of each column.
    verdict
        The answer of the truth; empty without a truth.
    """

    title: str
    explanation: Explanation
    verdict: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """The data of the page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on the run.
    tiles
        Figures at the top.
    curve
        Quality by labelled rows, in order.
    probability
        Of each candidate pair, shape (pairs,).
    is_match
        Whether each of them matches in truth, shape (pairs,); None without a truth.
    groups
        Groups to show.
    pairs
        Explained pairs.
    notes
        Assumptions and caveats, a sentence each.
    commands
        What to do next: a reason and a command each.
    made_with
        Versions, seed and time taken, for the foot of the page.
    """

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    curve: tuple[CurvePoint, ...]
    probability: NDArray[np.floating]
    is_match: NDArray[np.bool_] | None = None
    groups: tuple[GroupTable, ...] = ()
    pairs: tuple[ExplainedPair, ...] = ()
    notes: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    made_with: str = field(default="")
