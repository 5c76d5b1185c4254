"""Promotion: compare two models on the same records, and refuse the new one by rules."""

from matchloop.quality.promotion.changes import GroupChanges, changes_table, compare_groups
from matchloop.quality.promotion.contested import Contested, contested, questions_about
from matchloop.quality.promotion.differences import Difference, against_labels, against_truth
from matchloop.quality.promotion.evidence import evidence_in
from matchloop.quality.promotion.rules import Refusal, Rule, refusals, values_for_rules

__all__ = [
    "Contested",
    "Difference",
    "GroupChanges",
    "Refusal",
    "Rule",
    "against_labels",
    "against_truth",
    "changes_table",
    "compare_groups",
    "contested",
    "evidence_in",
    "questions_about",
    "refusals",
    "values_for_rules",
]
