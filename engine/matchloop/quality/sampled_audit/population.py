"""The population of a sampled audit: every pair that could match, or a weighted sample of them.

A table of a million records has half a trillion pairs, so most of them are never listed. The pairs
form three tiers: candidate pairs and pairs that the groups join; pairs that only a wider blocking
finds; and all others, of which a weighted random sample is listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.matches import Matches
from matchloop.data.pairs import (
    CandidatePairs,
    Scores,
    packed,
    pair_ids,
    possible_pairs,
    run_starts,
    unpacked,
)
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking import block
from matchloop.matching.matcher import Matcher

__all__ = ["CANDIDATE", "FAR", "TIERS", "WIDE", "Population", "pairs_inside", "pairs_together"]

CANDIDATE, WIDE, FAR = 0, 1, 2
TIERS = ("candidates", "near misses of blocking", "far from blocking")
"""The tiers: compared pairs, pairs that only a wider blocking finds, and all others."""

FAR_PAIRS = 20_000
"""Size of the random sample of the third tier; a convention that bounds the time."""

LISTED = 400_000
"""Pairs of the first two tiers above which a sample is listed; a convention."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Pairs, with the number of pairs that each represents.

    Parameters
    ----------
    left, right
        Row positions, shape (pairs,).
    probability
        Match probability by the model.
    together
        Whether the groups join the pair.
    tier
        Number of the tier, 0 to 2; see :data:`TIERS`.
    weight
        Number of pairs that each represents, 1 where all are listed.
    label
        Training label: 1 for a match, 0 for a non-match, -1 without a label.
    predicted
        Number of pairs that the groups join, over the whole table.
    benefit
        Contribution of a match to B-cubed precision; 0 for a pair that is not joined.
    alone
        B-cubed precision if no joined pair matched; NaN where a group has several records of one
        source, because such pairs are not in the population.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    probability: NDArray[np.float32]
    together: NDArray[np.bool_]
    tier: NDArray[np.int8]
    weight: NDArray[np.float64]
    label: NDArray[np.int8]
    predicted: int
    benefit: NDArray[np.float64]
    alone: float

    def __len__(self) -> int:
        return len(self.left)

    def ids(self) -> NDArray[np.int64]:
        """Return the ids of the pairs, by :func:`matchloop.data.pairs.pair_ids`, shape (pairs,)."""
        return pair_ids(self.left, self.right)

    @classmethod
    def of(
        cls,
        prepared: PreparedTable,
        matcher: Matcher,
        *,
        labelled: LabeledPairs | None = None,
        seed: int = 0,
    ) -> Population:
        """List the pairs of a table with the scores and groups of a fitted matcher.

        Parameters
        ----------
        prepared
            The table.
        matcher
            A fitted matcher; its groups are audited.
        labelled
            Its training pairs.
        seed
            Seed of the samples.
        """
        rng = np.random.default_rng([seed, 0xA0D17])
        scores, context = matcher.score_in_context(prepared)
        matches = matcher.group(prepared, scores, context)
        near, far, far_pairs = _left_out(prepared, scores.pairs, matches, rng)
        others = CandidatePairs.of(
            np.concatenate((near.left, far.left)), np.concatenate((near.right, far.right))
        )
        seen = matcher.score_pairs(prepared, others)
        scored = Scores(others, seen)
        ids = np.concatenate((scores.pairs.ids(), others.ids()))
        probability = np.concatenate((scores.probability, scored.probability))
        tier = np.full(len(ids), CANDIDATE, np.int8)
        is_far = np.isin(ids, far.ids())
        tier[len(scores) :] = WIDE
        tier[is_far] = FAR
        left, right = unpacked(ids)
        together = matches.match_id[left] == matches.match_id[right]
        weight = np.ones(len(ids))
        weight[is_far] = far_pairs / max(1, int(is_far.sum()))
        kept, weight = _thinned(tier, together, probability, weight, rng)
        made = cls(
            left[kept].astype(np.int32),
            right[kept].astype(np.int32),
            probability[kept],
            together[kept],
            tier[kept],
            weight,
            np.full(len(kept), -1, np.int8),
            0,
            np.zeros(len(kept)),
            0.0,
        )
        return made.judged(matches.match_id, matches.records.sources, labelled)

    def judged(
        self,
        groups: NDArray[np.int64],
        sources: NDArray[np.int32] | None = None,
        labelled: LabeledPairs | None = None,
    ) -> Population:
        """Return the same pairs with other groups and other training labels.

        Parameters
        ----------
        groups
            Group of each record.
        sources
            Source of each record; then only records of different sources may match.
        labelled
            Training pairs of these groups.
        """
        together = groups[self.left] == groups[self.right]
        sizes = _group_sizes(groups)
        label = np.full(len(self), -1, np.int8)
        if labelled is not None and len(labelled):
            label = _labels_at(self.ids(), labelled)
        size = sizes[self.left].astype(np.float64)
        benefit = np.where(together, 2.0 / size / max(1, len(groups)), 0.0)
        return replace(
            self,
            together=together,
            label=label,
            predicted=pairs_together(groups, sources),
            benefit=benefit,
            alone=_alone(groups, sizes, sources),
        )


