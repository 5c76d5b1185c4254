"""Stop when F1 is known precisely enough."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.active_learning.stopping.base import Progress, Verdict
from matchloop.errors import UsageError

__all__ = ["Width"]


@dataclass(frozen=True, slots=True)
class Width:
    """Stop when the interval of an estimated F1 is narrow.

    Parameters
    ----------
    below
        Half the width below which an interval counts as narrow, in (0, 1]. The default was chosen
        with the other limits of :class:`Combined`.
    """

    below: float = 0.03

    def __post_init__(self) -> None:
        if not 0 < self.below <= 1:
            raise UsageError(f"half a width of {self.below} cannot be; give more than 0, up to 1")

    def verdict(self, progress: Progress) -> Verdict:
        """Compare the interval with the limit; without an estimate, go on."""
        if progress.half_width is None:
            return Verdict(False, "F1 was not estimated")
        reason = f"F1 is known to within {progress.half_width:.3f}"
        return Verdict(progress.half_width < self.below, reason)
