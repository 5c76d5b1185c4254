"""Relate a table to an earlier one: the same records, their labels, their groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.matches import RESULTS, match_ids_of
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.errors import TableError, some

__all__ = ["carried", "changed_keys", "earlier_ids", "is_same_table", "stacked"]


_ZEROS = r"^0*([0-9]+?)(?:[.,]0+)?$"


def is_same_table(left: Records, right: Records) -> bool:
    """Tell whether two tables hold the same records and compare the same columns."""
    if left is right:
        return True
    if (left.key, left.source, list(left.kinds.items())) != (
        right.key,
        right.source,
        list(right.kinds.items()),
    ):
        return False
    return bool(left.table.equals(right.table))


def carried(labelled: LabeledPairs, fitted: Records, records: Records) -> LabeledPairs | None:
    """Carry labelled pairs over to a later table; drop pairs whose records it does not hold.

    Equal keys do not make equal records: two tables numbered from 0 share all keys.
    """
    rows = np.unique(np.concatenate((labelled.left, labelled.right)))
    taken = pa.array(rows)
    positions = pc.index_in(fitted.keys.take(taken), value_set=records.keys)
    row_of = np.asarray(positions.fill_null(0), np.int32)
    same = np.asarray(positions.is_valid())
    columns = [*fitted.kinds, *([fitted.source] if fitted.source is not None else ())]
    for column in columns if same.any() else ():
        if column not in records.table.column_names:
            return None
        before = as_text(fitted.table.column(column).take(taken))
        after = as_text(records.table.column(column).take(pa.array(row_of)))
        # two missing values are the same, one of them is not
        equal = pc.equal(before.fill_null(""), after.fill_null(""))
        same &= np.asarray(equal) & (np.asarray(before.is_null()) == np.asarray(after.is_null()))
    at = np.where(same, row_of, -1)
    left, right = (at[np.searchsorted(rows, ends)] for ends in (labelled.left, labelled.right))
    kept = (left >= 0) & (right >= 0)
    if not kept.any():
        return None
    low, high = np.minimum(left, right)[kept], np.maximum(left, right)[kept]
    sets = labelled.set_index[kept]
    order = np.lexsort((high, low, sets))
    return LabeledPairs(
        low[order].astype(np.int32),
        high[order].astype(np.int32),
        labelled.is_match[kept][order],
        sets[order],
    )


def earlier_ids(existing: Records, new: Records) -> NDArray[np.int64]:
    """Return the earlier group of each row of :func:`stacked`, -1 where there was none.

    Raises
    ------
    TableError
        The existing records have no usable ``match_id``.
    """
    return np.concatenate([match_ids_of(existing.table), np.full(len(new), -1, np.int64)])


def changed_keys(existing: Records, new: Records) -> str | None:
    """Return a warning if many new keys are existing ones without their zeros, or with decimals.

    A spreadsheet that opens ``0042`` as a number saves ``42``: another key, so that the record
    would be there twice.
    """
    unknown = new.keys.filter(pc.invert(pc.is_in(new.keys, value_set=existing.keys)))
    forms = [pc.replace_substring_regex(keys, _ZEROS, r"\1") for keys in (existing.keys, unknown)]
    at = pc.index_in(forms[1], value_set=forms[0])
    count = len(at) - at.null_count
    if count == 0 or 2 * count < len(unknown):
        return None
    first = int(np.flatnonzero(np.asarray(at.is_valid()))[0])
    before = existing.keys[at[first].as_py()].as_py()
    return (
        f"{count:,} of {len(unknown):,} new keys are earlier ones but for zeros or decimals, such "
        f"as {unknown[first].as_py()!r} for {before!r}; if a spreadsheet changed them, save them "
        "as text"
    )


def stacked(existing: Records, new: Records, *, keep: NDArray[np.int64] | None = None) -> Records:
    """Return existing records, without the columns of an earlier run, and new ones as one table.

    The columns are compared as the existing ones are. A column of which the two have other types
    is text, where the new values cannot take the type of the existing ones unchanged. Columns of
    the new records alone are kept and not compared; a note names them.

    Parameters
    ----------
    existing, new
        The records.
    keep
        Positions of the existing records to return; all when left out.

    Raises
    ------
    TableError
        The new ones lack a column, hold a key that exists already, or have a column whose types
        cannot be put together.
    """
    before = existing.table if keep is None else existing.table.take(pa.array(keep))
    count = before.num_rows
    names = [name for name in before.column_names if name not in RESULTS]
    lacking = [name for name in names if name not in new.table.column_names]
    if lacking:
        raise TableError(
            f"the new records lack {some(lacking)}, which the existing ones have; add the column, "
            "empty where nothing is known"
        )
    own = [name for name in new.table.column_names if name not in (*names, *RESULTS)]
    columns = {name: _together(name, before.column(name), new.table.column(name)) for name in names}
    for name in own:
        column = new.table.column(name)
        columns[name] = pa.chunked_array([pa.nulls(count, column.type), *column.chunks])
    notes = list(dict.fromkeys((*existing.notes, *new.notes)))
    if own:
        notes.append(
            f"the existing records lack {some(own)}, which the new ones have; it is kept and not "
            "compared"
        )
    keys = as_text(columns[existing.key])
    twice = pc.is_in(keys.slice(count), keys.slice(0, count))
    if pc.any(twice).as_py():
        raise TableError(
            "keys stand in both tables: "
            f"{some(keys.slice(count).filter(twice).slice(0, 20).to_pylist())}; give only "
            "records that are new"
        )
    kinds = {name: kind for name, kind in existing.kinds.items() if name in names}
    table = new.memory.keep(pa.table(columns).combine_chunks())
    return replace(new, table=table, kinds=kinds, notes=tuple(notes))


def _together(name: str, first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put a column under another, as text where the types differ and a value would change."""
    if first.type == second.type:
        return pa.chunked_array([*first.chunks, *second.chunks], first.type)
    try:
        text = as_text(second)
        try:
            cast = second.cast(first.type)
            if as_text(cast).equals(text):
                return pa.chunked_array([*first.chunks, *cast.chunks], first.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass  # text then
        return pa.chunked_array([as_text(first), text], pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise TableError(
            f"column '{name}' is {first.type} in the existing records and {second.type} in the new "
            "ones; give both the same type"
        ) from None
