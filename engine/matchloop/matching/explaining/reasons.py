"""What speaks for a match and against it, in the user's words."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.matching.comparing import SWAPPED
from matchloop.matching.explaining.explanation import Contribution, Explanation
from matchloop.matching.explaining.words import describe, name_of

__all__ = ["Reason", "Reasons", "reasons"]

LEAST = 0.005
"""Amount from which a contribution is a reason (a convention: half a percent)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a match, or against it.

    Parameters
    ----------
    name
        The column, or what else is compared.
    words
        What the two records show there.
    amount
        What it adds to the probability.
    """

    name: str
    words: str
    amount: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reasons for a match and against it.

    Parameters
    ----------
    pro, contra
        The strongest first.
    none
        Columns that are no reason, and why: a value that is missing is none.
    """

    pro: tuple[Reason, ...]
    contra: tuple[Reason, ...]
    none: tuple[Reason, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            side: [{"name": each.name, "words": each.words, "amount": each.amount} for each in own]
            for side, own in (("for", self.pro), ("against", self.contra), ("none", self.none))
        }


def reasons(explanation: Explanation) -> Reasons:
    """Return what speaks for a match and against it.

    Parameters
    ----------
    explanation
        The pair; its contributions come in the order of their amounts.
    """
    made = [
        Reason(name_of(part), _words(part, explanation), part.amount)
        for part in explanation.contributions
    ]
    parts = list(zip(made, explanation.contributions, strict=True))
    return Reasons(
        tuple(reason for reason, part in parts if part.is_known and part.amount >= LEAST),
        tuple(reason for reason, part in parts if part.is_known and part.amount <= -LEAST),
        tuple(reason for reason, part in parts if not part.is_known),
    )


def _words(part: Contribution, explanation: Explanation) -> str:
    described = describe(part)
    if not part.is_known:
        return _lacking(part, explanation)
    if described is not None:
        return described
    if _plain(part.left) == _plain(part.right):
        return "the same" if part.amount > 0 else "the same, as in many pairs of other records"
    if part.features.get(SWAPPED):
        return "swapped with the value of another column"
    return "differs less than in most pairs" if part.amount > 0 else "differs"


def _lacking(part: Contribution, explanation: Explanation) -> str:
    keys = [
        key
        for key, value in (
            (explanation.left_key, part.left),
            (explanation.right_key, part.right),
        )
        if value is None or not value.strip()
    ]
    if len(keys) == 1:
        return f"missing in {keys[0]}"
    return "missing in both" if keys else "no value that can be compared"


def _plain(value: str | None) -> str:
    return " ".join((value or "").split()).casefold()
