"""The code of each type of run: one file and one line of the table each."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop_api.store import RunType
from matchloop_api.tasks.kinds.audit_draw import audit_draw
from matchloop_api.tasks.kinds.crawl import crawl
from matchloop_api.tasks.kinds.evaluate import evaluate
from matchloop_api.tasks.kinds.export_labels import export_labels
from matchloop_api.tasks.kinds.find_matches import find_matches
from matchloop_api.tasks.kinds.generate import generate
from matchloop_api.tasks.kinds.honest_quality import honest_quality
from matchloop_api.tasks.kinds.import_labels import import_labels
from matchloop_api.tasks.kinds.label_agreement import label_agreement
from matchloop_api.tasks.kinds.label_audit import label_audit
from matchloop_api.tasks.work import Kind

__all__ = ["KINDS"]

KINDS: Mapping[RunType, Kind] = {
    RunType.EVALUATION: evaluate,
    RunType.LABELING_SET_GENERATION: generate,
    RunType.IMPORT_LABELS: import_labels,
    RunType.EXPORT_LABELS: export_labels,
    RunType.FIND_MATCHES: find_matches,
    RunType.CRAWL: crawl,
    RunType.LABEL_AUDIT: label_audit,
    RunType.LABEL_AGREEMENT: label_agreement,
    RunType.AUDIT_DRAW: audit_draw,
    RunType.HONEST_QUALITY: honest_quality,
}
