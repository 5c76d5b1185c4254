"""Repeated questions: records of equal values, and pairs that differ in keys only."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs, packed, run_starts
from matchloop.data.records import Records

__all__ = ["doubts", "repeats", "twins_of"]


def twins_of(records: Records) -> NDArray[np.int64]:
    """Return a number per record, shape (records,); equal where all compared values are equal."""
    codes = np.zeros(len(records), np.int64)
    for name in records.columns:
        column = pc.dictionary_encode(records.table[name], null_encoding="encode")
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        value = np.asarray(column.indices, np.int64)
        codes = np.unique(packed(codes, value), return_inverse=True)[1].astype(np.int64)
    return codes


def repeats(
    pairs: CandidatePairs,
    twins: NDArray[np.int64],
    labelled: NDArray[np.bool_],
    score: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Find the candidates whose answer follows from another question.

    Parameters
    ----------
    pairs
        The candidates.
    twins
        The numbers of :func:`twins_of`.
    labelled
        Which candidates have a label, shape (pairs,).
    score
        Of candidates that read the same, the one of highest score is kept; shape (pairs,).

    Returns
    -------
    NDArray
        Positions of candidates, int64: those that read like one with a label or a higher score,
        and the pairs of equal records.
    """
    many = np.bincount(twins, minlength=1) > 1
    left, right = twins[pairs.left], twins[pairs.right]
    touched = np.flatnonzero(many[left] | many[right])  # other pairs cannot repeat
    low = np.minimum(left[touched], right[touched])
    high = np.maximum(left[touched], right[touched])
    key = packed(low, high)
    order = np.lexsort((-score[touched], ~labelled[touched], key))
    is_first = np.zeros(len(order), np.bool_)
    is_first[run_starts(key[order])] = True
    again = touched[order[~is_first]]
    kept = order[is_first]
    equal = touched[kept[(low[kept] == high[kept]) & ~labelled[touched[kept]]]]
    return np.concatenate([again, equal])


def doubts(
    pairs: CandidatePairs,
    probability: NDArray[np.float32],
    labelled: LabeledPairs,
    n_records: int,
) -> NDArray[np.float64]:
    """Compute how much the model doubts the labels of each record.

    Parameters
    ----------
    pairs
        The candidates.
    probability
        Their match probability, shape (pairs,).
    labelled
        The labelled pairs.
    n_records
        Number of records of the table.

    Returns
    -------
    NDArray
        Largest distance of a label of the record from the probability of its pair, in [0, 1],
        shape (records,); -1 for a record without a label.
    """
    doubt = np.full(n_records, -1.0)
    ids, labelled_ids = pairs.ids(), labelled.ids()
    at = np.minimum(np.searchsorted(ids, labelled_ids), max(len(ids) - 1, 0))
    away = np.zeros(len(labelled_ids))
    if len(ids):
        there = ids[at] == labelled_ids
        away[there] = np.abs(labelled.is_match[there] - probability[at[there]].astype(np.float64))
    np.maximum.at(doubt, labelled.left, away)
    np.maximum.at(doubt, labelled.right, away)
    return doubt
