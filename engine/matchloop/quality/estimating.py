"""Estimate the quality of a matcher from labels, as Glue does, or from its probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isclose

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.matcher import Matcher
from matchloop.quality.evaluation import (
    THRESHOLDS,
    Evaluation,
    ThresholdQuality,
    evaluate,
    expected_quality,
)

__all__ = ["estimate_quality", "quality_by_threshold"]


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
        The table, or one prepared by :func:`matchloop.matching.backends.prepare`.
    labels
        All labels.
    matcher
        The matcher whose settings are measured; the defaults when left out.
    on_stage
        Progress callback.

    Returns
    -------
    Evaluation
        Glue's metrics; the column importances are of a model of all labels.

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

    labelled = labels.bound(prepared.records).pairs(prepared.records)
    evaluation = evaluate(
        labelled,
        fit_and_score,
        seed=matcher.seed,
        threshold=matcher.merges_from,
    )
    fitted = matcher.fit(prepared, labels, on_stage=on_stage)
    return replace(evaluation, column_importances=_ordered(fitted.column_importances))


def quality_by_threshold(
    records: Records | PreparedTable,
    matcher: Matcher,
    *,
    matches: Matches | None = None,
    thresholds: Sequence[float] | None = None,
) -> tuple[ThresholdQuality, ...]:
    """Group the records at several thresholds and compute the expected quality of each.

    Parameters
    ----------
    records
        The table, or one prepared by :func:`matchloop.matching.backends.prepare`.
    matcher
        Fitted.
    matches
        Result of :meth:`Matcher.find_matches` for these records, to reuse its scores.
    thresholds
        Match probabilities, each from 0 to 1; ten from .1 to .95 and the matcher's own when left
        out.

    Returns
    -------
    tuple of ThresholdQuality
        One for each threshold, in the order given.

    Raises
    ------
    UsageError
        A threshold is outside its range, or the matches are of an incremental run.
    """
    if matches is not None and matches.changes is not None:
        raise UsageError("the matches are of an incremental run; thresholds need a whole table")
    prepared = matcher.prepare(records)
    scores = (matcher.find_matches(prepared) if matches is None else matches).scores
    if thresholds is None:
        own = matcher.merges_from
        others = [threshold for threshold in THRESHOLDS if not isclose(threshold, own)]
        thresholds = sorted([*others, own])
    qualities = []
    for threshold in thresholds:
        moved = replace(matcher, threshold=threshold, precision_recall=0.5)
        match_id = moved.group(prepared, scores).match_id
        qualities.append(
            expected_quality(threshold, match_id, scores, sources=prepared.records.sources)
        )
    return tuple(qualities)


def _ordered(importances: dict[str, float]) -> dict[str, float]:
    return dict(sorted(importances.items(), key=lambda item: (-item[1], item[0])))
