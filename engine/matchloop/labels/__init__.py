"""Labels: which rows of a labelling file belong together, as people said, and who said so."""

from matchloop.labels.checking import check_labels
from matchloop.labels.columns import LABEL, LABELING_SET_ID
from matchloop.labels.labels import Labels
from matchloop.labels.pairs import LabeledPairs
from matchloop.labels.provenance import Provenance
from matchloop.labels.report import LabelReport
from matchloop.labels.sets import AUDIT_SET

__all__ = [
    "AUDIT_SET",
    "LABEL",
    "LABELING_SET_ID",
    "LabelReport",
    "LabeledPairs",
    "Labels",
    "Provenance",
    "check_labels",
]
