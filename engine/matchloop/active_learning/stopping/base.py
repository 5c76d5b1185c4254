"""What a stopping rule sees and what it says: the contract of ``matchloop.stopping``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Checkpoint", "Progress", "StoppingRule", "Verdict"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How the matching stood after a round of labels.

    Parameters
    ----------
    labels
        Labelled rows it had learned from.
    predicted
        Candidate pairs whose records it put into one group.
    agreement
        Pairs predicted both now and at the checkpoint before, as a share of those predicted at
        either (Jaccard), in [0, 1]; NaN where no checkpoint before is known.
    doubt
        Mean chance that the model is wrong about the twenty pairs it is least sure of among those
        that can still be asked, in [0, 0.5]; 0 where nothing is left to ask.
    worst_doubt
        The largest such chance.
    expected_f1
        F1 that the model's own probabilities promise for its pairs, in [0, 1].
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
    """All that a rule may see.

    Parameters
    ----------
    checkpoints
        How the matching stood after each round that is known, the present one last; at least one.
    is_ready
        Whether the labels hold a match and a non-match.
    half_width
        Half the width of the interval around an estimate of F1; None where nothing was estimated.
    """

    checkpoints: tuple[Checkpoint, ...]
    is_ready: bool = True
    half_width: float | None = None

    @property
    def now(self) -> Checkpoint:
        """How the matching stands."""
        return self.checkpoints[-1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says.

    Parameters
    ----------
    stop
        Whether more labels are advised against.
    why
        The reason in a short clause, with its numbers.
    """

    stop: bool
    why: str


@runtime_checkable
class StoppingRule(Protocol):
    """Says whether to stop labelling.

    Its parameters are the fields of a frozen dataclass, so that its repr is its configuration.
    """

    def verdict(self, progress: Progress) -> Verdict:
        """Judge the progress so far.

        Parameters
        ----------
        progress
            Never of labels with one answer only: then nobody asks a rule.

        Returns
        -------
        Verdict
            The same progress gives the same verdict.
        """
        ...
