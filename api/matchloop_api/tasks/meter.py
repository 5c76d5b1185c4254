"""The progress of a run, from the stages that it reports."""

from __future__ import annotations

import time
from collections.abc import Mapping

from matchloop_api.store import Progress, RunType

__all__ = ["WEIGHTS", "Meter"]

_MATCHING = {"read": 5.0, "block": 25.0, "learn": 10.0, "compare and score": 45.0}

WEIGHTS: Mapping[RunType, Mapping[str, float]] = {
    RunType.LABELING_SET_GENERATION: {**_MATCHING, "choose questions": 10.0, "write": 5.0},
    RunType.EVALUATION: _MATCHING,
    RunType.FIND_MATCHES: {**_MATCHING, "group": 10.0, "write": 15.0},
    RunType.IMPORT_LABELS: {"read": 60.0, "check": 20.0, "write": 20.0},
    RunType.EXPORT_LABELS: {"read": 50.0, "write": 50.0},
    RunType.CRAWL: {"crawl": 100.0},
    RunType.LABEL_AUDIT: {"read": 5.0, "block": 35.0, "judge labels": 30.0, "value labels": 30.0},
    RunType.LABEL_AGREEMENT: {"read": 20.0, "compare": 80.0},
    RunType.AUDIT_DRAW: {**_MATCHING, "choose questions": 10.0, "write": 5.0},
    RunType.HONEST_QUALITY: {**_MATCHING, "group": 10.0, "estimate": 10.0},
}
"""What share of a run's time each stage is thought to take; a stage not named here takes none."""

_LEAST_PERCENT = 2.0
_LEAST_S = 1.0


class Meter:
    """Turns stages into per cent and time left; the per cent never falls.

    Parameters
    ----------
    run_type
        The type of the run.
    """

    def __init__(self, run_type: RunType) -> None:
        self._weights = WEIGHTS[run_type]
        self._whole = sum(self._weights.values())
        self._done: dict[str, float] = {}
        self._stage = ""
        self._pairs = 0
        self._percent = 0.0
        self._begun = time.monotonic()

    def on_stage(self, stage: str, fraction: float) -> None:
        """Record a stage and its progress; all stages before it in the list count as done."""
        if stage in self._weights:
            for earlier in self._weights:
                if earlier == stage:
                    break
                self._done[earlier] = 1.0
            bounded = min(1.0, max(0.0, fraction))
            self._done[stage] = max(self._done.get(stage, 0.0), bounded)
            done = sum(self._weights[name] * share for name, share in self._done.items())
            self._percent = max(self._percent, min(99.0, 100.0 * done / self._whole))
        self._stage = stage

    def compared(self, pairs: int) -> None:
        """Record how many pairs were compared so far."""
        self._pairs = max(self._pairs, pairs)

    def read(self) -> Progress:
        """Return the progress of the run now."""
        spent = time.monotonic() - self._begun
        left = None
        if self._percent >= _LEAST_PERCENT and spent >= _LEAST_S:
            left = round(spent * (100.0 - self._percent) / self._percent, 1)
        return Progress(
            percent=round(self._percent, 1), stage=self._stage, pairs=self._pairs, left_s=left
        )
