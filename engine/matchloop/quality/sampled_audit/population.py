"""Every pair that could match, or what stands for it: what an audit is drawn from.

A table of a million records has half a trillion pairs, so most of them are never listed. The pairs
form three tiers: the candidates and what the groups put together; the pairs that a wider blocking
adds; and all others, of which a random sample is listed, each standing for many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs
from matchloop.data.matches import Matches
from matchloop.data.pairs import CandidatePairs, Scores, packed, pair_ids, run_starts, unpacked
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking import block
from matchloop.matching.matcher import Matcher

__all__ = ["CANDIDATE", "FAR", "TIERS", "WIDE", "Population", "pairs_inside", "pairs_together"]

CANDIDATE, WIDE, FAR = 0, 1, 2
TIERS = ("candidates", "near misses of blocking", "far from blocking")
"""Where a pair stands: compared, left out by blocking but found by a wider one, or neither."""

FAR_PAIRS = 20_000
"""Random pairs that stand for those that no blocking finds."""

LISTED = 400_000
"""Pairs of the first two tiers that are listed at most; beyond, a random share stands for all."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Pairs, and how many pairs each of them stands for.

    Parameters
    ----------
    left, right
        Row positions, shape (pairs,).
    probability
        Match probability by the model.
    together
        Whether the groups put the pair together.
    tier
        Where the pair stands: 0 to 2, see :data:`TIERS`.
    weight
        Pairs that each stands for, 1 where all are listed.
    known
        What labels say that were learned from: 1 match, 0 no match, -1 not labelled.
    predicted
        Pairs that the groups put together, over the whole table.
    benefit
        What a match adds to B-cubed precision, 0 for pairs apart.
    alone
        B-cubed precision if no pair that is together matched; NaN where a group holds several
        records of one source, whose pairs are not part of these.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    probability: NDArray[np.float32]
    together: NDArray[np.bool_]
    tier: NDArray[np.int8]
    weight: NDArray[np.float64]
    known: NDArray[np.int8]
    predicted: int
    benefit: NDArray[np.float64]
    alone: float

    def __len__(self) -> int:
        return len(self.left)

    def ids(self) -> NDArray[np.int64]:
        """Return one number per pair, as :func:`matchloop.data.pairs.pair_ids` makes them."""
        return pair_ids(self.left, self.right)

    @classmethod
    def of(
        cls,
        prepared: PreparedTable,
        matcher: Matcher,
        *,
        known: LabeledPairs | None = None,
        seed: int = 0,
    ) -> Population:
        """List the pairs of a table as a fitted matcher sees them.

        Parameters
        ----------
        prepared
            The table.
        matcher
            Fitted; its groups are what is audited.
        known
            Labelled pairs that it learned from.
        seed
            Which of the many other pairs are listed.
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
        return made.judged(matches.match_id, matches.records.sources, known)

    def judged(
        self,
        groups: NDArray[np.int64],
        sources: NDArray[np.int32] | None = None,
        known: LabeledPairs | None = None,
    ) -> Population:
        """Return the same pairs under other groups and other labels that were learned from.

        Parameters
        ----------
        groups
            Group of each record.
        sources
            Source of each record, where only records of different sources may match.
        known
            Labelled pairs that the groups were learned from.
        """
        together = groups[self.left] == groups[self.right]
        sizes = _group_sizes(groups)
        told = np.full(len(self), -1, np.int8)
        if known is not None and len(known):
            told = _known_at(self.ids(), known)
        size = sizes[self.left].astype(np.float64)
        benefit = np.where(together, 2.0 / size / max(1, len(groups)), 0.0)
        return replace(
            self,
            together=together,
            known=told,
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


def _known_at(ids: NDArray[np.int64], known: LabeledPairs) -> NDArray[np.int8]:
    order = np.argsort(known.ids(), kind="stable")
    labelled, is_match = known.ids()[order], known.is_match[order]
    at = np.searchsorted(labelled, ids, side="right") - 1  # the last of several labels
    hit = (at >= 0) & (labelled[np.maximum(at, 0)] == ids)
    return np.where(hit, is_match[np.maximum(at, 0)], -1).astype(np.int8)


def _left_out(
    prepared: PreparedTable,
    candidates: CandidatePairs,
    matches: Matches,
    rng: np.random.Generator,
) -> tuple[CandidatePairs, CandidatePairs, int]:
    """List what blocking left out: near pairs, a sample of the far ones, and the far ones' number.

    Pairs that the groups put together without comparing them count as near.
    """
    sources = prepared.records.sources
    wide = block(prepared.views, effort=1.0)
    inside = pairs_inside(matches.match_id, sources, rng)
    near_ids = np.union1d(wide.ids(), pair_ids(*inside))
    near_ids = near_ids[~np.isin(near_ids, candidates.ids())]
    near = CandidatePairs.of(*unpacked(near_ids))
    records = len(prepared.records)
    everything = records * (records - 1) // 2
    if sources is not None:
        sizes = np.bincount(sources).astype(np.int64)
        everything -= int((sizes * (sizes - 1) // 2).sum())
    far_pairs = max(0, everything - len(candidates) - len(near))
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
    """List the pairs inside groups; of very large ones, each record with some others.

    Parameters
    ----------
    groups
        Group of each record.
    sources
        Source of each record; then only pairs of different sources are listed.
    rng
        Draws the others.
    """
    order = np.argsort(groups, kind="stable")
    first = run_starts(groups[order])
    sizes = np.diff(np.append(first, len(order)))
    left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start, size in zip(first[sizes > 1], sizes[sizes > 1], strict=True):
        rows = order[start : start + size]
        if size <= 300:
            one, other = np.triu_indices(size, 1)
        else:
            one, other = rng.integers(0, size, (2, 50 * size))
        left.append(rows[one])
        right.append(rows[other])
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
    """Leave out a random share of the least likely pairs of a large table."""
    sure = ~together & (tier != FAR) & (probability < 0.05)
    others = np.flatnonzero(~sure)
    many = np.flatnonzero(sure)
    room = max(LISTED - len(others), LISTED // 4)
    if len(many) <= room:
        return np.arange(len(tier)), weight
    chosen = np.sort(rng.choice(many, room, replace=False))
    weight = weight.copy()
    for one in (CANDIDATE, WIDE):  # each tier keeps its number
        of_all, of_chosen = (tier[many] == one).sum(), (tier[chosen] == one).sum()
        weight[chosen[tier[chosen] == one]] = of_all / max(1, of_chosen)
    kept = np.sort(np.concatenate((others, chosen)))
    return kept, weight[kept]
