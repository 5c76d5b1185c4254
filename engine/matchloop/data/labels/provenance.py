"""Where a label comes from."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["Provenance"]

_PROVENANCE = pa.schema(
    [
        ("round", pa.int32()),
        ("strategy", pa.string()),
        ("person", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("source", pa.string()),
        ("assisted", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a label comes from; None where that is not known.

    Parameters
    ----------
    round
        Number of the round of questions it answers, from 0.
    strategy
        Name of the strategy that asked.
    person
        Who answered.
    time
        When, as ISO 8601 text with a time zone.
    source
        The file the label was read from.
    assisted
        True when the person saw a suggested grouping, False when the rows came ungrouped.
    """

    round: int | None = None
    strategy: str | None = None
    person: str | None = None
    time: str | None = None
    source: str | None = None
    assisted: bool | None = None

    def repeated(self, count: int) -> pa.Table:
        """Return a table that holds this provenance ``count`` times."""
        values = [
            self.round,
            self.strategy,
            self.person,
            None if self.time is None else pa.scalar(self.time).cast(_PROVENANCE.types[3]).as_py(),
            self.source,
            self.assisted,
        ]
        arrays = [
            pa.repeat(pa.scalar(value, type=kind), count)
            for value, kind in zip(values, _PROVENANCE.types, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=_PROVENANCE)
