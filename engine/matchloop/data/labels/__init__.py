"""Labels: which rows of a labelling file match according to annotators, and their provenance."""

from matchloop.data.labels.checking import check_labels
from matchloop.data.labels.columns import LABEL, LABELING_SET_ID
from matchloop.data.labels.labels import Labels
from matchloop.data.labels.pairs import LabeledPairs
from matchloop.data.labels.provenance import Provenance
from matchloop.data.labels.report import LabelReport
from matchloop.data.labels.sets import AUDIT_SET, REVIEW_SET

__all__ = [
    "AUDIT_SET",
    "LABEL",
    "LABELING_SET_ID",
    "REVIEW_SET",
    "LabelReport",
    "LabeledPairs",
    "Labels",
    "Provenance",
    "check_labels",
]
