"""One self-contained HTML page about a matching: needs the ``plots`` extra to be drawn."""

from matchloop.reporting.page import render, write_report
from matchloop.reporting.quality import (
    QualityReport,
    WrongPair,
    render_quality,
    write_quality_report,
)
from matchloop.reporting.report import CurvePoint, ExplainedPair, GroupTable, Report, Tile

__all__ = [
    "CurvePoint",
    "ExplainedPair",
    "GroupTable",
    "QualityReport",
    "Report",
    "Tile",
    "WrongPair",
    "render",
    "render_quality",
    "write_quality_report",
    "write_report",
]
