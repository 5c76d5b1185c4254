"""What a run keeps between attempts: its kind's facts, its files, the time it has worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint, read.

    Parameters
    ----------
    facts
        What the kind kept.
    outputs
        Every file the run has begun to write, named before it appears.
    worked_s
        Seconds of work so far, to within some seconds where a worker was killed.
    excused
        Attempts that ended because their worker was told to stop; they do not count.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    worked_s: float = 0.0
    excused: int = 0

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Kept:
        """Read a row's checkpoint."""
        return cls(
            facts=dict(checkpoint.get("facts", {})),
            outputs=tuple(checkpoint.get("outputs", ())),
            worked_s=float(checkpoint.get("worked_s", 0.0)),
            excused=int(checkpoint.get("excused", 0)),
        )

    def as_checkpoint(self) -> Mapping[str, Any]:
        """Write it for the row."""
        return {
            "facts": dict(self.facts),
            "outputs": list(self.outputs),
            "worked_s": round(self.worked_s, 3),
            "excused": self.excused,
        }

    def with_outputs(self, uris: Iterable[str]) -> Kept:
        """Add files to the named."""
        return replace(self, outputs=tuple(dict.fromkeys((*self.outputs, *uris))))
