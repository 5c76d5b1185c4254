"""Whether labels can be trusted: an examination of label files, and which labels taught what.

Not to be taken for :mod:`matchloop.quality.sampled_audit`, which draws questions by design to
estimate how good
a *matching* is. Here the *labels* are examined.
"""

from matchloop.quality.label_checks.audit import LabelAudit, audit_labels
from matchloop.quality.label_checks.checks import CHECKS, Check
from matchloop.quality.label_checks.contradictions import (
    Contradiction,
    find_contradictions,
    questions_about,
)
from matchloop.quality.label_checks.given import GivenLabels, GivenSet
from matchloop.quality.label_checks.guess import guess_of
from matchloop.quality.label_checks.noise import NoiseTest, noise_test
from matchloop.quality.label_checks.teaching import TaughtBy, taught_by

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
]
