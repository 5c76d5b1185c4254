"""The page of a matched table: what the owner sees before anybody has judged it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.report.charts import count_scores, score_chart
from matchloop.report.quality import ThresholdRow
from matchloop.report.report import Tile
from matchloop.report.templates import fill_template, write_filled

__all__ = [
    "DoubtfulGroup",
    "LargeGroup",
    "MatchedReport",
    "SizeBand",
    "short",
    "write_matched_report",
]

LONGEST = 120
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class SizeBand:
    """Groups of some sizes: how many there are, and how many records they hold."""

    sizes: str
    groups: int
    records: int


@dataclass(frozen=True, slots=True)
class DoubtfulGroup:
    """A group, or two that were kept apart, with the records to look at.

    Parameters
    ----------
    groups
        Id of the group, or of the two.
    size
        Records in all.
    probability
        How likely it is that the records belong together.
    keys
        Key of each record shown.
    group_of
        Id of the group of each record shown.
    differing
        Values of each record, by column, for columns in which the records differ.
    odd
        Whether each of these values differs from the one that most of the records have.
    same
        The value that all of them have, or all that have one, by column.
    left_out
        Further columns in which the records differ.
    """

    groups: tuple[int, ...]
    size: int
    probability: float
    keys: tuple[str, ...]
    group_of: tuple[int, ...]
    differing: Mapping[str, Sequence[str | None]]
    odd: Mapping[str, Sequence[bool]]
    same: Mapping[str, str]
    left_out: int = 0

    @property
    def is_together(self) -> bool:
        """Whether the records are in one group."""
        return len(self.groups) == 1

    @property
    def title(self) -> str:
        """What was decided, in a few words."""
        if self.is_together:
            return f"Group {self.groups[0]}: joined"
        return f"Groups {self.groups[0]} and {self.groups[1]}: kept apart"


@dataclass(frozen=True, slots=True)
class LargeGroup:
    """One of the largest groups.

    Parameters
    ----------
    match_id, size
        Its id and its number of records.
    weakest
        Probability of its least certain record; None where its pairs were not compared.
    shared
        Columns that most of its records agree on: the value and the share of the records.
    """

    match_id: int
    size: int
    weakest: float | None
    shared: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, eq=False)
class MatchedReport:
    """Everything on the page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on what was matched.
    tiles
        Figures at the top.
    sizes
        Groups by size.
    thresholds, threshold
        Expected quality by threshold, measured where there is an audit; the one in use.
    probability
        Match probability of the compared pairs.
    doubtful
        The most doubtful decisions.
    largest
        The largest groups.
    assumed
        What was taken for granted, a sentence each.
    against
        What speaks against it, a sentence each.
    commands
        What to do next: a reason and a command each, the most useful first.
    made_with
        The version, for the foot of the page.
    measured
        A sentence on what was measured.
    """

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    sizes: tuple[SizeBand, ...]
    thresholds: tuple[ThresholdRow, ...]
    threshold: float
    probability: NDArray[np.floating]
    doubtful: tuple[DoubtfulGroup, ...]
    largest: tuple[LargeGroup, ...]
    assumed: tuple[str, ...]
    against: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    made_with: str = ""
    measured: str = ""

    @property
    def best_threshold(self) -> float:
        """The threshold of the highest expected F1."""
        return max(self.thresholds, key=lambda row: row.expected.f1).expected.threshold

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of the page as plain values."""
        return {
            "figures": {tile.name: tile.value for tile in self.tiles},
            "sizes": [
                {"sizes": item.sizes, "groups": item.groups, "records": item.records}
                for item in self.sizes
            ],
            "threshold": self.threshold,
            "thresholds": [row.to_dict() for row in self.thresholds],
            "doubtful": [
                {
                    "groups": list(item.groups),
                    "probability": item.probability,
                    "keys": list(item.keys),
                    "differing": sorted(item.differing),
                }
                for item in self.doubtful
            ],
            "largest": [
                {"match_id": item.match_id, "size": item.size, "weakest": item.weakest}
                for item in self.largest
            ],
            "assumed": list(self.assumed),
            "against": list(self.against),
            "commands": [command for _, command in self.commands],
        }


def write_matched_report(report: MatchedReport, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    page = fill_template(
        "matchloop.report",
        "matched.html.j2",
        report=report,
        scores=score_chart(report.probability, None),
        counts=count_scores(report.probability, None),
        most=max((band.records for band in report.sizes), default=1),
        short=short,
    )
    write_filled(page, path)


def short(value: str) -> str:
    """Return a value as a page shows it."""
    if len(value) <= LONGEST:
        return value
    return value[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
