"""The structure of the matches of a table: one to one, one to many, or groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.matching.scoring.structure_kernels import count_triangles

__all__ = ["Shape", "Structure", "competed", "consistency", "detect_structure"]

SEVERAL = 0.1
"""Share of matched records with several matches, from which several are the rule (a convention)."""


class Shape(StrEnum):
    """How many matches a record has."""

    ONE_TO_ONE = "one-to-one"
    ONE_TO_MANY = "one-to-many"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of the matches, and the numbers behind it.

    Parameters
    ----------
    shape
        How many matches a record has.
    linkage
        Whether records of different sources were matched.
    matched
        Expected share of the records that have a match.
    several
        Share of the matched records with more than one match; the larger of both sides in linkage.
    single_source
        In a one-to-many linkage, the source whose records have one match at most.
    """

    shape: Shape
    linkage: bool
    matched: float
    several: float
    single_source: int | None = None

    def describe(self) -> str:
        """Return the structure as part of a sentence for the user."""
        matched = f"about {self.matched:.0%} of the records have a match"
        if self.shape is Shape.ONE_TO_ONE:
            return f"matches are one to one between the sources; {matched}"
        if self.shape is Shape.ONE_TO_MANY:
            return (
                f"a record of one source has at most one match, one of the other may have several "
                f"({self.several:.0%} do); {matched}"
            )
        return f"matching records form groups; {matched}, {self.several:.0%} of these have several"


def detect_structure(
    pairs: CandidatePairs,
    probability: NDArray[np.float64],
    n_records: int,
    sources: NDArray[np.int32] | None,
    *,
    sampled: bool = False,
) -> Structure:
    """Detect the structure from match probabilities that assume none.

    Parameters
    ----------
    pairs
        All candidates of the records.
    probability
        Match probability of each pair, scored without its rivals.
    n_records
        Records of the table.
    sources
        Source of each record, or None for deduplication.
    sampled
        Whether the pairs are a sample, so that only the records in it count.
    """
    sure = probability > 0.9
    matches = np.bincount(pairs.left[sure], minlength=n_records)
    matches += np.bincount(pairs.right[sure], minlength=n_records)
    likely = np.zeros(n_records)
    np.maximum.at(likely, pairs.left, probability)
    np.maximum.at(likely, pairs.right, probability)
    seen = np.full(n_records, not sampled)
    seen[pairs.left] = seen[pairs.right] = True
    matched = float(likely[seen].mean()) if seen.any() else 0.0
    if sources is None:
        return Structure(Shape.GROUPS, False, matched, _several(matches))
    numbers = np.flatnonzero(np.bincount(sources[sources >= 0]))
    several = [_several(matches[sources == number]) for number in numbers]
    most = max(several, default=0.0)
    if len(numbers) != 2:
        shape = Shape.GROUPS if most > SEVERAL else Shape.ONE_TO_ONE
        return Structure(shape, True, matched, most)
    if most <= SEVERAL:
        return Structure(Shape.ONE_TO_ONE, True, matched, most)
    if min(several) <= SEVERAL:
        single = int(numbers[int(np.argmin(several))])
        return Structure(Shape.ONE_TO_MANY, True, matched, most, single)
    return Structure(Shape.GROUPS, True, matched, most)


def competed(
    pairs: CandidatePairs,
    log_odds: NDArray[np.float64],
    n_records: int,
    structure: Structure,
    sources: NDArray[np.int32] | None,
) -> NDArray[np.float64]:
    """Let pairs compete where a record has one match at most.

    The odds of a pair compete with no match, and with the odds of every rival that shares a record
    which can have one match only.

    Parameters
    ----------
    pairs
        All candidates of the records.
    log_odds
        Log odds of each pair, scored without its rivals.
    n_records
        Records of the table.
    structure
        Decides which records have one match at most.
    sources
        Source of each record.

    Returns
    -------
    NDArray[np.float64]
        Match probabilities, shape (pairs,).
    """
    odds = np.exp(np.clip(log_odds, -30, 30))
    total = np.zeros(n_records)
    np.add.at(total, pairs.left, odds)
    np.add.at(total, pairs.right, odds)
    if structure.shape is Shape.GROUPS or sources is None:
        return np.asarray(odds / (1 + odds))
    against = np.ones(len(odds))
    for side in (pairs.left, pairs.right):
        counts = structure.single_source is None or sources[side] == structure.single_source
        against += np.where(counts, total[side] - odds, 0)
    return np.asarray(odds / (odds + against))


def consistency(
    pairs: CandidatePairs,
    probability: NDArray[np.float64],
    n_records: int,
    *,
    linkage: bool,
) -> float:
    """Compute the consistency of a set of probabilities, in [0, 1].

    Matching is an equivalence: two matches of one record match each other. In linkage, where these
    are never compared, one record has one match. Consistency is the share of likely matches for
    which this holds, times one minus their uncertain share.

    Parameters
    ----------
    pairs
        All candidates of the records.
    probability
        Match probability of each pair.
    n_records
        Records of the table.
    linkage
        Whether records of different sources were matched.
    """
    likely = probability > 0.5
    if not likely.any():
        return 0.0
    if linkage:
        left, right = pairs.left[likely], pairs.right[likely]
        matches = np.bincount(left, minlength=n_records) + np.bincount(right, minlength=n_records)
        agreed = float((2 / (matches[left] + matches[right])).mean())
    else:
        agreed = _closed(*count_triangles(pairs.left, pairs.right, likely, n_records))
    doubt = float(np.minimum(probability, 1 - probability).sum() / probability.sum())
    return agreed * max(0.0, 1 - doubt)


def _closed(
    matches: NDArray[np.float32], closed: NDArray[np.float32], possible: NDArray[np.float32]
) -> float:
    """Return the mean share of closed triangles around a record, over the likely matches.

    Only triangles whose third side was compared count: blocking leaves out most pairs of large
    groups.
    """
    share = np.where(possible > 0, closed / np.maximum(possible, 1), 1.0)
    return float((share * matches).sum() / matches.sum())


def _several(matches: NDArray[np.int64]) -> float:
    matched = int((matches > 0).sum())
    return float((matches > 1).sum() / matched) if matched else 0.0
