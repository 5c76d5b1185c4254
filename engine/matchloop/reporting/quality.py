"""What a page about quality tells, as plain data, and the page itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from matchloop.auditing import CalibrationBin, QualityPoint
from matchloop.reporting.charts import calibration_chart, precision_recall_chart
from matchloop.reporting.report import Tile
from matchloop.reporting.templates import fill_template, write_filled

__all__ = ["QualityReport", "WrongPair", "render_quality", "write_quality_report"]


@dataclass(frozen=True, slots=True)
class WrongPair:
    """A pair on which the groups and the answer differ.

    Parameters
    ----------
    together
        Whether the groups put it together; the answer says the opposite.
    probability
        Its match probability; None where the pair was never compared.
    left, right
        Key and values of the two records, by column.
    """

    together: bool
    probability: float | None
    left: Mapping[str, str | None]
    right: Mapping[str, str | None]

    @property
    def error(self) -> str:
        """What is wrong, in two words."""
        return "wrongly together" if self.together else "wrongly apart"

    def differs(self, column: str) -> bool:
        """Return whether the two values of a column differ."""
        return self.left[column] != self.right[column]


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

    @property
    def estimated(self) -> bool:
        """Whether the curve is an estimate, with a band, rather than counted from the truth."""
        return any(point.precision.low < point.precision.high for point in self.curve)

    def to_dict(self) -> dict[str, Any]:
        """Return curve, calibration, wrong pairs and importances as plain values."""
        return {
            "curve": [asdict(point) for point in self.curve],
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
        "matchloop.reporting",
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
