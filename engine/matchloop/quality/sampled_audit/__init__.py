"""Sampled audit: estimate the quality of a matching from questions drawn at random.

Labels chosen by active learning are a biased sample, so they cannot measure quality. A sampled
audit draws its questions at random inside strata of the score, over every pair that could match.
Its answers are never learned from.
"""

from matchloop.quality.sampled_audit.base import HonestQuality, Interval
from matchloop.quality.sampled_audit.classical import stratified_f1
from matchloop.quality.sampled_audit.curves import (
    CalibrationBin,
    QualityPoint,
    audited_calibration,
    audited_curve,
    known_calibration,
    known_curve,
)
from matchloop.quality.sampled_audit.designs import DESIGNS, AuditState, Design
from matchloop.quality.sampled_audit.draw import AuditDraw, draw_audit
from matchloop.quality.sampled_audit.estimating import quality_of
from matchloop.quality.sampled_audit.population import Population, pairs_inside
from matchloop.quality.sampled_audit.strata import stratify

__all__ = [
    "DESIGNS",
    "AuditDraw",
    "AuditState",
    "CalibrationBin",
    "Design",
    "HonestQuality",
    "Interval",
    "Population",
    "QualityPoint",
    "audited_calibration",
    "audited_curve",
    "draw_audit",
    "known_calibration",
    "known_curve",
    "pairs_inside",
    "quality_of",
    "stratified_f1",
    "stratify",
]
