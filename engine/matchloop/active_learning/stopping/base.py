"""The contract of ``matchloop.stopping``: what a stopping rule gets and what it returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Checkpoint", "Progress", "StoppingRule", "Verdict"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of the matching after a round of labels.

    Parameters
    ----------
    labels
        Labelled rows that the model had learned from.
    predicted
        Candidate pairs whose records are in one group.
    agreement
        Jaccard index of the pairs predicted now and at the checkpoint before, in [0, 1]. NaN where
        no checkpoint before is known.
    doubt
        Mean chance of error over the twenty pairs that the model is least sure of, in [0, 0.5].
        Only pairs that can still be asked count; 0 where nothing is left to ask.
    worst_doubt
        The largest of these chances of error.
    expected_f1
        F1 that the model's own probabilities let expect for its pairs, in [0, 1].
    """

    labels: int
    predicted: int
    agreement: float
    doubt: float
    worst_doubt: float
    expected_f1: float

    @property
    def is_compared(self) -> bool:
        """Whether the checkpoint before it is known."""
        return not math.isnan(self.agreement)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a stopping rule gets to see.

    Parameters
    ----------
    checkpoints
        One checkpoint per known round, the present one last; at least one.
    is_ready
        Whether the labels hold a match and a non-match.
    half_width
        Half the width of the interval of an estimated F1; None where F1 was not estimated.
    """

    checkpoints: tuple[Checkpoint, ...]
    is_ready: bool = True
    half_width: float | None = None

    @property
    def now(self) -> Checkpoint:
        """The present checkpoint."""
        return self.checkpoints[-1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a stopping rule.

    Parameters
    ----------
    stop
        Whether the rule advises against more labels.
    why
        The reason in a short clause, with its numbers.
    """

    stop: bool
    why: str


@runtime_checkable
class StoppingRule(Protocol):
    """Contract of a rule that decides whether to stop labelling.

    Its parameters are the fields of a frozen dataclass, so that its repr is its configuration.
    """

    def verdict(self, progress: Progress) -> Verdict:
        """Judge the progress so far.

        Parameters
        ----------
        progress
            A progress whose labels hold both answers; other progress is judged without a rule.

        Returns
        -------
        Verdict
            The same for the same progress.
        """
        ...
