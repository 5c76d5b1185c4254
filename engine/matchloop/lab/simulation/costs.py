"""What answers cost, on any axis: stored events can be put on another one afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["AXES", "CostModel", "Effort", "effort_of"]

AXES = ("labels", "questions", "rows", "decisions", "seconds", "money")
"""What a curve can be drawn over."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What has been spent.

    Parameters
    ----------
    questions
        Sets that were answered.
    rows
        Rows that were read.
    labels
        Pairs that the answers speak of, ``n (n - 1) / 2`` for a set of n labelled rows.
    decisions
        Pairs that must be judged to group a set, the others following: ``n - g + g (g - 1) / 2``
        for n rows in g groups.
    price
        Money asked by whoever answered.
    seconds
        Time that those took who were timed; 0 where nobody was.
    """

    questions: int = 0
    rows: int = 0
    labels: int = 0
    decisions: int = 0
    price: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Effort) -> Effort:
        """Spend more."""
        return Effort(
            self.questions + other.questions,
            self.rows + other.rows,
            self.labels + other.labels,
            self.decisions + other.decisions,
            self.price + other.price,
            self.seconds + other.seconds,
        )


def effort_of(labels: tuple[str | None, ...], price: float = 0.0, seconds: float = 0.0) -> Effort:
    """Return what one answered set has cost.

    Parameters
    ----------
    labels
        One per row; None for a row without an answer, which was read all the same.
    price, seconds
        What the answer cost, in money and time.
    """
    given = [label for label in labels if label is not None]
    rows, groups = len(given), len(set(given))
    return Effort(
        questions=1,
        rows=len(labels),
        labels=rows * (rows - 1) // 2,
        decisions=rows - groups + groups * (groups - 1) // 2,
        price=price,
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class CostModel:
    """Seconds and money of an answer, where nobody measured them.

    The default seconds are assumptions, not measurements: a row of five short columns is read in
    three seconds, a pair once read is judged in one, and a new question costs four to turn to. What
    they decide is only how sets compare with pairs; set them to what your own people take.

    Parameters
    ----------
    per_row, per_decision, per_question
        Seconds to read a row, to judge a pair, and to turn to a question.
    per_hour
        Money for an hour of answering, beyond the prices that answers had themselves.
    """

    per_row: float = 3.0
    per_decision: float = 1.0
    per_question: float = 4.0
    per_hour: float = 20.0

    def on(self, axis: str, spent: Effort) -> float:
        """Return what was spent on one of :data:`AXES`; measured seconds go before reckoned ones.

        Parameters
        ----------
        axis
            One of :data:`AXES`.
        spent
            What answers took.
        """
        seconds = spent.seconds or float(
            np.dot(
                (self.per_row, self.per_decision, self.per_question),
                (spent.rows, spent.decisions, spent.questions),
            )
        )
        if axis == "seconds":
            return seconds
        if axis == "money":
            return spent.price + self.per_hour * seconds / 3600
        return float(getattr(spent, axis))
