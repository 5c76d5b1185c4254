"""Tables on which every way to match must give the same bytes, and the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from matchloop import Matcher, Matches, Records, read_records
from matchloop.data.memory import Memory
from matchloop.matching.backends import prepare
from matchloop.matching.backends.spark import on_spark

__all__ = ["DATA", "TABLES", "bytes_of", "check_spark_gives_the_same", "records_of"]

DATA = Path(__file__).parents[3] / "data"

TABLES = ("people.csv", "products_two_shops.csv", "three sources")
"""Duplicates in one table, two linked tables, and three sources with duplicates in the largest."""


def records_of(name: str, memory: Memory | None = None) -> Records:
    """Read one of the tables; other names are files of the data folder without sources."""
    more: Any = {} if memory is None else {"memory": memory}
    if name == "products_two_shops.csv":
        return read_records(DATA / name, key="id", source="shop", **more)
    if name != "three sources":
        return read_records(DATA / name, key="id", **more)
    rows = read_records(DATA / "people.csv", key="id").table.to_pylist()
    rng = np.random.default_rng(0)
    for number, row in enumerate(rows):
        row["source"] = "abc"[number % 3] if number < 200 else "c"
        if rng.random() < 0.2:
            row["surname"] = "Müller"
    return read_records(pa.Table.from_pylist(rows), key="id", source="source", **more)


def bytes_of(matches: Matches) -> tuple[bytes, ...]:
    """Return candidates, their strength, scores, groups and confidence as bytes."""
    scores = matches.scores
    parts = (scores.pairs.left, scores.pairs.right, scores.pairs.strength, scores.probability)
    return tuple(part.tobytes() for part in (*parts, matches.match_id, matches.confidence))


def check_spark_gives_the_same(session: Any, name: str) -> None:
    """Assert that a session gives the bytes of the local engine on a table."""
    records = records_of(name)
    matcher = Matcher().fit(records)
    expected = bytes_of(matcher.find_matches(records))
    found = matcher.find_matches(on_spark(prepare(records), session))
    assert bytes_of(found) == expected, name
