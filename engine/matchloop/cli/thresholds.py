"""The table of thresholds, on stdout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matchloop.cli.columns import print_columns, tell

if TYPE_CHECKING:
    from matchloop.quality.sampled_audit import Interval
    from matchloop.report import ThresholdRow

__all__ = ["EXPECTED", "print_thresholds"]

EXPECTED = (
    "expected precision and recall are computed from the model's probabilities: they are "
    "accurate if these are calibrated, and leave out matches that blocking lost"
)


def print_thresholds(rows: Sequence[ThresholdRow], used: float, verdict: str = "") -> None:
    """Print one row per threshold.

    Parameters
    ----------
    rows
        The groups at each threshold, and what was measured of them.
    used
        The threshold of the matching itself.
    verdict
        Whether the model expects what was measured.
    """
    heads = ["threshold", "pairs joined", "groups", "expected precision", "expected recall"]
    found = [one.expected for one in rows]
    lines = [
        [f"{one.threshold:.2g}", f"{one.pairs:,}", f"{one.groups:,}"]
        + [f"{one.precision:.3f}", f"{one.recall:.3f}"]
        for one in found
    ]
    measured = [(one.precision, one.recall) for one in rows]
    if any(precision is not None for precision, _ in measured):
        heads += ["measured precision", "measured recall"]
        lines = [
            [*line, *(_shown(one) for one in both)]
            for line, both in zip(lines, measured, strict=True)
        ]
    print_columns(heads, lines, names=0)
    best = max(found, key=lambda one: one.f1)
    tell(f"this matching groups from {used:.2g}; highest expected F1 at {best.threshold:.2g}")
    if verdict:
        tell(verdict)
    tell(EXPECTED)


def _shown(one: Interval | None) -> str:
    if one is None:
        return ""
    exact = one.low == one.high
    return f"{one.value:.3f}" + ("" if exact else f" [{one.low:.3f}, {one.high:.3f}]")
