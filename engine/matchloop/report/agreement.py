"""Render the agreement of several annotators as one self-contained HTML page."""

from __future__ import annotations

import os
import string
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.quality.agreement import Agreement, AnsweredSet, Figure
from matchloop.report.templates import fill_template, write_filled

__all__ = ["DisputedRow", "DisputedSet", "disputed_sets", "render_agreement", "write_agreement"]

SHOWN = 10
"""Disputed sets that the page shows; a convention."""

RELIED, DOUBTFUL = 0.8, 0.667
"""Alpha from which labels are relied on, and below which they are not (Krippendorff 2004)."""


@dataclass(frozen=True, slots=True)
class DisputedRow:
    """A row of a set on which annotators differ.

    Parameters
    ----------
    key, shown
        Its key, and its values in one line.
    consensus
        Letter of its group in the consensus; None where the sides are even.
    groups
        Letter of its group by each annotator; None where one gave no answer. A group has the
        letter of the consensus group that it overlaps most.
    """

    key: str
    shown: str
    consensus: str | None
    groups: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class DisputedSet:
    """A set on which annotators differ.

    Parameters
    ----------
    name
        The set's id.
    rows
        Its rows, ordered by their group of the consensus.
    """

    name: str
    rows: tuple[DisputedRow, ...]


def render_agreement(agreement: Agreement) -> str:
    """Return the page as self-contained HTML without a script.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    return fill_template(
        "matchloop.report",
        "agreement.html.j2",
        agreement=agreement,
        figures=agreement.to_dict(),
        people=agreement.answers.annotators,
        verdict=_verdict(agreement.alpha),
        disputed=disputed_sets(agreement, SHOWN),
        start=_start(agreement),
        reasons=agreement.reasons,
    )


def write_agreement(agreement: Agreement, path: str | os.PathLike[str]) -> None:
    """Write the page atomically.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_agreement(agreement), path)


def disputed_sets(agreement: Agreement, most: int) -> list[DisputedSet]:
    """Return the sets on which annotators differ most, the most disputed first.

    Parameters
    ----------
    agreement
        The comparison of the annotators.
    most
        The greatest number of sets to return.
    """
    doubt, values = agreement.disputed, agreement.answers.values
    values = values.drop_columns([agreement.answers.key])
    order = [number for number in np.argsort(-doubt, kind="stable").tolist() if doubt[number] > 0]
    return [
        _disputed(agreement.answers.sets[number], agreement.consensus.groups[number], values)
        for number in order[:most]
    ]


def _disputed(shown: AnsweredSet, consensus: NDArray[np.int64], values: pa.Table) -> DisputedSet:
    kept = np.unique(consensus[consensus >= 0])
    consensus = np.where(consensus < 0, -1, np.searchsorted(kept, consensus))
    each = [_aligned(groups, consensus) for groups in shown.groups.T]
    values = values.take(pa.array(shown.rows)).to_pylist()
    order = np.lexsort((np.arange(len(consensus)), np.where(consensus < 0, 10**6, consensus)))
    return DisputedSet(
        shown.name,
        tuple(
            DisputedRow(
                shown.keys[row],
                " · ".join(str(value) for value in values[row].values() if value not in (None, "")),
                _letter(int(consensus[row])),
                tuple(_letter(groups[row]) for groups in each),
            )
            for row in order.tolist()
        ),
    )


def _aligned(groups: NDArray[np.int32], consensus: NDArray[np.int64]) -> list[int]:
    """Give an annotator's groups the numbers of the consensus groups that they overlap most."""
    overlaps = Counter((a, b) for a, b in zip(groups.tolist(), consensus.tolist(), strict=True))
    number: dict[int, int] = {-1: -1}
    for (own, common), _ in overlaps.most_common():
        if own not in number and common >= 0 and common not in number.values():
            number[own] = common
    unused = int(consensus.max(initial=-1)) + 1
    for own in groups.tolist():
        if own not in number:
            number[own], unused = unused, unused + 1
    return [number[own] for own in groups.tolist()]


def _letter(group: int) -> str | None:
    if group < 0:
        return None
    return string.ascii_uppercase[group] if group < 26 else str(group + 1)


def _verdict(alpha: Figure) -> str:
    if alpha.value is None:
        return "not known"
    low = alpha.value if alpha.low is None else alpha.low
    high = alpha.value if alpha.high is None else alpha.high
    if low >= RELIED:
        return "labels like these are usually relied on"
    if high < DOUBTFUL:
        return "labels like these are usually not relied on"
    return "good enough for a first look, or not enough labels to tell"


def _start(agreement: Agreement) -> float | None:
    """Return the lower end of the quality scale, below all intervals; None without any."""
    lows = [
        figure.value if figure.low is None else figure.low
        for person in agreement.quality
        for figure in (person.right, person.found, person.precise)
        if figure.value is not None
    ]
    return max(0.0, np.floor(10 * min(lows)) / 10 - 0.1) if lows else None
