"""Evaluation: how good groups and probabilities are, against truth or against labels."""

from matchloop.evaluation.base import (
    ConfusionMatrix,
    Evaluation,
    GroupSizes,
    PairQuality,
    PartitionQuality,
)
from matchloop.evaluation.held_out import (
    FitAndScore,
    evaluate,
    precision_recall_curve,
    score_metrics,
    split_by_set,
)
from matchloop.evaluation.partitions import (
    compare_with_clusters,
    compare_with_pairs,
    group_sizes,
    pairs_of_keys,
)

__all__ = [
    "ConfusionMatrix",
    "Evaluation",
    "FitAndScore",
    "GroupSizes",
    "PairQuality",
    "PartitionQuality",
    "compare_with_clusters",
    "compare_with_pairs",
    "evaluate",
    "group_sizes",
    "pairs_of_keys",
    "precision_recall_curve",
    "score_metrics",
    "split_by_set",
]
