"""Whether labels can be trusted: an examination of label files, and which labels taught what.

Not to be taken for :mod:`matchloop.auditing`, which draws questions by design to estimate how good
a *matching* is. Here the *labels* are examined.
"""

from matchloop.label_audit.audit import LabelAudit, audit_labels
from matchloop.label_audit.checks import CHECKS, Check
from matchloop.label_audit.contradictions import (
    Contradiction,
    find_contradictions,
    questions_about,
)
from matchloop.label_audit.given import GivenLabels, GivenSet
from matchloop.label_audit.guess import guess_of
from matchloop.label_audit.noise import NoiseTest, noise_test
from matchloop.label_audit.page import write_page
from matchloop.label_audit.teaching import TaughtBy, taught_by

__all__ = [
    "CHECKS",
    "Check",
    "Contradiction",
    "GivenLabels",
    "GivenSet",
    "LabelAudit",
    "NoiseTest",
    "TaughtBy",
    "audit_labels",
    "find_contradictions",
    "questions_about",
    "guess_of",
    "noise_test",
    "taught_by",
    "write_page",
]
