"""Payloads: tables stored as Parquet in chunks; each chunk is a file of its own.

Only one chunk is in memory at a time, however long the table is.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop_api.store import Store, Transaction

__all__ = ["read_payload", "write_payload"]

PIECE_ROWS, PIECE_BYTES = 65_536, 8 << 20
THREADED_BYTES = 100_000


def write_payload(
    store: Store, tables: Iterable[pa.Table], *, kind: str, now: datetime
) -> tuple[str, int]:
    """Store tables of one schema as a payload, each chunk in a short transaction of its own.

    Parameters
    ----------
    store
        The store.
    tables
        The rows, in any number of tables; only one chunk is in memory at a time.
    kind
        The kind of payload, one word.
    now
        The time of its start. Sweeping may remove it while no row points to it.

    Returns
    -------
    tuple[str, int]
        The payload's id and how many rows it has.
    """
    with store.writing(durable=False) as tx:
        payload = tx.payloads.new(kind, now=now)
    count = 0
    for piece in _pieces(tables):
        written = io.BytesIO()
        pq.write_table(piece, written, compression="zstd")
        with store.writing(durable=False) as tx:  # the entry's own transaction makes it last
            tx.payloads.append(payload, written.getvalue())
        count += piece.num_rows
    return payload, count


def read_payload(
    tx: Transaction, payload_id: str, *, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """Read a payload piece by piece, all columns or those named that it has.

    Raises
    ------
    KeyError
        There is no such payload.
    """
    for piece in tx.payloads.pieces(payload_id):
        file = pq.ParquetFile(pa.BufferReader(piece))
        names = file.schema_arrow.names
        chosen = names if columns is None else [name for name in columns if name in names]
        # starting threads takes longer than reading a small piece
        yield file.read(columns=chosen, use_threads=len(piece) > THREADED_BYTES)


def _pieces(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        for part in _parts(table):
            if held and (rows + part.num_rows > PIECE_ROWS or size + part.nbytes > PIECE_BYTES):
                yield pa.concat_tables(held)
                held, rows, size = [], 0, 0
            held.append(part)
            rows, size = rows + part.num_rows, size + part.nbytes
    if held:
        yield pa.concat_tables(held)


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """Halve a table until each part fits in a piece."""
    if table.num_rows > 1 and (table.num_rows > PIECE_ROWS or table.nbytes > PIECE_BYTES):
        half = table.num_rows // 2
        yield from _parts(table.slice(0, half))
        yield from _parts(table.slice(half))
    elif table.num_rows:
        yield table
