"""Rows of a set that label the same record: the latest one counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels.parsing import one_chunk
from matchloop.data.labels.plain import codes, exact_codes
from matchloop.data.pairs import packed, run_starts

__all__ = ["LatestRows", "latest_rows"]


@dataclass(frozen=True, slots=True, eq=False)
class LatestRows:
    """The rows that count, one per set and record.

    Parameters
    ----------
    rows
        Positions of the rows, in the order in which their records first appear.
    identical, replaced
        Number of rows left out because they repeat an earlier one, and because they differ from it.
    """

    rows: NDArray[np.int64]
    identical: int
    replaced: int


def latest_rows(
    set_ids: pa.StringArray, labels: pa.StringArray, values: pa.Table, key: str
) -> LatestRows | None:
    """Find the latest row of each record in each set; None where no record is repeated.

    Parameters
    ----------
    set_ids, labels, values
        The rows.
    key
        Column of ``values`` that identifies a record.
    """
    ids = packed(codes(set_ids)[0], exact_codes(one_chunk(values[key]))[0])
    order = np.argsort(ids, kind="stable")
    starts = np.zeros(len(ids), np.bool_)
    starts[run_starts(ids[order])] = True
    if starts.all():
        return None
    columns = [labels, *(column.combine_chunks() for column in values.columns)]
    first = order[starts]
    last = order[np.concatenate([starts[1:], [True]])]
    # an equal row keeps the provenance of the first: only a changed answer is a new one
    last = np.where(_equal(columns, first, last), first, last)
    repeated = order[~starts]
    identical = int(_equal(columns, order[np.flatnonzero(~starts) - 1], repeated).sum())
    return LatestRows(last[np.argsort(first)], identical, len(repeated) - identical)


def _equal(
    columns: list[pa.Array], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.bool_]:
    equal = np.ones(len(left), np.bool_)
    for column in columns:
        equal &= np.asarray(pc.equal(column.take(pa.array(left)), column.take(pa.array(right))))
    return equal
