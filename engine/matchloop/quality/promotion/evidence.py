"""Choose the labels that judge two models: none that either of them learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.records import Records

__all__ = ["evidence_in"]


def evidence_in(
    labels: Labels, records: Records, learned: Sequence[Labels] = ()
) -> tuple[LabeledPairs, str]:
    """Return the labelled pairs that judge two models, and a note on them.

    Answers to a sampled audit are never learned from; where there are some, they alone judge. A
    model agrees with its training labels, right or wrong, so those cannot judge it.

    Parameters
    ----------
    labels
        All labels.
    records
        The table.
    learned
        Training labels of the models; their pairs are dropped.
    """
    audit = labels.pairs(records, audit=True)
    if len(audit):
        return audit, "judged by the answers to audits alone, which no model learned from"
    pairs = labels.pairs(records)
    seen = [np.empty(0, np.int64), *(labelled.pairs(records).ids() for labelled in learned)]
    kept = pairs.take(~np.isin(pairs.ids(), np.concatenate(seen)))
    gone = f"{len(pairs) - len(kept):,} pairs that a model learns from were left out; "
    return kept, (gone if len(kept) < len(pairs) else "") + (
        "a model agrees with the labels that it learned from, so judge by answers to an audit, or "
        "by labels that neither model has seen"
    )
