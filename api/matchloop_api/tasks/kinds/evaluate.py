"""Estimate the quality: learn from 70 % of the labelling sets, measure on the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from matchloop import estimate_quality
from matchloop.errors import InputError, counted
from matchloop.quality.evaluation import Evaluation
from matchloop_api.store import Transaction
from matchloop_api.tasks.parameters import check_ready, matcher_of
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["evaluate"]

_METRICS = (
    "AreaUnderPRCurve",
    "Precision",
    "Recall",
    "F1",
    "ConfusionMatrix",
    "ColumnImportances",
)


def evaluate(work: Work) -> Commit:
    """Estimate the metrics and store them, under Glue's names, with the transform.

    Raises
    ------
    MatchloopError
        There are too few labels to hold some out, or the table cannot be read.
    """
    transform = work.transform()
    check_ready(transform)
    records, labels = read_taught(work, transform)
    if labels is None:
        raise InputError("the transform has no labels; import some first")
    matcher = matcher_of(transform)
    prepared = compare_pairs(work, records, matcher)
    evaluation = estimate_quality(prepared, labels, matcher, on_stage=work.on_stage)
    work.log(
        f"learned from {counted(evaluation.train_sets, 'set')}, "
        f"measured on {evaluation.test_sets} others "
        f"with {counted(evaluation.test_pairs, 'pair')}: "
        f"precision {evaluation.precision:.3f}, recall "
        f"{evaluation.recall:.3f}, best F1 {evaluation.f1:.3f}"
    )
    metrics = _metrics(evaluation)

    def commit(tx: Transaction) -> None:
        now = tx.transforms.get(transform.id)
        if now is None:
            raise InputError(f"the transform {transform.id} was deleted")
        tx.transforms.replace(replace(now, evaluation=metrics))

    return commit


def _metrics(evaluation: Evaluation) -> Mapping[str, Any]:
    metrics = evaluation.to_dict()
    return {
        "TransformType": "FIND_MATCHES",
        "FindMatchesMetrics": {name: metrics[name] for name in _METRICS},
    }
