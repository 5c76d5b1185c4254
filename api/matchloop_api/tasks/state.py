"""The checkpoint of a run: its facts, its files and the time that it has worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A parsed checkpoint.

    Parameters
    ----------
    facts
        What the code of the run stored.
    outputs
        Every file that the run has begun to write; named before it appears.
    worked_s
        Seconds of work so far; a few seconds off if a worker was killed.
    excused
        Attempts that ended because their worker stopped; they do not count as failed.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    worked_s: float = 0.0
    excused: int = 0

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Kept:
        """Parse the checkpoint of a row."""
        return cls(
            facts=dict(checkpoint.get("facts", {})),
            outputs=tuple(checkpoint.get("outputs", ())),
            worked_s=float(checkpoint.get("worked_s", 0.0)),
            excused=int(checkpoint.get("excused", 0)),
        )

    def as_checkpoint(self) -> Mapping[str, Any]:
        """Return the checkpoint to store in the row."""
        return {
            "facts": dict(self.facts),
            "outputs": list(self.outputs),
            "worked_s": round(self.worked_s, 3),
            "excused": self.excused,
        }

    def with_outputs(self, uris: Iterable[str]) -> Kept:
        """Return a copy with more files named."""
        return replace(self, outputs=tuple(dict.fromkeys((*self.outputs, *uris))))
