"""Label checks: find suspect labels, contradictions, repeats and leaks in label files.

:mod:`matchloop.quality.sampled_audit` is something else: it estimates the quality of a *matching*
from questions drawn at random. This package examines the *labels*.
"""

from matchloop.quality.label_checks.checks import CHECKS, Check
from matchloop.quality.label_checks.contradictions import (
    Contradiction,
    find_contradictions,
    questions_about,
)
from matchloop.quality.label_checks.doubts import doubted_sets, label_doubts
from matchloop.quality.label_checks.label_check import LabelCheck, check_labels
from matchloop.quality.label_checks.label_files import FileSet, LabelFiles
from matchloop.quality.label_checks.noise import NoiseTest, noise_test
from matchloop.quality.label_checks.prior import prior_of
from matchloop.quality.label_checks.teaching import TaughtBy, taught_by

__all__ = [
    "CHECKS",
    "Check",
    "Contradiction",
    "LabelFiles",
    "FileSet",
    "LabelCheck",
    "NoiseTest",
    "TaughtBy",
    "check_labels",
    "doubted_sets",
    "label_doubts",
    "find_contradictions",
    "questions_about",
    "prior_of",
    "noise_test",
    "taught_by",
]
