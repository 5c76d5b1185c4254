"""Stopping: what the next labels are expected to be worth, and when to stop asking.

One file per rule, all in one table; others add theirs through the entry-point group
``matchloop.stopping``.
"""

from __future__ import annotations

from collections.abc import Callable

from matchloop.active_learning.stopping.base import Checkpoint, Progress, StoppingRule, Verdict
from matchloop.active_learning.stopping.changed import Changed, blank_mark, count_changed, mark_of
from matchloop.active_learning.stopping.checkpoints import agreement, checkpoint
from matchloop.active_learning.stopping.combined import Combined
from matchloop.active_learning.stopping.doubt import MeanDoubt, WorstDoubt
from matchloop.active_learning.stopping.forecasting import Forecast, forecast
from matchloop.active_learning.stopping.outlook import Outlook, look_ahead
from matchloop.active_learning.stopping.past import states
from matchloop.active_learning.stopping.plateau import Plateau
from matchloop.active_learning.stopping.width import Width
from matchloop.registry import lookup

__all__ = [
    "BUILTIN",
    "DEFAULT",
    "GROUP",
    "Changed",
    "Checkpoint",
    "Combined",
    "Forecast",
    "MeanDoubt",
    "Outlook",
    "Plateau",
    "Progress",
    "StoppingRule",
    "Verdict",
    "Width",
    "WorstDoubt",
    "agreement",
    "blank_mark",
    "checkpoint",
    "find_rule",
    "forecast",
    "look_ahead",
    "mark_of",
    "states",
    "count_changed",
]

GROUP = "matchloop.stopping"

BUILTIN: dict[str, Callable[[], StoppingRule]] = {
    "combined": Combined,
    "mean_doubt": MeanDoubt,
    "plateau": Plateau,
    "width": Width,
    "worst_doubt": WorstDoubt,
}
"""Name of each rule and its class."""

DEFAULT = "combined"


def find_rule(name: str | StoppingRule) -> StoppingRule:
    """Return a rule by its name, with its defaults, or the rule itself.

    Raises
    ------
    UnknownName
        No rule has that name; the message lists those that exist.
    """
    return lookup(name, BUILTIN, GROUP)() if isinstance(name, str) else name
