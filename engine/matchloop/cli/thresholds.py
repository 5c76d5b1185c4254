"""Print the table of thresholds, on stdout."""

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
        The groups at each threshold, and their measured quality.
    used
        The threshold of the matching itself.
    verdict
        Whether the model expects what was measured.
    """
    heads = ["threshold", "pairs joined", "groups", "expected precision", "expected recall"]
    expected = [row.expected for row in rows]
    lines = [
        [f"{quality.threshold:.2g}", f"{quality.pairs:,}", f"{quality.groups:,}"]
        + [f"{quality.precision:.3f}", f"{quality.recall:.3f}"]
        for quality in expected
    ]
    measured = [(row.precision, row.recall) for row in rows]
    if any(precision is not None for precision, _ in measured):
        heads += ["measured precision", "measured recall"]
        lines = [
            [*line, *(_shown(estimate) for estimate in both)]
            for line, both in zip(lines, measured, strict=True)
        ]
    print_columns(heads, lines, names=0)
    best = max(expected, key=lambda quality: quality.f1)
    tell(f"this matching groups from {used:.2g}; highest expected F1 at {best.threshold:.2g}")
    if verdict:
        tell(verdict)
    tell(EXPECTED)


def _shown(estimate: Interval | None) -> str:
    if estimate is None:
        return ""
    exact = estimate.low == estimate.high
    return f"{estimate.value:.3f}" + (
        "" if exact else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    )
