"""Outlook: expected worth of the next questions, and whether to stop."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from matchloop.active_learning.stopping.base import Checkpoint, Progress, StoppingRule, Verdict
from matchloop.active_learning.stopping.changed import Changed
from matchloop.active_learning.stopping.forecasting import Forecast, forecast

__all__ = ["Outlook", "look_ahead"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected worth of the next questions, and the advice to stop or go on.

    Parameters
    ----------
    stop
        Whether more labels are advised against.
    why
        The reason in a short clause.
    change
        Share of the predicted pairs that the next questions are expected to change. None where the
        labels are of one round, so that no change is known yet.
    checkpoints
        One checkpoint per known round, the present one last.
    changed
        Answers to the pairs that the labels had changed; None where none was answered.
    """

    stop: bool
    why: str
    change: Forecast | None
    checkpoints: tuple[Checkpoint, ...]
    changed: Changed | None = None

    def line(self) -> str:
        """Return the advice in one line."""
        advice = f"{'labels enough' if self.stop else 'go on labelling'}: {self.why}"
        if self.changed is not None:
            advice = f"{advice}; {self.changed.line()}"
        if self.change is None:
            return advice
        expected, low, high = (
            f"{100 * share:.2g}"
            for share in (self.change.expected, self.change.low, self.change.high)
        )
        return (
            f"{advice}; these questions are expected to change {expected} % of the predicted pairs "
            f"({low} to {high})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; None for what is not known."""
        values = asdict(self)
        for point in values["checkpoints"]:
            point["agreement"] = None if math.isnan(point["agreement"]) else point["agreement"]
        values["checkpoints"] = list(values["checkpoints"])
        values["changed"] = None if self.changed is None else self.changed.to_dict()
        return values


def look_ahead(
    progress: Progress, rule: StoppingRule, rows: int, changed: Changed | None = None
) -> Outlook:
    """Judge the progress and forecast what the next questions change.

    Parameters
    ----------
    progress
        Checkpoints and labels so far.
    rule
        The rule that decides whether to stop.
    rows
        How many rows the next questions hold; 0 where nothing is left to ask.
    changed
        Answers to the pairs that the labels had changed. While labels are wrong there more often
        than right, no rule stops.
    """
    checkpoints = progress.checkpoints
    if rows == 0:
        return Outlook(True, "nothing is left to ask", None, checkpoints, changed)
    if not progress.is_ready:
        lacking = Verdict(False, "the labels do not hold both a match and a non-match yet")
        return Outlook(lacking.stop, lacking.why, None, checkpoints)
    verdict = rule.verdict(progress)
    stop = verdict.stop and not (changed is not None and changed.is_worse)
    return Outlook(stop, verdict.why, forecast(checkpoints, rows), checkpoints, changed)
