"""How good a partition or a list of pairs is, against the truth of a benchmark table.

The judge stands apart from the engine on purpose: it also scores the peers, and a fault in
``matchloop.quality.evaluation`` cannot hide itself here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = [
    "Quality",
    "bcubed",
    "entities",
    "judge_pairs",
    "judge_partition",
    "recall_of_candidates",
]

Pairs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairwise quality.

    Parameters
    ----------
    precision, recall, f1
        In [0, 1]; 0 where nothing was predicted.
    predicted, true, right
        Numbers of pairs.
    """

    precision: float
    recall: float
    f1: float
    predicted: int
    true: int
    right: int


def judge_partition(
    group: NDArray[np.integer],
    truth: Pairs,
    *,
    sources: NDArray[np.integer] | None = None,
    left_out: Pairs | None = None,
) -> Quality:
    """Score the pairs that a partition implies.

    Parameters
    ----------
    group
        Group of each record, shape (records,).
    truth
        True pairs, shape (pairs, 2), left < right, each once.
    sources
        Source of each record; with it only pairs across sources count.
    left_out
        Pairs that are taken out of prediction and truth, such as those whose label was given.

    Returns
    -------
    Quality
        Precision, recall and F1.
    """
    predicted = _implied(group, sources)
    together = group[truth[:, 0]] == group[truth[:, 1]]
    right, true = int(together.sum()), len(truth)
    if left_out is not None and len(left_out):
        out = _ids(left_out)
        out = np.sort(out)
        out = out[np.append(True, out[1:] != out[:-1])]
        left, below = out >> 32, out & 0xFFFFFFFF
        joined = group[left] == group[below]
        if sources is not None:
            joined &= sources[left] != sources[below]
        predicted -= int(joined.sum())
        known = np.isin(_ids(truth), out)
        right -= int((together & known).sum())
        true -= int(known.sum())
    return _quality(predicted, true, right)


def judge_pairs(pairs: Pairs, truth: Pairs, *, left_out: Pairs | None = None) -> Quality:
    """Score a list of predicted pairs, shape (pairs, 2), each once, as it stands."""
    predicted, true = _ids(pairs), _ids(truth)
    if left_out is not None and len(left_out):
        out = _ids(left_out)
        predicted, true = predicted[~np.isin(predicted, out)], true[~np.isin(true, out)]
    return _quality(len(predicted), len(true), int(np.isin(predicted, true).sum()))


def recall_of_candidates(
    left: NDArray[np.integer], right: NDArray[np.integer], truth: Pairs
) -> float:
    """Return the share of true pairs that stand among candidate pairs."""
    found = _ids(np.column_stack([left, right]).astype(np.int64))
    return float(np.isin(_ids(truth), found).mean()) if len(truth) else 1.0


def entities(truth: Pairs, records: int) -> NDArray[np.int64]:
    """Return the entity of each record: the connected components of the true pairs."""
    ones = np.ones(len(truth), np.int8)
    graph = coo_matrix((ones, (truth[:, 0], truth[:, 1])), shape=(records, records))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def bcubed(group: NDArray[np.integer], entity: NDArray[np.integer]) -> dict[str, float]:
    """Return B-cubed precision, recall and F1 of a partition (Bagga and Baldwin 1998)."""
    frame = pd.DataFrame({"group": group, "entity": entity})
    shared = frame.groupby(["group", "entity"]).size()
    in_group = shared.groupby("group").transform("sum")
    in_entity = shared.groupby("entity").transform("sum")
    precision = float((shared**2 / in_group).sum() / len(frame))
    recall = float((shared**2 / in_entity).sum() / len(frame))
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
    }


def _implied(group: NDArray[np.integer], sources: NDArray[np.integer] | None) -> int:
    def inside(frame: pd.DataFrame, by: list[str]) -> int:
        size = frame.groupby(by, sort=False).size().to_numpy().astype(np.int64)
        return int((size * (size - 1) // 2).sum())

    frame = pd.DataFrame({"group": group})
    pairs = inside(frame, ["group"])
    if sources is None:
        return pairs
    return pairs - inside(frame.assign(source=sources), ["group", "source"])


def _quality(predicted: int, true: int, right: int) -> Quality:
    precision = right / predicted if predicted else 0.0
    recall = right / true if true else 0.0
    f1 = 2 * right / (predicted + true) if predicted + true else 0.0
    return Quality(precision, recall, f1, predicted, true, right)


def _ids(pairs: Pairs) -> NDArray[np.int64]:
    low, high = pairs.min(axis=1, initial=1 << 31), pairs.max(axis=1, initial=0)
    ids: NDArray[np.int64] = (low.astype(np.int64) << 32) | high.astype(np.int64)
    return ids
