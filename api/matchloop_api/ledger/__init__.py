"""The label ledger of a transform: all label imports and answers, and the resulting labels."""

from matchloop_api.ledger.entries import entry_tables, live_entries, rows_of, undone_by
from matchloop_api.ledger.labels import LabelStatus, current_labels, label_status, labels_apart
from matchloop_api.ledger.writing import add_entry, undo

__all__ = [
    "LabelStatus",
    "add_entry",
    "current_labels",
    "entry_tables",
    "label_status",
    "labels_apart",
    "live_entries",
    "rows_of",
    "undo",
    "undone_by",
]
