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
        Name of the tested value. A metric is its difference, new less old; with the prefix
        ``new.`` or ``old.`` it is the value of one model; with the suffix ``.low`` or ``.high``
        it is a bound of the difference. Others are ``changed`` (share of records), ``merged``,
        ``split``, ``joined`` and ``parted``.
    sign
        ``<``, ``<=``, ``>`` or ``>=``.
    bound
        The number to compare with.
    """

    name: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Parse a rule.

        Raises
        ------
        UsageError
            It is not of the form NAME SIGN NUMBER.
        """
        parsed = _RULE.fullmatch(text)
        if parsed is None:
            raise UsageError(
                f"the rule {text!r} cannot be read; write a figure, a sign and a number, for "
                "example 'f1 < -0.01' or 'changed > 5%'"
            )
        bound = float(parsed["bound"]) / (100 if parsed["percent"] else 1)
        return cls(parsed["name"], parsed["sign"], bound)

    def holds(self, value: float) -> bool:
        """Return whether a value fulfils the condition."""
        return bool(_SIGNS[self.sign](value, self.bound))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that refuses the new model, with the reason.

    Parameters
    ----------
    rule
        The rule as text.
    value
        The tested value; None where it is not known, which also refuses.
    reason
        The reason, in words.
    """

    rule: str
    value: float | None
    reason: str


def values_for_rules(
    changes: GroupChanges, differences: Sequence[Difference]
) -> dict[str, float | None]:
    """Return all values that a rule may test, by name."""
    values: dict[str, float | None] = {
        "changed": changes.share,
        "merged": changes.merged,
        "split": changes.split,
        "joined": changes.joined,
        "parted": changes.parted,
    }
    for difference in differences:
        values[difference.metric] = difference.difference
        values[f"{difference.metric}.low"], values[f"{difference.metric}.high"] = (
            difference.low,
            difference.high,
        )
        values[f"old.{difference.metric}"], values[f"new.{difference.metric}"] = (
            difference.old,
            difference.new,
        )
    return values


def refusals(rules: Sequence[Rule], values: Mapping[str, float | None]) -> tuple[Refusal, ...]:
    """Return the rules that refuse the new model.

    Raises
    ------
    UsageError
        A rule names a value that does not exist.
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
