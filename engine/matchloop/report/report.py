"""What a report tells, as plain data: nothing here knows HTML."""

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
        What it is and how much.
    note
        A few words below it.
    is_biased
        Whether the figure is known to be biased; it is shown small then.
    """

    name: str
    value: str
    note: str = ""
    is_biased: bool = False


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Quality after some labels.

    Parameters
    ----------
    rows
        Labelled rows so far.
    precision, recall, f1
        Of the pairs that the groups put together, each in [0, 1].
    """

    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One group to look at.

    Parameters
    ----------
    match_id
        Its number.
    confidence
        Its match_confidence_score.
    columns
        Names of the columns shown; the first is the key.
    rows
        Values as text, one tuple per record; None where missing.
    verdict
        What the truth says of it, in a few words; empty where no truth is known.
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
        """Return whether a value is not the most frequent one of its column in the group."""
        if column == 0 or self.rows[row][column] is None:
            return False
        seen = Counter(values[column] for values in self.rows if values[column] is not None)
        usual = max(seen, key=lambda value: (seen[value], -list(seen).index(value)))
        return self.rows[row][column] != usual


@dataclass(frozen=True, slots=True)
class ExplainedPair:
    """One pair to look at.

    Parameters
    ----------
    title
        Why it is shown, for example "The most uncertain pair".
    explanation
        What each column adds.
    verdict
        What the truth says; empty where it is not known.
    """

    title: str
    explanation: Explanation
    verdict: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """Everything on the page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on what was done.
    tiles
        Figures at the top.
    curve
        Quality by labelled rows, in order.
    probability
        Of each candidate pair, shape (pairs,).
    is_match
        Whether each of them matches in truth, shape (pairs,); None where not known.
    groups
        Groups to look at.
    pairs
        Explained pairs.
    notes
        What was assumed and what has to be known to read the figures, a sentence each.
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
    made_with: str = field(default="")
