"""Put what several people said of the same sets on one HTML page that needs nothing but itself."""

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
"""Disputed sets that the page shows."""

RELIED, DOUBTFUL = 0.8, 0.667
"""Alpha from which labels are relied on, and below which they are not (Krippendorff 2004)."""


@dataclass(frozen=True, slots=True)
class DisputedRow:
    """A row of a set on which people differ.

    Parameters
    ----------
    key, told
        Its key, and its values in one line.
    consensus
        Letter of the group that the people together put it into; None where sides are even.
    groups
        Letter of the group that each person put it into, None where they said nothing. Letters
        are those of the consensus where the groups are nearly the same.
    """

    key: str
    told: str
    consensus: str | None
    groups: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class DisputedSet:
    """A set on which people differ.

    Parameters
    ----------
    name
        The set's id.
    rows
        Its rows, those of one group of the consensus beside each other.
    """

    name: str
    rows: tuple[DisputedRow, ...]


def render_agreement(found: Agreement) -> str:
    """Return the page as HTML: no script, and nothing is loaded from elsewhere.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    """
    return fill_template(
        "matchloop.report",
        "agreement.html.j2",
        found=found,
        told=found.to_dict(),
        people=found.answers.people,
        verdict=_verdict(found.alpha),
        disputed=disputed_sets(found, SHOWN),
        start=_start(found),
        reasons=found.reasons,
    )


def write_agreement(found: Agreement, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_agreement(found), path)


def disputed_sets(found: Agreement, most: int) -> list[DisputedSet]:
    """Return the sets on which people differ most, at most so many."""
    doubt, values = found.disputed, found.answers.values
    values = values.drop_columns([found.answers.key])
    order = [one for one in np.argsort(-doubt, kind="stable").tolist() if doubt[one] > 0]
    return [
        _disputed(found.answers.sets[one], found.consensus.groups[one], values)
        for one in order[:most]
    ]


def _disputed(shown: AnsweredSet, consensus: NDArray[np.int64], values: pa.Table) -> DisputedSet:
    kept = np.unique(consensus[consensus >= 0])
    consensus = np.where(consensus < 0, -1, np.searchsorted(kept, consensus))
    each = [_aligned(said, consensus) for said in shown.groups.T]
    values = values.take(pa.array(shown.rows)).to_pylist()
    order = np.lexsort((np.arange(len(consensus)), np.where(consensus < 0, 10**6, consensus)))
    return DisputedSet(
        shown.name,
        tuple(
            DisputedRow(
                shown.keys[row],
                " · ".join(str(value) for value in values[row].values() if value not in (None, "")),
                _letter(int(consensus[row])),
                tuple(_letter(said[row]) for said in each),
            )
            for row in order.tolist()
        ),
    )


def _aligned(said: NDArray[np.int32], consensus: NDArray[np.int64]) -> list[int]:
    """Number a person's groups like the groups of the consensus that they overlap most."""
    overlaps = Counter((a, b) for a, b in zip(said.tolist(), consensus.tolist(), strict=True))
    number: dict[int, int] = {-1: -1}
    for (own, common), _ in overlaps.most_common():
        if own not in number and common >= 0 and common not in number.values():
            number[own] = common
    unused = int(consensus.max(initial=-1)) + 1
    for own in said.tolist():
        if own not in number:
            number[own], unused = unused, unused + 1
    return [number[own] for own in said.tolist()]


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


def _start(found: Agreement) -> float | None:
    """Return where the scale of people's quality begins, below all intervals; None without any."""
    lows = [
        one.value if one.low is None else one.low
        for person in found.quality
        for one in (person.right, person.found, person.precise)
        if one.value is not None
    ]
    return max(0.0, np.floor(10 * min(lows)) / 10 - 0.1) if lows else None
