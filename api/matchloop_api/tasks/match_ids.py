"""Match ids stored between the runs of a transform, so that a group keeps its id."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop import Matches
from matchloop.data.matches import MATCH_ID
from matchloop_api.payloads import read_payload, write_payload
from matchloop_api.store import Store, Transaction

__all__ = ["keep_ids", "read_ids"]

_KEY = "key"


def keep_ids(store: Store, matches: Matches) -> str:
    """Store the group of each record and return the id of the payload."""
    table = pa.table({_KEY: matches.records.keys, MATCH_ID: matches.match_id})
    return write_payload(store, [table], kind="matches", now=datetime.now(UTC))[0]


def read_ids(tx: Transaction, payload: str) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    """Return the keys of the records of an earlier run and their match ids."""
    table = pa.concat_tables(list(read_payload(tx, payload)))
    return table.column(_KEY), np.asarray(table.column(MATCH_ID).combine_chunks(), np.int64)
