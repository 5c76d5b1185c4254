from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from matchloop_api.payloads import read_payload, write_payload
from matchloop_api.store import Store

NOW = datetime(2025, 1, 31, 12, tzinfo=UTC)


def test_a_payload_is_kept_in_pieces_of_bounded_size(store: Store) -> None:
    wide = pa.table({"text": ["x" * 1_000_000] * 20, "n": list(range(20))})
    long = pa.table({"text": ["y"] * 150_000, "n": list(range(20, 150_020))})
    tables = [wide, *(long.slice(place, 10_000) for place in range(0, 150_000, 10_000))]
    payload, count = write_payload(store, tables, kind="k", now=NOW)

    with store.reading() as tx:
        pieces = list(read_payload(tx, payload))
        numbers = [piece["n"] for piece in read_payload(tx, payload, columns=["n", "none"])]
    assert count == 150_020
    assert pa.concat_tables(pieces).equals(pa.concat_tables(tables))
    assert pa.chunked_array([c for n in numbers for c in n.chunks]).to_pylist() == [*range(count)]
    assert max(piece.num_rows for piece in pieces) <= 65_536
    assert max(piece.nbytes for piece in pieces) <= 9 << 20
    assert len(pieces) <= 8


def test_a_long_payload_does_not_pile_up_in_memory(store: Store) -> None:
    piece = pa.table({"n": pa.array(range(50_000)), "text": ["some text"] * 50_000})

    def many() -> Iterator[pa.Table]:
        for _ in range(100):
            assert pa.total_allocated_bytes() < start + (64 << 20)
            yield piece

    start = pa.total_allocated_bytes()
    payload, count = write_payload(store, many(), kind="k", now=NOW)
    seen = 0
    with store.reading() as tx:
        for read in read_payload(tx, payload):
            seen += read.num_rows
            assert pa.total_allocated_bytes() < start + (64 << 20)
    assert seen == count == 5_000_000
