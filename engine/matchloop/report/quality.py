"""What a page about quality tells, as plain data, and the page itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from matchloop.quality.evaluation import ThresholdQuality
from matchloop.quality.sampled_audit import CalibrationBin, Interval, QualityPoint
from matchloop.report.charts import calibration_chart, precision_recall_chart
from matchloop.report.report import Tile
from matchloop.report.templates import fill_template, write_filled

__all__ = ["QualityReport", "ThresholdRow", "WrongPair", "render_quality", "write_quality_report"]


BESIDE = 8
"""Columns that stand beside each other; more stand below each other, so that none is cut off."""

FEW = 50
"""Answers below which a calibration chart is mostly noise: about four to each of its bins."""

ROOM = 0.02
"""How far a counted precision may lie from the expected one before probabilities are called off."""

BELOW = 40
"""Columns of a pair that the page shows."""


@dataclass(frozen=True, slots=True)
class WrongPair:
    """A pair on which the groups and the answer differ.

    Parameters
    ----------
    together
        Whether the groups put it together; the answer says the opposite.
    probability
        Its match probability; None where it is not known.
    left, right
        Key and values of the two records, by column.
    differing
        Columns whose values differ, as the engine reads them.
    compared
        Whether the pair was compared; None where the groups came without scores.
    """

    together: bool
    probability: float | None
    left: Mapping[str, str | None]
    right: Mapping[str, str | None]
    differing: tuple[str, ...] = ()
    compared: bool | None = None

    @property
    def error(self) -> str:
        """What is wrong, in two words."""
        return "wrongly together" if self.together else "wrongly apart"

    @property
    def is_wide(self) -> bool:
        """Whether the columns are too many to stand beside each other."""
        return len(self.left) > BESIDE

    @property
    def shown(self) -> tuple[str, ...]:
        """Columns on the page, in their order: those that differ before those that do not."""
        if len(self.left) <= BELOW:
            return tuple(self.left)
        key, *names = self.left
        kept = sorted(names, key=lambda name: name not in self.differing)[: BELOW - 1]
        return (key, *(name for name in names if name in set(kept)))

    @property
    def hidden(self) -> tuple[str, ...]:
        """Columns that are not on the page."""
        shown = set(self.shown)
        return tuple(name for name in self.left if name not in shown)


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """A threshold, what the model expects there, and what was measured.

    Parameters
    ----------
    expected
        The groups at the threshold and their expected quality.
    precision, recall
        Measured against the truth or by an audit; None where nothing was measured.
    """

    expected: ThresholdQuality
    precision: Interval | None = None
    recall: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        measured = {"precision": self.precision, "recall": self.recall}
        return {
            **self.expected.to_dict(),
            **{name: asdict(one) for name, one in measured.items() if one is not None},
        }


@dataclass(frozen=True, eq=False)
class QualityReport:
    """Everything on the page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on what was measured and how.
    tiles
        Figures at the top.
    figures
        All figures: name, value, interval or the reason why there is none.
    curve
        Precision and recall by threshold.
    calibration
        Probability and share of matches.
    wrong
        Pairs that are wrong.
    importances
        Share of each column in the decisions.
    notes
        What has to be known to read it, a sentence each.
    made_with
        Versions and seed, for the foot of the page.
    thresholds
        Quality at several thresholds.
    threshold
        Match probability from which the groups were formed; None where it is not known.
    warning
        A sentence that has to be read before any figure.
    """

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    figures: tuple[tuple[str, str, str], ...] = ()
    curve: tuple[QualityPoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    wrong: tuple[WrongPair, ...] = ()
    importances: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    made_with: str = ""
    thresholds: tuple[ThresholdRow, ...] = ()
    threshold: float | None = None
    warning: str = ""

    @property
    def estimated(self) -> bool:
        """Whether the curve is an estimate, with a band, rather than counted from the truth."""
        return any(point.precision.low < point.precision.high for point in self.curve)

    @property
    def few_answers(self) -> int:
        """Number of answers behind the calibration, where they are too few to tell; else 0."""
        answers = sum(one.pairs for one in self.calibration)
        is_estimated = any(one.share.width for one in self.calibration)
        return answers if is_estimated and answers < FEW else 0

    @property
    def expectation(self) -> str:
        """Whether the model expects what was measured, in a sentence; empty where nothing was."""
        if self.threshold is None or not self.thresholds_measured:
            return ""
        own = self.threshold
        row = min(self.thresholds, key=lambda one: abs(one.expected.threshold - own))
        expected, measured = row.expected.precision, row.precision
        if measured is None:
            return ""
        is_counted = measured.width == 0
        room = ROOM if is_counted else 0.0
        found = f"{measured.value:.3f} was measured" + (
            "" if is_counted else f" ({measured.low:.3f} to {measured.high:.3f})"
        )
        told = f"From {own:.2g} on the model expects a precision of {expected:.3f}; {found}"
        if expected > measured.high + room:
            return f"{told}. Its probabilities are too high: choose by the measured figures."
        if expected < measured.low - room:
            return f"{told}. Its probabilities are too low: choose by the measured figures."
        return f"{told}."

    @property
    def thresholds_measured(self) -> bool:
        """Whether the table of thresholds also holds measured figures."""
        return any(row.precision is not None for row in self.thresholds)

    def to_dict(self) -> dict[str, Any]:
        """Return curve, thresholds, calibration, wrong pairs and importances as plain values."""
        return {
            "curve": [asdict(point) for point in self.curve],
            "threshold": self.threshold,
            "thresholds": [one.to_dict() for one in self.thresholds],
            "calibration": [asdict(one) for one in self.calibration],
            "wrong": [{"error": pair.error, **asdict(pair)} for pair in self.wrong],
            "column_importances": dict(self.importances),
            "notes": list(self.notes),
        }


def render_quality(report: QualityReport) -> str:
    """Return the page as HTML, its style and charts inside; nothing is loaded from elsewhere.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    """
    return fill_template(
        "matchloop.report",
        "quality.html.j2",
        report=report,
        curve=precision_recall_chart(report.curve) if report.curve else "",
        calibration=calibration_chart(report.calibration) if report.calibration else "",
    )


def write_quality_report(report: QualityReport, path: str | os.PathLike[str]) -> None:
    """Write the page; it appears whole or not at all.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_quality(report), path)
