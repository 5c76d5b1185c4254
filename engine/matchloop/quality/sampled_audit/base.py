"""Results of a sampled audit: estimates with intervals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["HonestQuality", "Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval.

    Parameters
    ----------
    value
        The estimate.
    low, high
        The ends of its 95 % interval.
    """

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    def covers(self, truth: float) -> bool:
        """Return whether the interval includes a value."""
        return self.low - 1e-12 <= truth <= self.high + 1e-12

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class HonestQuality:
    """Quality of groups, estimated from a sampled audit.

    Parameters
    ----------
    precision, recall, f1
        Quality over every pair that could match, with those that blocking missed.
    reached_recall, reached_f1
        The same over the pairs that blocking finds at up to twice its effort. ``recall`` and
        ``f1`` rest on an assumption about the other pairs; these do not.
    blocking_recall
        Share of the matches that are candidate pairs.
    bcubed_precision
        Mean over records of the share of a record's group that is of its entity (Bagga and
        Baldwin 1998). None where groups have several records of one source, because such pairs
        are never asked. B-cubed recall has no estimate: pairs do not reveal the size of entities.
    matches
        Number of matches in the whole table.
    predicted
        Number of pairs that the groups join; it is counted.
    asked, answered
        Number of drawn pairs, and of those with an answer.
    told
        Number of pairs with a training label; these are counted, not estimated.
    notes
        Caveats, a sentence each.
    """

    precision: Interval
    recall: Interval
    f1: Interval
    reached_recall: Interval
    reached_f1: Interval
    blocking_recall: Interval
    bcubed_precision: Interval | None
    matches: Interval
    predicted: int
    asked: int
    answered: int
    told: int
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return {**asdict(self), "notes": list(self.notes)}
