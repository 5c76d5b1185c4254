"""What an audit says: numbers, each with an interval, or with the reason why it has none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["HonestQuality", "Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and how sure it is.

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
        """How far the ends lie apart."""
        return self.high - self.low

    def covers(self, truth: float) -> bool:
        """Say whether a value lies inside, the ends included."""
        return self.low - 1e-12 <= truth <= self.high + 1e-12

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class HonestQuality:
    """Quality of groups, estimated from questions that were drawn by design.

    Parameters
    ----------
    precision, recall, f1
        Of the pairs that the groups put together, over every pair that could match: those that
        blocking left out are part of it.
    reached_recall, reached_f1
        The same over the pairs alone that blocking, or one of twice the effort, finds. What lies
        beyond is an assumption in ``recall`` and ``f1``, and has no part in these.
    blocking_recall
        Share of the matches that are candidates.
    bcubed_precision
        Mean over records of the share of a record's group that belongs with it (Bagga and Baldwin
        1998). Its recall has no estimate: pairs do not tell how large a true group is. None where
        groups hold several records of one source, of which no pair is asked.
    matches
        Pairs that match in the whole table.
    predicted
        Pairs that the groups put together, counted.
    asked, answered
        Pairs drawn, and those of them with an answer.
    told
        Pairs known from labels that were learned from; these are counted, not estimated.
    notes
        What has to be known to read the numbers, a sentence each.
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
        """Return all figures as plain values."""
        return {**asdict(self), "notes": list(self.notes)}
