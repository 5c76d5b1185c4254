"""Rules that refuse a model: ``f1 < -0.01``, ``f1.high < 0``, ``new.precision < 0.9``."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchloop.errors import UsageError
from matchloop.quality.promotion.changes import GroupChanges
from matchloop.quality.promotion.differences import Difference

__all__ = ["Refusal", "Rule", "refusals", "values_for_rules"]

_RULE = re.compile(
    r"\s*(?P<name>[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?)\s*(?P<sign><=|>=|<|>)\s*"
    r"(?P<bound>[+-]?(?:\d+\.?\d*|\.\d+))\s*(?P<percent>%?)\s*"
)
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a new model is refused.

    Parameters
    ----------
    name
        What is looked at: a metric (its difference, new less old), ``new.`` or ``old.`` before it
        (the figure itself), ``.low`` or ``.high`` behind it (the bounds of the difference), or
        ``changed`` (share of records), ``merged``, ``split``, ``joined``, ``parted``.
    sign
        ``<``, ``<=``, ``>`` or ``>=``.
    bound
        The number.
    """

    name: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read a rule.

        Raises
        ------
        UsageError
            It is not of the form NAME SIGN NUMBER.
        """
        found = _RULE.fullmatch(text)
        if found is None:
            raise UsageError(
                f"the rule {text!r} cannot be read; write a figure, a sign and a number, for "
                "example 'f1 < -0.01' or 'changed > 5%'"
            )
        bound = float(found["bound"]) / (100 if found["percent"] else 1)
        return cls(found["name"], found["sign"], bound)

    def holds(self, value: float) -> bool:
        """Say whether a value fulfils the condition."""
        return bool(_SIGNS[self.sign](value, self.bound))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that refuses the new model, and why.

    Parameters
    ----------
    rule
        The rule.
    value
        What it met; None where the figure is not known, which refuses, too.
    reason
        In words.
    """

    rule: str
    value: float | None
    reason: str


def values_for_rules(
    changes: GroupChanges, differences: Sequence[Difference]
) -> dict[str, float | None]:
    """Return all that a rule may look at, by name."""
    values: dict[str, float | None] = {
        "changed": changes.share,
        "merged": changes.merged,
        "split": changes.split,
        "joined": changes.joined,
        "parted": changes.parted,
    }
    for one in differences:
        values[one.metric] = one.difference
        values[f"{one.metric}.low"], values[f"{one.metric}.high"] = one.low, one.high
        values[f"old.{one.metric}"], values[f"new.{one.metric}"] = one.old, one.new
    return values


def refusals(rules: Sequence[Rule], values: Mapping[str, float | None]) -> tuple[Refusal, ...]:
    """Return the rules that refuse.

    Raises
    ------
    UsageError
        A rule looks at something that is not there.
    """
    out = []
    for rule in rules:
        if rule.name not in values:
            hint = "" if "f1" in values else "; metrics need --truth or --labels"
            raise UsageError(
                f"the rule '{rule}' looks at {rule.name!r}; there is {', '.join(values)}{hint}"
            )
        value = values[rule.name]
        if value is None:
            out.append(Refusal(str(rule), None, f"{rule.name} is not known, so it is refused"))
        elif rule.holds(value):
            out.append(Refusal(str(rule), value, f"{rule.name} is {value:.4g}"))
    return tuple(out)