def pairs_together(groups: NDArray[np.integer], sources: NDArray[np.integer] | None) -> int:
    """Count the pairs inside groups that could match."""

    def inside(codes: NDArray[np.int64]) -> int:
        sizes = np.unique(codes, return_counts=True)[1].astype(np.int64)
        return int((sizes * (sizes - 1) // 2).sum())

    codes = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    if sources is None:
        return inside(codes)
    return inside(codes) - inside(packed(codes, sources))


def _group_sizes(groups: NDArray[np.integer]) -> NDArray[np.int64]:
    _, at, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(sizes[at], np.int64)


def _alone(
    groups: NDArray[np.int64], sizes: NDArray[np.int64], sources: NDArray[np.int32] | None
) -> float:
    if sources is not None and pairs_together(groups, None) > pairs_together(groups, sources):
        return float("nan")
    return float((1.0 / sizes).mean()) if len(sizes) else 1.0


def _labels_at(ids: NDArray[np.int64], labelled: LabeledPairs) -> NDArray[np.int8]:
    order = np.argsort(labelled.ids(), kind="stable")
    labelled_ids, is_match = labelled.ids()[order], labelled.is_match[order]
    at = np.searchsorted(labelled_ids, ids, side="right") - 1  # the last of several labels
    hit = (at >= 0) & (labelled_ids[np.maximum(at, 0)] == ids)
    return np.where(hit, is_match[np.maximum(at, 0)], -1).astype(np.int8)


def _left_out(
    prepared: PreparedTable,
    candidates: CandidatePairs,
    matches: Matches,
    rng: np.random.Generator,
) -> tuple[CandidatePairs, CandidatePairs, int]:
    """Return the pairs of the second tier, a sample of the third, and the size of the third.

    Pairs that the groups join without a comparison are in the second tier.
    """
    sources = prepared.records.sources
    wide = block(prepared.views, effort=1.0)
    inside = pairs_inside(matches.match_id, sources, rng)
    near_ids = np.union1d(wide.ids(), pair_ids(*inside))
    near_ids = near_ids[~np.isin(near_ids, candidates.ids())]
    near = CandidatePairs.of(*unpacked(near_ids))
    records = len(prepared.records)
    far_pairs = max(0, possible_pairs(records, sources) - len(candidates) - len(near))
    if records < 2 or far_pairs == 0:
        return near, near.take(np.empty(0, np.int64)), 0
    left, right = rng.integers(0, records, (2, 2 * FAR_PAIRS))
    possible = left != right
    if sources is not None:
        possible &= sources[left] != sources[right]
    drawn = np.unique(pair_ids(left[possible], right[possible]))
    drawn = drawn[~np.isin(drawn, candidates.ids()) & ~np.isin(drawn, near_ids)]
    drawn = rng.permutation(drawn)[:FAR_PAIRS]
    far = CandidatePairs.of(*unpacked(drawn))
    return near, far, far_pairs if len(far) else 0


def pairs_inside(
    groups: NDArray[np.int64], sources: NDArray[np.int32] | None, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs inside groups; of groups above 300 records, a random sample.

    Parameters
    ----------
    groups
        Group of each record.
    sources
        Source of each record; then only pairs of different sources are listed.
    rng
        Source of randomness of the sample.
    """
    order = np.argsort(groups, kind="stable")
    first = run_starts(groups[order])
    sizes = np.diff(np.append(first, len(order)))
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start, size in zip(first[sizes > 1], sizes[sizes > 1], strict=True):
        rows = order[start : start + size]
        if size <= 300:
            left_at, right_at = np.triu_indices(size, 1)
        else:
            left_at, right_at = rng.integers(0, size, (2, 50 * size))
        left.append(rows[left_at])
        right.append(rows[right_at])
    a, b = np.concatenate(left), np.concatenate(right)
    possible = a != b
    if sources is not None:
        possible &= sources[a] != sources[b]
    return a[possible], b[possible]


def _thinned(
    tier: NDArray[np.int8],
    together: NDArray[np.bool_],
    probability: NDArray[np.float32],
    weight: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sample the least likely pairs of a large table, and return positions and weights."""
    sure = ~together & (tier != FAR) & (probability < 0.05)
    others = np.flatnonzero(~sure)
    many = np.flatnonzero(sure)
    room = max(LISTED - len(others), LISTED // 4)
    if len(many) <= room:
        return np.arange(len(tier)), weight
    chosen = np.sort(rng.choice(many, room, replace=False))
    weight = weight.copy()
    for number in (CANDIDATE, WIDE):  # weights must sum to the size of each tier
        of_all, of_chosen = (tier[many] == number).sum(), (tier[chosen] == number).sum()
        weight[chosen[tier[chosen] == number]] = of_all / max(1, of_chosen)
    kept = np.sort(np.concatenate((others, chosen)))
    return kept, weight[kept]
