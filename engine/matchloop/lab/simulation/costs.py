"""Costs of answers on any axis, computed from stored events also after a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["AXES", "CostModel", "Effort", "effort_of"]

AXES = ("labels", "questions", "rows", "decisions", "seconds", "money")
"""Axes that a curve can be drawn over."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Effort that answers took.

    Parameters
    ----------
    questions
        Answered sets.
    rows
        Rows read.
    labels
        Labelled pairs, ``n (n - 1) / 2`` for a set of n labelled rows.
    decisions
        Pairs that must be judged to group a set, from which the others follow. ``n - g + g (g - 1)
        / 2`` for n rows in g groups.
    price
        Money that the annotators ask.
    seconds
        Measured seconds; 0 where nobody was timed.
    """

    questions: int = 0
    rows: int = 0
    labels: int = 0
    decisions: int = 0
    price: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Effort) -> Effort:
        """Add two efforts."""
        return Effort(
            self.questions + other.questions,
            self.rows + other.rows,
            self.labels + other.labels,
            self.decisions + other.decisions,
            self.price + other.price,
            self.seconds + other.seconds,
        )


def effort_of(labels: tuple[str | None, ...], price: float = 0.0, seconds: float = 0.0) -> Effort:
    """Return the effort of one answered set.

    Parameters
    ----------
    labels
        One per row; None for a row without a label, which was read all the same.
    price, seconds
        Money and seconds of the answer.
    """
    answered = [label for label in labels if label is not None]
    rows, groups = len(answered), len(set(answered))
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
    """Seconds and money of an answer where nobody measured them.

    The default seconds are assumptions, not measurements. A row of five short columns is read in
    three seconds. Judging a pair takes one second, turning to a new question four. They only decide
    how sets compare with pairs; set them to the times of your own annotators.

    Parameters
    ----------
    per_row, per_decision, per_question
        Seconds to read a row, to judge a pair, and to turn to a question.
    per_hour
        Money per hour of answering, in addition to the prices of the answers.
    """

    per_row: float = 3.0
    per_decision: float = 1.0
    per_question: float = 4.0
    per_hour: float = 20.0

    def on(self, axis: str, spent: Effort) -> float:
        """Return the cost on one of :data:`AXES`; measured seconds replace computed ones.

        Parameters
        ----------
        axis
            One of :data:`AXES`.
        spent
            Effort of the answers.
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
