"""Estimate the quality of a matcher from labels alone, as Glue's evaluation does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matchloop.backends import OnStage, PreparedTable
from matchloop.evaluation import Evaluation, evaluate
from matchloop.labels import LabeledPairs, Labels
from matchloop.matcher import Matcher
from matchloop.pairs import CandidatePairs
from matchloop.records import Records
from matchloop.scoring import threshold_of

__all__ = ["estimate_quality"]


def estimate_quality(
    records: Records | PreparedTable,
    labels: Labels,
    matcher: Matcher | None = None,
    *,
    on_stage: OnStage | None = None,
) -> Evaluation:
    """Learn from 70 % of the labelling sets and measure on the others.

    Blocking and clustering are not part of the estimate, as in Glue.

    Parameters
    ----------
    records
        The table, or one prepared by :func:`matchloop.backends.prepare`.
    labels
        What people said.
    matcher
        What it learns, with all of its settings, is measured; the defaults when left out.
    on_stage
        Progress callback.

    Returns
    -------
    Evaluation
        Glue's metrics; the column importances are of a model that learned from all labels.

    Raises
    ------
    InputError
        There are too few sets to hold some out.
    LabelFileError
        The labels do not fit the table.
    """
    matcher = matcher if matcher is not None else Matcher()
    prepared = matcher.prepare(records, on_stage=on_stage)

    def fit_and_score(train: LabeledPairs, test: LabeledPairs) -> NDArray[np.floating]:
        model = matcher.learn(prepared, train, on_stage=on_stage)
        standings = model.score(prepared)[1]
        pairs = CandidatePairs.of(test.left, test.right)
        scores = model.score_pairs(prepared, pairs, standings)
        return scores.probability[np.searchsorted(pairs.ids(), test.ids())]

    known = labels.bound(prepared.records).pairs(prepared.records)
    evaluation = evaluate(
        known,
        fit_and_score,
        seed=matcher.seed,
        threshold=threshold_of(matcher.precision_recall),
    )
    fitted = matcher.fit(prepared, labels, on_stage=on_stage)
    return replace(evaluation, column_importances=_ordered(fitted.column_importances))


def _ordered(importances: dict[str, float]) -> dict[str, float]:
    return dict(sorted(importances.items(), key=lambda item: (-item[1], item[0])))
