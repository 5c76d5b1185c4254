"""Results of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["ConfusionMatrix", "Evaluation", "GroupSizes", "PairQuality", "PartitionQuality"]


@dataclass(frozen=True, slots=True)
class PairQuality:
    """Precision and recall of pairs.

    Parameters
    ----------
    predicted, true, correct
        Number of joined pairs, of true pairs, and of joined pairs that are true.
    """

    predicted: int
    true: int
    correct: int

    @property
    def precision(self) -> float:
        """Share of the predicted pairs that are true; without any, 1 if none is true, else 0."""
        return self.correct / self.predicted if self.predicted else float(not self.true)

    @property
    def recall(self) -> float:
        """Share of the true pairs that are predicted; without any, 1 if none is predicted."""
        return self.correct / self.true if self.true else float(not self.predicted)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 without true and predicted pairs."""
        both = self.predicted + self.true
        return 2 * self.correct / both if both else 1.0

    def to_dict(self) -> dict[str, float]:
        """Return counts and shares as plain values for JSON."""
        return {
            **asdict(self),
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
        }


@dataclass(frozen=True, slots=True)
class GroupSizes:
    """Distribution of the sizes of groups.

    Parameters
    ----------
    records, groups, alone
        Number of records, of groups, and of groups of a single record.
    biggest
        Sizes of the ten largest groups, descending.
    sizes
        Number of groups by size, ascending.
    """

    records: int
    groups: int
    alone: int
    biggest: tuple[int, ...]
    sizes: Mapping[int, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON."""
        return {**asdict(self), "biggest": list(self.biggest)}


@dataclass(frozen=True, slots=True)
class PartitionQuality:
    """Quality of groups against the truth.

    Parameters
    ----------
    pairs
        Quality of the pairs that the groups join.
    bcubed_precision, bcubed_recall, bcubed_f1
        B-cubed (Bagga and Baldwin 1998), a mean over records. Precision is the share of a
        record's group that is of its entity; recall is the share of its entity that is in its
        group.
    exact
        Share of the true groups of two or more records that are equal to a group.
    groups, truth
        Sizes of the groups and of the true groups.
    """

    pairs: PairQuality
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    exact: float
    groups: GroupSizes
    truth: GroupSizes

    @property
    def precision(self) -> float:
        """Pairwise precision."""
        return self.pairs.precision

    @property
    def recall(self) -> float:
        """Pairwise recall."""
        return self.pairs.recall

    @property
    def f1(self) -> float:
        """Pairwise F1."""
        return self.pairs.f1

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return {
            "pairs": self.pairs.to_dict(),
            "bcubed": {
                "precision": self.bcubed_precision,
                "recall": self.bcubed_recall,
                "f1": self.bcubed_f1,
            },
            "exact": self.exact,
            "groups": self.groups.to_dict(),
            "truth": self.truth.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts of pairs by predicted and true class, named as in Glue."""

    NumTruePositives: int
    NumFalsePositives: int
    NumTrueNegatives: int
    NumFalseNegatives: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Quality estimated on held-out labels: Glue's FindMatchesMetrics.

    Blocking, clustering and enforced labels are not part of it, as in Glue.

    Parameters
    ----------
    area_under_pr_curve
        Area under the precision-recall curve; it is independent of the threshold.
    precision, recall
        Precision and recall at the threshold.
    f1
        The highest F1 on the curve, so it may exceed the F1 at the threshold.
    confusion_matrix
        Counts of held-out pairs at the threshold.
    column_importances
        Importance of each column, in [0, 1], descending.
    threshold
        Probability from which a pair counts as a match.
    train_sets, test_sets, train_pairs, test_pairs
        Sizes of the split.
    """

    area_under_pr_curve: float
    precision: float
    recall: float
    f1: float
    confusion_matrix: ConfusionMatrix
    column_importances: Mapping[str, float] = field(default_factory=dict)
    threshold: float = 0.5
    train_sets: int = 0
    test_sets: int = 0
    train_pairs: int = 0
    test_pairs: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the metrics as plain values for JSON, under Glue's names where Glue has them."""
        return {
            "AreaUnderPRCurve": self.area_under_pr_curve,
            "Precision": self.precision,
            "Recall": self.recall,
            "F1": self.f1,
            "ConfusionMatrix": asdict(self.confusion_matrix),
            "ColumnImportances": [
                {"ColumnName": name, "Importance": value}
                for name, value in self.column_importances.items()
            ],
            "threshold": self.threshold,
            "train_sets": self.train_sets,
            "test_sets": self.test_sets,
            "train_pairs": self.train_pairs,
            "test_pairs": self.test_pairs,
        }
