"""Labels that the model contradicts, and its advice on rows and on stopping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.active_learning.stopping import Outlook

__all__ = ["advice_line", "doubted_keys", "groups_of"]

DOUBTED = 5
"""Rows offered for a second look."""


def advice_line(outlook: Outlook) -> str:
    """Return the advice of an outlook as a sentence."""
    line = outlook.line()
    return f"{line[:1].upper()}{line[1:]}."


def groups_of(loop: ml.LabelingLoop, rows: NDArray[np.int32]) -> tuple[int, ...]:
    """Return the model's group of each of some rows."""
    return tuple(loop.match().match_id[rows].tolist())


def doubted_keys(loop: ml.LabelingLoop) -> tuple[str, ...]:
    """Return keys of the labelled rows that the model contradicts most."""
    if loop.labels is None:
        return ()
    labelled = loop.labels.pairs(loop.records)
    scores = loop.scores
    ids = scores.pairs.ids()
    if len(ids) == 0 or len(labelled) == 0:
        return ()
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids[order], labelled.ids()), len(ids) - 1)
    is_candidate = ids[order][at] == labelled.ids()
    probability = scores.probability[order][at]
    probability = np.where(is_candidate, probability, 0.0)  # blocking sees no likeness
    doubt = np.where(labelled.is_match, 1 - probability, probability)
    doubt = np.where(doubt > 0.5, doubt, 0.0)
    chosen: dict[int, None] = {}
    for pair in np.argsort(-doubt, kind="stable").tolist():
        if doubt[pair] == 0 or len(chosen) >= DOUBTED:
            break
        chosen.setdefault(int(labelled.left[pair]))
        chosen.setdefault(int(labelled.right[pair]))
    keys = loop.records.keys
    return tuple(str(keys[row].as_py()) for row in list(chosen)[:DOUBTED])
