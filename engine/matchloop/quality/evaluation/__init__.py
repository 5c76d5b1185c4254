"""Evaluation: the quality of groups and probabilities, against a truth or against labels."""

from matchloop.quality.evaluation.base import (
    ConfusionMatrix,
    Evaluation,
    GroupSizes,
    PairQuality,
    PartitionQuality,
)
from matchloop.quality.evaluation.held_out import (
    FitAndScore,
    evaluate,
    precision_recall_curve,
    score_metrics,
    split_by_set,
)
from matchloop.quality.evaluation.partitions import (
    compare_on_pairs,
    compare_with_clusters,
    compare_with_pairs,
)
from matchloop.quality.evaluation.thresholds import THRESHOLDS, ThresholdQuality, expected_quality
from matchloop.quality.evaluation.truth import GivenTruth, groups_by_key, number_groups, read_truth

__all__ = [
    "THRESHOLDS",
    "ConfusionMatrix",
    "Evaluation",
    "FitAndScore",
    "GivenTruth",
    "GroupSizes",
    "PairQuality",
    "PartitionQuality",
    "ThresholdQuality",
    "compare_on_pairs",
    "compare_with_clusters",
    "compare_with_pairs",
    "evaluate",
    "expected_quality",
    "groups_by_key",
    "number_groups",
    "precision_recall_curve",
    "read_truth",
    "score_metrics",
    "split_by_set",
]
