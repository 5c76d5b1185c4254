"""Where a label comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["REVIEW", "Provenance", "with_strategy"]

REVIEW = "review"
"""Strategy of answers to doubtful decisions, which are no random sample of anything."""

_PROVENANCE = pa.schema(
    [
        ("round", pa.int32()),
        ("strategy", pa.string()),
        ("person", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("source", pa.string()),
        ("assisted", pa.bool_()),
        ("set", pa.string()),
        ("seconds", pa.float64()),
        ("input", pa.string()),
        ("gold", pa.bool_()),
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
    set
        Name of the set on the labelling page. Merging may rename the set id, never this.
    seconds
        Seconds that the person worked on the set, idle time left out.
    input
        How the answer was entered: ``key``, ``mouse``, ``touch`` or ``file``.
    gold
        True when the answer was known beforehand and the set tested the person.
    """

    round: int | None = None
    strategy: str | None = None
    person: str | None = None
    time: str | None = None
    source: str | None = None
    assisted: bool | None = None
    set: str | None = None
    seconds: float | None = None
    input: str | None = None
    gold: bool | None = None

    def repeated(self, count: int) -> pa.Table:
        """Return a table that holds this provenance ``count`` times."""
        values = [
            self.round,
            self.strategy,
            self.person,
            None if self.time is None else pa.scalar(self.time).cast(_PROVENANCE.types[3]).as_py(),
            self.source,
            self.assisted,
            self.set,
            self.seconds,
            self.input,
            self.gold,
        ]
        arrays = [
            pa.repeat(pa.scalar(value, type=kind), count)
            for value, kind in zip(values, _PROVENANCE.types, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=_PROVENANCE)


def with_strategy(table: pa.Table, rows: NDArray[np.bool_], strategy: str) -> pa.Table:
    """Return a table of provenance whose chosen rows name a strategy, where they named none."""
    place = table.schema.get_field_index("strategy")
    column = table.column(place)
    unnamed = pc.and_(pc.is_null(column), pa.array(rows))
    return table.set_column(place, "strategy", pc.if_else(unnamed, pa.scalar(strategy), column))
