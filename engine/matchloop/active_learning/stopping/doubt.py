"""Stop when the model is sure of everything that could still be asked."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.active_learning.stopping.base import Progress, Verdict
from matchloop.errors import UsageError

__all__ = ["MeanDoubt", "WorstDoubt"]


@dataclass(frozen=True, slots=True)
class MeanDoubt:
    """Stop when the model already answers the next twenty questions with enough certainty.

    Parameters
    ----------
    below
        Mean chance of error below which labelling stops, in (0, 0.5]. The default was chosen with
        the other limits of :class:`Combined`.
    """

    below: float = 0.2

    def __post_init__(self) -> None:
        _check(self.below)

    def verdict(self, progress: Progress) -> Verdict:
        """Compare the mean doubt with the limit."""
        return _verdict(progress.now.doubt, self.below, "the twenty most doubtful pairs")


@dataclass(frozen=True, slots=True)
class WorstDoubt:
    """Stop when the model is sure enough of even the most doubtful pair.

    Parameters
    ----------
    below
        Chance of error below which labelling stops, in (0, 0.5].
    """

    below: float = 0.2

    def __post_init__(self) -> None:
        _check(self.below)

    def verdict(self, progress: Progress) -> Verdict:
        """Compare the largest doubt with the limit."""
        return _verdict(progress.now.worst_doubt, self.below, "the most doubtful pair")


def _check(below: float) -> None:
    if not 0 < below <= 0.5:
        raise UsageError(f"a doubt of {below} cannot be; give more than 0 and at most 0.5")


def _verdict(doubt: float, below: float, of: str) -> Verdict:
    return Verdict(doubt < below, f"the chance of error in {of} is {doubt:.0%}")
