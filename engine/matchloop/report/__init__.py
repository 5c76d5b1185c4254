"""Self-contained HTML pages of a matching, its quality, label checks and agreement.

Rendering needs the ``plots`` extra.
"""

from matchloop.report.agreement import (
    DisputedRow,
    DisputedSet,
    disputed_sets,
    render_agreement,
    write_agreement,
)
from matchloop.report.describing import (
    counter_evidence,
    describe_decision,
    describe_doubtful,
    describe_largest,
    size_bands,
)
from matchloop.report.differing import Differing
from matchloop.report.explained import ExplainedReport, write_explained
from matchloop.report.label_checks import render_label_checks, write_label_checks
from matchloop.report.matched import (
    DoubtfulGroup,
    LargeGroup,
    MatchedReport,
    SizeBand,
    write_matched_report,
)
from matchloop.report.page import render, write_report
from matchloop.report.profile import render_profile, write_profile
from matchloop.report.quality import (
    QualityReport,
    ThresholdRow,
    WrongPair,
    render_quality,
    write_quality_report,
)
from matchloop.report.report import CurvePoint, ExplainedPair, GroupTable, Report, Tile

__all__ = [
    "CurvePoint",
    "Differing",
    "DisputedRow",
    "DisputedSet",
    "DoubtfulGroup",
    "ExplainedPair",
    "ExplainedReport",
    "GroupTable",
    "LargeGroup",
    "MatchedReport",
    "QualityReport",
    "Report",
    "SizeBand",
    "ThresholdRow",
    "Tile",
    "WrongPair",
    "counter_evidence",
    "describe_decision",
    "describe_doubtful",
    "describe_largest",
    "disputed_sets",
    "render",
    "render_agreement",
    "render_label_checks",
    "render_profile",
    "render_quality",
    "size_bands",
    "write_agreement",
    "write_explained",
    "write_label_checks",
    "write_matched_report",
    "write_profile",
    "write_quality_report",
    "write_report",
]
