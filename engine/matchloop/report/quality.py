"""The data of the quality page, and its rendering."""

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
"""Columns shown side by side; more are shown one below the other, so none is cut off. By width."""

FEW = 50
"""Answers below which a calibration chart is mostly noise: about four a bin. A convention."""

ROOM = 0.02
"""Difference of counted and expected precision that the page still accepts; a convention."""

BELOW = 40
"""Columns of a pair that the page shows; a convention."""


@dataclass(frozen=True, slots=True)
class WrongPair:
    """A pair on which the groups and the answer differ.

    Parameters
    ----------
    together
        Whether the groups join it; the answer is the opposite.
    probability
        Its match probability; None where there is none.
    left, right
        Key and values of the two records, by column.
    differing
        Columns whose normalized values differ.
    compared
        Whether it is a candidate pair; None where the groups came without scores.
    """

    together: bool
    probability: float | None
    left: Mapping[str, str | None]
    right: Mapping[str, str | None]
    differing: tuple[str, ...] = ()
    compared: bool | None = None

    @property
    def error(self) -> str:
        """The kind of error, in two words."""
        return "wrongly together" if self.together else "wrongly apart"

    @property
    def is_wide(self) -> bool:
        """Whether the columns are too many to show side by side."""
        return len(self.left) > BESIDE

    @property
    def shown(self) -> tuple[str, ...]:
        """Columns on the page, in table order; where not all fit, differing ones come first."""
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
    """Expected and measured quality at one threshold.

    Parameters
    ----------
    expected
        The groups at the threshold and their expected quality.
    precision, recall
        Measured against the truth or by a sampled audit; None without either.
    """

    expected: ThresholdQuality
    precision: Interval | None = None
    recall: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        measured = {"precision": self.precision, "recall": self.recall}
        return {
            **self.expected.to_dict(),
            **{
                name: asdict(interval)
                for name, interval in measured.items()
                if interval is not None
            },
        }


@dataclass(frozen=True, eq=False)
class QualityReport:
    """The data of the quality page.

    Parameters
    ----------
    title, subtitle
        Heading, and one sentence on what is measured and how.
    tiles
        Figures at the top.
    figures
        All figures: name, value, interval or the reason why there is none.
    curve
        Precision and recall by threshold.
    calibration
        Mean probability and share of matches, by bin.
    wrong
        Wrong pairs.
    importances
        Share of each column in the decisions.
    notes
        Caveats, a sentence each.
    made_with
        Versions and seed, for the foot of the page.
    thresholds
        Quality at several thresholds.
    threshold
        Threshold of the groups; None where it is not known.
    warning
        A caveat that the page shows above all figures.
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
        """Whether the curve is estimated, with a band, rather than counted from the truth."""
        return any(point.precision.low < point.precision.high for point in self.curve)

    @property
    def few_answers(self) -> int:
        """Answers behind the calibration where they are fewer than :data:`FEW`, else 0."""
        answers = sum(bin_.pairs for bin_ in self.calibration)
        is_estimated = any(bin_.share.width for bin_ in self.calibration)
        return answers if is_estimated and answers < FEW else 0

    @property
    def expectation(self) -> str:
        """A sentence that compares expected with measured precision; empty without the latter."""
        if self.threshold is None or not self.thresholds_measured:
            return ""
        own = self.threshold
        nearest = min(self.thresholds, key=lambda row: abs(row.expected.threshold - own))
        expected, measured = nearest.expected.precision, nearest.precision
        if measured is None:
            return ""
        is_counted = measured.width == 0
        room = ROOM if is_counted else 0.0
        measurement = f"{measured.value:.3f} was measured" + (
            "" if is_counted else f" ({measured.low:.3f} to {measured.high:.3f})"
        )
        sentence = (
            f"From {own:.2g} on the model expects a precision of {expected:.3f}; {measurement}"
        )
        if expected > measured.high + room:
            return f"{sentence}. Its probabilities are too high: choose by the measured figures."
        if expected < measured.low - room:
            return f"{sentence}. Its probabilities are too low: choose by the measured figures."
        return f"{sentence}."

    @property
    def thresholds_measured(self) -> bool:
        """Whether any threshold has measured figures."""
        return any(row.precision is not None for row in self.thresholds)

    def to_dict(self) -> dict[str, Any]:
        """Return curve, thresholds, calibration, wrong pairs and importances as plain values."""
        return {
            "curve": [asdict(point) for point in self.curve],
            "threshold": self.threshold,
            "thresholds": [row.to_dict() for row in self.thresholds],
            "calibration": [asdict(bin_) for bin_ in self.calibration],
            "wrong": [{"error": pair.error, **asdict(pair)} for pair in self.wrong],
            "column_importances": dict(self.importances),
            "notes": list(self.notes),
        }


def render_quality(report: QualityReport) -> str:
    """Return the page as self-contained HTML without a script.

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
    """Write the page atomically.

    Raises
    ------
    MissingExtra
        jinja2 or matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    write_filled(render_quality(report), path)
