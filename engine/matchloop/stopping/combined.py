"""The default: stop for whichever reason comes first."""

from __future__ import annotations

from dataclasses import dataclass, field

from matchloop.stopping.base import Progress, StoppingRule, Verdict
from matchloop.stopping.plateau import Plateau
from matchloop.stopping.width import Width

__all__ = ["Combined"]


@dataclass(frozen=True, slots=True)
class Combined:
    """Stop when any of several rules says so.

    Parameters
    ----------
    rules
        Asked in this order; the first that stops gives the reason.
    """

    rules: tuple[StoppingRule, ...] = field(default_factory=lambda: (Plateau(), Width()))

    def verdict(self, progress: Progress) -> Verdict:
        """Return the first verdict that stops, else that of the first rule."""
        verdicts = [rule.verdict(progress) for rule in self.rules]
        return next((one for one in verdicts if one.stop), verdicts[0])
