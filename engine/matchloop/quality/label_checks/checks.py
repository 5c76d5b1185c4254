"""The checks of labels, their thresholds, and the result of a check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matchloop.errors import UsageError, some

__all__ = ["CHECKS", "Check", "Rule", "thresholds_of"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A measure of labels and the default threshold of its check.

    Parameters
    ----------
    title
        Description of the measure.
    limit
        Default threshold.
    fails_below
        Whether it fails below the threshold, else above it.
    is_share
        Whether its value is a share, shown in per cent.
    least
        Lowest possible value.
    """

    title: str
    limit: float
    fails_below: bool = False
    is_share: bool = True
    least: float = 0.0


# The thresholds are conventions. That of `noise` is the usual level of a test; false alarms at it
# are in benchmarks/README.md (noise_alarms.py): 0 of 66 on clean labels of eleven tables.
CHECKS: Mapping[str, Rule] = MappingProxyType(
    {
        "noise": Rule("p-value: as noisy as this if the labels were clean", 0.05, True, False),
        "suspects": Rule("labelled rows that are probably in the wrong group", 1.0),
        "contradictions": Rule("groups of labels that cannot all be right", 0, False, False),
        "duplicates": Rule("rows and sets labelled again with another result", 0, False, False),
        "leakage": Rule("pairs for measuring whose answer follows from the others", 0.0),
        "balance": Rule("answers of the rarer kind", 10, True, False),
        "coverage": Rule("share of the range of scores, by candidates, with no label", 0.5),
        "redundant": Rule("labelled pairs whose answer follows from other sets", 0.5),
        "worth": Rule("F1 that the last fifth of the labels brought", -0.1, True, False, -1.0),
    }
)
"""Every check by its name; a threshold is given as ``--fail-on NAME=VALUE``."""


@dataclass(frozen=True, slots=True)
class Check:
    """Result of one check.

    Parameters
    ----------
    name
        One of :data:`CHECKS`.
    value
        The measured value; NaN where it could not be measured.
    interval
        95 % interval; None where there is none.
    why_none
        Reason why the interval or the value is missing; empty otherwise.
    limit
        Threshold.
    failed
        Whether the value is beyond the threshold.
    found
        The finding, in a sentence.
    """

    name: str
    value: float
    interval: tuple[float, float] | None
    why_none: str
    limit: float
    failed: bool
    found: str

    @classmethod
    def of(
        cls,
        name: str,
        value: float,
        sentence: str,
        limits: Mapping[str, float],
        *,
        interval: tuple[float, float] | None = None,
        why_none: str = "",
    ) -> Check:
        """Compare a value with its threshold and return the result."""
        limit = limits[name]
        failed = value < limit if CHECKS[name].fails_below else value > limit
        return cls(name, value, interval, why_none, limit, bool(failed), sentence)

    @property
    def shown(self) -> str:
        """The value as text."""
        return self._text(self.value)

    @property
    def shown_interval(self) -> str:
        """The interval as text, or the reason why it is missing."""
        if self.interval is None:
            return self.why_none
        return f"{self._text(self.interval[0])} to {self._text(self.interval[1])}"

    @property
    def can_fail(self) -> bool:
        """Whether any possible value is beyond the threshold."""
        rule = CHECKS[self.name]
        if rule.fails_below:
            return self.limit > rule.least
        return self.limit < (1.0 if rule.is_share else math.inf)

    @property
    def verdict(self) -> str:
        """The outcome: ``failed``, ``fine``, ``not measured`` or ``no threshold``."""
        if self.failed:
            return "failed"
        if math.isnan(self.value):
            return "not measured"
        return "fine" if self.can_fail else "no threshold"

    @property
    def shown_limit(self) -> str:
        """The threshold as text."""
        if not self.can_fail:
            return "never"
        word = "below" if CHECKS[self.name].fails_below else "above"
        return f"{word} {self._text(self.limit)}"

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "check": self.name,
            "measures": CHECKS[self.name].title,
            "value": self.value,
            "interval": self.interval,
            "why_no_interval": self.why_none,
            "fails": self.shown_limit,
            "limit": self.limit,
            "failed": self.failed,
            "verdict": self.verdict,
            "found": self.found,
        }

    def _text(self, value: float) -> str:
        if math.isnan(value):
            return "not measured"
        if CHECKS[self.name].is_share:
            return f"{100 * value:.1f} %"
        if 0 < value < 0.0005:
            return "below 0.001"
        return f"{value:,.0f}" if value == int(value) else f"{value:.3f}"


def thresholds_of(chosen: Mapping[str, object]) -> dict[str, float]:
    """Return the threshold of every check: the chosen one, or else its default.

    Raises
    ------
    UsageError
        A name is of no check, or a threshold is not a number.
    """
    unknown = [name for name in chosen if name not in CHECKS]
    if unknown:
        raise UsageError(f"no check {some(unknown)}; the checks are {some(CHECKS, len(CHECKS))}")
    limits = {name: rule.limit for name, rule in CHECKS.items()}
    for name, value in chosen.items():
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise UsageError(f"the threshold of {name} is {value!r}; give a number")
        try:
            limits[name] = float(value)
        except ValueError:
            raise UsageError(f"the threshold of {name} is {value!r}; give a number") from None
        if math.isnan(limits[name]):
            raise UsageError(f"the threshold of {name} is {value!r}; give a number")
    return limits
