"""Compute the expected quality of groups at a threshold, from match probabilities alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Scores, packed

__all__ = ["THRESHOLDS", "ThresholdQuality", "expected_quality"]

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Thresholds that are compared by default; a convention."""


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdQuality:
    """The groups at one threshold, and their expected quality.

    The expectation is right where the probabilities are calibrated. Matches that blocking lost
    are not part of it.

    Parameters
    ----------
    threshold
        Match probability from which groups merge.
    match_id
        Group of each record, shape (records,).
    groups
        Number of groups, single records among them.
    pairs
        Pairs of records that the groups join.
    joined_matches
        Expected matches among these pairs: the sum of their probabilities.
    missed_matches
        Expected matches among the compared pairs that the groups keep apart.
    """

    threshold: float
    match_id: NDArray[np.int64]
    groups: int
    pairs: int
    joined_matches: float
    missed_matches: float

    @property
    def precision(self) -> float:
        """Mean probability of the joined pairs; 1 without any."""
        return self.joined_matches / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the expected matches that is joined; 1 where no match is expected."""
        total = self.joined_matches + self.missed_matches
        return self.joined_matches / total if total else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.pairs + self.joined_matches + self.missed_matches
        return 2 * self.joined_matches / both if both else 1.0

    def to_dict(self) -> dict[str, float]:
        """Return the figures as plain values for JSON."""
        return {
            "threshold": self.threshold,
            "pairs": self.pairs,
            "groups": self.groups,
            "expected_precision": self.precision,
            "expected_recall": self.recall,
            "expected_f1": self.f1,
        }


def expected_quality(
    threshold: float,
    match_id: NDArray[np.int64],
    scores: Scores,
    *,
    sources: NDArray[np.integer] | None = None,
) -> ThresholdQuality:
    """Compute the expected quality of groups.

    A joined pair may have no probability, because large groups are not compared in full. It
    counts with the mean probability of the compared pairs of its group.

    Parameters
    ----------
    threshold
        Threshold of the groups.
    match_id
        Group of each record, shape (records,).
    scores
        The compared pairs.
    sources
        Source of each record; then only pairs of different sources count.
    """
    ids, group = np.unique(match_id, return_inverse=True)
    group = group.reshape(-1).astype(np.int64)
    inside = _pairs_by_group(group, len(ids))
    if sources is not None:
        _, part = np.unique(packed(group, sources), return_inverse=True)
        part = part.reshape(-1)
        count = int(part.max(initial=-1)) + 1
        group_of_part = np.zeros(count, np.int64)
        group_of_part[part] = group
        same = np.bincount(group_of_part, _pairs_by_group(part, count), len(ids))
        inside = inside - same
    left, right = group[scores.pairs.left], group[scores.pairs.right]
    probability = scores.probability.astype(np.float64)
    joined = left == right
    if sources is not None:
        joined &= sources[scores.pairs.left] != sources[scores.pairs.right]
    compared = np.bincount(left[joined], minlength=len(ids))
    matches = np.bincount(left[joined], probability[joined], len(ids))
    mean = np.divide(matches, compared, out=np.zeros(len(ids)), where=compared > 0)
    return ThresholdQuality(
        threshold,
        match_id,
        groups=len(ids),
        pairs=int(inside.sum()),
        joined_matches=float((mean * inside).sum()),
        missed_matches=float(probability[left != right].sum()),
    )


def _pairs_by_group(group: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    size = np.bincount(group, minlength=count).astype(np.float64)
    return size * (size - 1) / 2
