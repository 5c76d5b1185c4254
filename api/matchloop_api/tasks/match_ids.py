"""Match ids kept between the runs of a transform, so that a group keeps its id."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from matchloop import Matches
from matchloop.matches import MATCH_ID
from matchloop_api.store import Transaction
from matchloop_api.tasks.work import Work

__all__ = ["keep_ids", "read_ids"]

_KEY = "key"
_ROWS = 200_000


def keep_ids(work: Work, matches: Matches) -> str:
    """Keep which record is in which group and return the payload's id.

    Parameters
    ----------
    work
        The run.
    matches
        What it found.
    """
    table = pa.table({_KEY: matches.records.keys, MATCH_ID: matches.match_id})
    with work.store.writing() as tx:
        payload = tx.payloads.new("matches", now=datetime.now(UTC))
    work.checkpoint(matches=payload)
    for start in range(0, table.num_rows, _ROWS):
        piece = io.BytesIO()
        pq.write_table(table.slice(start, _ROWS), piece, compression="zstd")
        with work.store.writing() as tx:
            tx.payloads.append(payload, piece.getvalue())
    return payload


def read_ids(tx: Transaction, payload: str) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    """Return the keys of an earlier run's records and the ids of their groups."""
    pieces = [pq.read_table(io.BytesIO(piece)) for piece in tx.payloads.pieces(payload)]
    table = pa.concat_tables(pieces)
    return table.column(_KEY), np.asarray(table.column(MATCH_ID).combine_chunks(), np.int64)
