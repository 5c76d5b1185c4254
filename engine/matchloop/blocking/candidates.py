"""Find the pairs worth comparing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.blocking.index import Index, Neighbours
from matchloop.blocking.kernels import count_sides, fill_sides, pair_ranks, pairs_of, unite
from matchloop.blocking.order import Order, ordered
from matchloop.blocking.rules import BUILTIN
from matchloop.blocking.user import UserRule
from matchloop.pairs import CandidatePairs, pair_ids
from matchloop.views import Views

__all__ = ["block"]

PER_RECORD = 12.0  # mean candidates per record at effort 0.5
VISITS = 200  # posting visits per record and rule at effort 0.5
FREE_VISITS = 20_000_000  # what small tables may visit besides


def block(
    views: Views, *, rules: Sequence[UserRule] = (), effort: float = 0.5, only: bool = False
) -> CandidatePairs:
    """Find the pairs worth comparing.

    Every record is looked up in inverted indexes of its values, words and character n-grams,
    rare keys weighing more; of the nearest others under each rule the strongest are kept.

    Parameters
    ----------
    views
        The table.
    rules
        Rules of the user's own, whose pairs come on top.
    effort
        From 0 (few candidates, fast) to 1 (many, high recall).
    only
        Leave the built-in rules out.

    Returns
    -------
    CandidatePairs
        Sorted by (left, right). At effort 0.5 the built-in rules give at most 12 pairs per record
        (per record of the smaller source where there are sources); identical records are always
        connected.
    """
    order = ordered(views)
    found: list[Neighbours] = []
    indexes: list[Index] = []
    names = ["copies"]
    scale = 4.0 ** (effort - 0.5)
    budget = int(scale * (VISITS * len(order) + FREE_VISITS))
    k = max(2, round(12 * scale))
    for name, rule in BUILTIN.items():
        if only or not len(order) or not rule.affordable(views):
            continue
        index = rule.index(views, order, budget)
        found.append(index.nearest(order, k))
        indexes.append(index)
        names.append(name)
    left, right, masks = _united(found, order, len(views))
    strength = np.zeros(len(left), np.float32)
    chained = (masks & 1) > 0
    for index in indexes:
        strength[~chained] += index.similarity(order, left[~chained], right[~chained])
    strength /= max(1, len(indexes))
    strength[chained] = 1.0
    smaller = len(order)
    weights = np.ones(len(views))
    if views.records.sources is not None:
        sizes = np.bincount(views.records.sources)
        smaller = int(sizes[sizes > 0].min())
        weights = (sizes / smaller)[views.records.sources]
    limit = int(PER_RECORD * scale * smaller)
    kept = _strongest(left, right, strength, order, weights, limit, chained)
    pairs = CandidatePairs(left[kept], right[kept], strength[kept], masks[kept], tuple(names))
    return _joined(pairs, views, rules)


def _united(
    found: list[Neighbours], order: Order, records: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]:
    rows = np.arange(records, dtype=np.int32)
    links = np.full((records, 1), -1, np.int32)  # chain as a neighbour list of its own
    chain = order.chain
    counts = np.zeros(records, np.int64)
    np.add.at(counts, np.minimum(chain[:, 0], chain[:, 1]), 1)
    for neighbours in found:
        count_sides(neighbours.others, order.rows, counts)
    del links, rows
    indptr = np.r_[0, np.cumsum(counts)]
    rights = np.empty(indptr[-1], np.int32)
    masks = np.empty(indptr[-1], np.uint32)
    filled = indptr[:-1].copy()
    for a, b in chain.tolist():
        low = min(a, b)
        rights[filled[low]] = max(a, b)
        masks[filled[low]] = 1
        filled[low] += 1
    for bit, neighbours in enumerate(found, 1):
        fill_sides(neighbours.others, order.rows, np.uint32(1 << bit), filled, rights, masks)
    end, lefts = unite(indptr, rights, masks)
    return lefts[:end].copy(), rights[:end].copy(), masks[:end].copy()


def _strongest(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    strength: NDArray[np.float32],
    order: Order,
    weights: NDArray[np.float64],
    limit: int,
    always: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    indptr, pairs = pairs_of(left, right, len(order.rank))
    ranks = np.zeros((len(left), 2), np.int32)
    pair_ranks(0, len(order.rank), indptr, pairs, strength, left, right, order.rank, ranks)
    turn = np.minimum(ranks[:, 0] * weights[left], ranks[:, 1] * weights[right]) + (1 - strength)
    turn[always] = -1
    if len(turn) <= limit:
        return np.ones(len(turn), np.bool_)
    cut = np.partition(turn, limit)[limit]
    return np.asarray((turn < cut) | always)


def _joined(pairs: CandidatePairs, views: Views, rules: Sequence[UserRule]) -> CandidatePairs:
    for rule in rules:
        left, right = rule.pairs(views)
        ids = pairs.ids()
        new = pair_ids(left, right)
        bit = np.uint32(1 << len(pairs.rule_names))
        both = np.concatenate((ids, new))
        strength = np.concatenate((pairs.strength, np.zeros(len(new), np.float32)))
        masks = np.concatenate((pairs.rules, np.full(len(new), bit, np.uint32)))
        place = np.argsort(both, kind="stable")
        both, strength, masks = both[place], strength[place], masks[place]
        first = np.flatnonzero(np.r_[True, both[1:] != both[:-1]][: len(both)])
        if len(first):
            strength = np.maximum.reduceat(strength, first)
            masks = np.bitwise_or.reduceat(masks, first)
        both = both[first]
        pairs = CandidatePairs(
            (both >> 32).astype(np.int32),
            (both & 0xFFFFFFFF).astype(np.int32),
            strength,
            masks,
            (*pairs.rule_names, str(rule)),
        )
    return pairs
