"""Stop when further rounds no longer change which pairs match."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop.active_learning.stopping.base import Progress, Verdict
from matchloop.errors import UsageError

__all__ = ["Plateau"]


@dataclass(frozen=True, slots=True)
class Plateau:
    """Stop when the predicted pairs have stayed the same for some rounds.

    The defaults are strict on purpose; :class:`Combined` sets those that benchmarks/stopping.py
    chose.

    Parameters
    ----------
    at_least
        Agreement (Jaccard) from which the pairs of two rounds count as the same, in (0, 1].
    times
        Number of rounds in a row without a change.
    """

    at_least: float = 0.99
    times: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.at_least <= 1 or self.times < 1:
            raise UsageError(
                f"agreement of {self.at_least} for {self.times} rounds cannot be waited for; "
                "give a share up to 1 and at least 1 round"
            )

    def verdict(self, progress: Progress) -> Verdict:
        """Count the latest rounds in a row without a change and compare them with the limit."""
        still = 0
        for point in reversed(progress.checkpoints):
            if not point.is_compared or point.agreement < self.at_least:
                break
            still += 1
        if not progress.now.is_compared:
            return Verdict(False, "no earlier round is known to compare with")
        if still >= self.times:
            rounds = "round" if still == 1 else f"{still} rounds"
            return Verdict(True, f"the last {rounds} changed less than {1 - self.at_least:.0%}")
        changed = 1 - progress.now.agreement
        return Verdict(False, f"the last round changed {changed:.1%} of the predicted pairs")
