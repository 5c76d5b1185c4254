"""Promotion: two models compared on the same records, and rules that refuse the worse one."""

from matchloop.promotion.changes import GroupChanges, changes_table, compare_groups
from matchloop.promotion.contested import Contested, contested, questions_about
from matchloop.promotion.differences import Difference, against_labels, against_truth
from matchloop.promotion.evidence import evidence_in
from matchloop.promotion.rules import Refusal, Rule, refusals, values_for_rules

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
