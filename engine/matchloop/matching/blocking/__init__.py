"""Blocking: find the candidate pairs among all pairs of a table."""

from matchloop.matching.blocking.candidates import (
    IDENTICAL,
    block,
    expected_pairs,
    mean_candidates,
)
from matchloop.matching.blocking.report import BlockingReport
from matchloop.matching.blocking.user import UserRule

__all__ = [
    "IDENTICAL",
    "BlockingReport",
    "UserRule",
    "block",
    "expected_pairs",
    "mean_candidates",
]
