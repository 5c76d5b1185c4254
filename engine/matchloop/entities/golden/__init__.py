"""Golden rows: one row per group, each value chosen by a rule and traced to its record."""

from matchloop.entities.golden.checking import check_rules
from matchloop.entities.golden.files import parse_golden_rules, read_golden_rules
from matchloop.entities.golden.rows import GoldenRows, golden_rows
from matchloop.entities.golden.rules import RULES, GoldenRules, Order, Rule, Together

__all__ = [
    "RULES",
    "GoldenRows",
    "GoldenRules",
    "Order",
    "Rule",
    "Together",
    "check_rules",
    "golden_rows",
    "parse_golden_rules",
    "read_golden_rules",
]
