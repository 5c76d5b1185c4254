"""The result is the same under every memory limit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import matchloop as ml
from engine.matching.same_bytes import DATA, bytes_of, records_of
from matchloop.data import memory
from matchloop.data.memory import UNLIMITED, BoundedMemory, Memory
from matchloop.matching.backends import needs, prepare
from matchloop.matching.backends.local import visiting_order
from matchloop.matching.blocking import rules as blocking_rules

pytestmark = pytest.mark.usefixtures("small_forests")

LIMITS = (16 << 20, 32 << 20, 1 << 30)
"""Far below what any process takes, so that every part of a small table waits in a file.

The first cuts these tables into eight ranges, whose pairs make 36 parts.
"""

LEAST = 4 << 20
"""The most ranges, 32, and 528 parts."""


@pytest.fixture(autouse=True)
def _small_values_wait_in_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LEAST", 1)
    monkeypatch.setattr(memory, "LEAST_LIMIT", 1)
    monkeypatch.setattr(needs, "AT_WORK", 0)
    monkeypatch.setattr(needs, "WORKING", 0)
    monkeypatch.setattr(needs, "fit_bytes", lambda _: 0)


def result(name: str, bound: Memory, *, labels: bool) -> tuple[bytes, ...]:
    records = records_of(name, bound)
    prepared = prepare(records)
    known = None
    if labels:
        pairs = prepared.candidates.take(np.argsort(-prepared.candidates.strength)[::20])
        keys = records.keys
        rows = [
            {"labeling_set_id": number, "label": label, "id": keys[int(row)].as_py()}
            for number, (left, right) in enumerate(zip(pairs.left, pairs.right, strict=True))
            for row, label in ((left, "a"), (right, "a" if number % 3 else "b"))
        ]
        known = ml.read_labels(pa.Table.from_pylist(rows), key="id")
    return bytes_of(ml.Matcher().fit(prepared, known).find_matches(prepared))


@cache
def unlimited(name: str, labels: bool) -> tuple[bytes, ...]:
    return result(name, UNLIMITED, labels=labels)


@pytest.mark.parametrize("limit", [*LIMITS, pytest.param(LEAST, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("people.csv", True),
        ("customers.csv", False),
        ("products_two_shops.csv", False),
        ("three sources", False),
    ],
)
def test_the_bytes_are_those_of_unlimited_memory(
    name: str, labels: bool, limit: int, tmp_path: Path
) -> None:
    assert result(name, BoundedMemory(limit, tmp_path), labels=labels) == unlimited(name, labels)


@pytest.mark.parametrize("ranges", [1, 3, 12])
def test_the_number_of_ranges_does_not_count(
    ranges: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedMemory, "ranges", lambda *_: ranges)

    bound = BoundedMemory(LIMITS[1], tmp_path)

    assert result("three sources", bound, labels=False) == unlimited("three sources", False)


def test_a_large_table_is_blocked_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(blocking_rules, "RICH_RECORDS", 100)  # as if it had a million records
    bound = BoundedMemory(LIMITS[0], tmp_path)

    assert result("customers.csv", bound, labels=False) == result(
        "customers.csv", UNLIMITED, labels=False
    )


def test_features_in_a_file_stay_those_of_their_pairs_when_more_is_kept(tmp_path: Path) -> None:
    bound = BoundedMemory(64 << 20, tmp_path)
    table = prepare(ml.read_records(DATA / "customers.csv", key="id", memory=bound))

    for _ in table.chunks(keep=True):
        pass
    more = bound.keep(np.zeros(64 << 20, np.uint8))  # would cut the records into more ranges
    passes = list(table.chunks())

    assert len(more) > 0
    for places, chunk in passes:
        again = table.comparer.compare(table.candidates.take(places))
        assert again.features.tobytes() == chunk.features.tobytes()


@pytest.mark.parametrize("ranges", [1, 2, 7, 32])
def test_every_pair_is_visited_once_and_neighbours_share_ranges(ranges: int) -> None:
    candidates = prepare(ml.read_records(DATA / "customers.csv", key="id")).candidates
    records = int(candidates.right.max()) + 1

    order, ends = visiting_order(candidates, records, ranges)

    assert np.array_equal(np.sort(order), np.arange(len(candidates)))
    left, right = (
        side[order].astype(np.int64) * ranges // records
        for side in (candidates.left, candidates.right)
    )
    tile = left * ranges + right
    assert (np.diff(tile) >= 0).all()
    assert ends.tolist() == [*(np.flatnonzero(np.diff(tile)) + 1), len(tile)]


def test_a_parquet_file_is_read_alike_column_by_column(tmp_path: Path) -> None:
    table = records_of("three sources", UNLIMITED).table
    table = table.append_column("a.b", pa.array(range(table.num_rows)))
    table = table.append_column("tags", pa.array([["x", None]] * table.num_rows))
    table = table.replace_schema_metadata({"origin": "a test"})
    pq.write_table(table, tmp_path / "people.parquet", row_group_size=100)
    (tmp_path / "files").mkdir()

    def read(memory: Memory) -> pa.Table:
        kinds = {"tags": "ignore"}
        return ml.read_records(
            tmp_path / "people.parquet", key="id", kinds=kinds, memory=memory
        ).table

    bound = read(BoundedMemory(LIMITS[0], tmp_path / "files"))

    assert bound.num_rows == table.num_rows
    assert bound.equals(read(UNLIMITED), check_metadata=True)
