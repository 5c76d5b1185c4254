"""Find the candidate pairs of a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, pair_ids, possible_pairs, run_starts, unpacked
from matchloop.data.views import Views
from matchloop.errors import UsageError
from matchloop.matching.blocking.index import Index, as_similarity
from matchloop.matching.blocking.order import Order, ordered
from matchloop.matching.blocking.pair_kernels import (
    best_ranks,
    count_lefts,
    fill_lefts,
    pairs_of,
    shared_bits,
    sketch,
    unite,
)
from matchloop.matching.blocking.rules import BUILTIN, is_rich, sampled_pairs
from matchloop.matching.blocking.threads import over_ranges
from matchloop.matching.blocking.user import UserRule

__all__ = [
    "IDENTICAL",
    "VALUE_SHARE",
    "block",
    "expected_pairs",
    "largest_turn",
    "mean_candidates",
    "sketched",
    "sketches",
]

IDENTICAL = "identical"  # the rule that links records of equal values into chains

PER_RECORD = 12.0  # mean candidates per record at effort 0.5, in tables of up to ...
SMALL = 20_000  # ... so many records; falls with the cube root of the size beyond, ...
# ... but not below this, which 1,000,000 records have. With the 1.5 that the cube root gives
# 10,000,000, generated persons lose .013 of recall at 1,000,000 records.
FEWEST = 3.25
KEYS_PER_PAIR = 2.0  # upper estimate of the mean number of keys that two neighbours share
SKETCH_WORDS = 8  # 512 bits for the 3-grams of a record (a convention)
ABOVE = 2  # rule bits of the masks of a table with one index; shared weights are stored above them
VALUE_SHARE = 0.2  # weight of shared values against shared 3-grams (a convention)


def block(
    views: Views, *, rules: Sequence[UserRule] = (), effort: float = 0.5, only: bool = False
) -> CandidatePairs:
    """Find the candidate pairs of a table.

    Every record is looked up in inverted indexes of its values, words and character 3-grams, of
    which rare ones weigh more. Of the nearest neighbours under each rule, the strongest are kept.

    Parameters
    ----------
    views
        The table.
    rules
        Rules of the user, whose pairs are added.
    effort
        From 0 (few candidates, fast) to 1 (many, high recall).
    only
        Use the rules of the user only; identical records are linked in any case.

    Returns
    -------
    CandidatePairs
        Sorted by (left, right). At effort 0.5 the built-in rules give at most 12 pairs per record
        (where there are sources, per record outside the largest), down to 3.25 in tables of more
        than 20,000 records. Where all pairs of a table are no more than that, all are candidates,
        without a rule if no rule found them. Pairs of a user's rule alone have the strength of
        their 3-grams.

    Raises
    ------
    UsageError
        The effort is outside [0, 1], there are too many rules, or a rule names no column.
    """
    if not 0.0 <= effort <= 1.0:
        raise UsageError(f"effort {effort} is outside 0 to 1; give a number such as 0.5")
    if len(rules) > 32 - 1 - len(BUILTIN):
        raise UsageError(f"{len(rules)} blocking rules, at most 27 are possible; leave some out")
    order = ordered(views)
    scale = 4.0 ** (effort - 0.5)
    weights, counted = _side_weights(views, len(order))
    per_record = mean_candidates(len(order), effort)
    limit = int(per_record * counted)
    indexes = {} if only else _indexes(views, order, scale)
    k = round(1.7 * per_record) + 4
    is_whole = not only and _all_fit(views, order, limit)
    # The weights of a sole index are the similarities of its pairs. With several, each index has
    # those of its own pairs only.
    sole = len(indexes) == 1 and not is_whole
    neighbours = [index.nearest(order, k, shared=sole) for index in indexes.values()]
    memory = views.records.memory
    of_one = next((index.whole for index in indexes.values() if sole), None)
    indexes = {} if sole else memory.keep(indexes)
    memory.ease()
    left, right, masks = _united(neighbours, order)
    memory.ease()
    by_value = None if of_one is None else as_similarity(masks >> np.uint32(ABOVE), of_one)
    masks &= np.uint32((1 << ABOVE) - 1 if sole else 0xFFFFFFFF)
    if is_whole:
        left, right, masks = _completed(views, order, left, right, masks)
    # links of identical records are exempt from the limit: without them, copies would be lost
    identical = (masks & 1) > 0
    strength = _strength(views, order, indexes, left, right, by_value)
    strength[identical] = 1.0
    del indexes, by_value
    if len(left) > limit:
        turn = _turns(left, right, strength, order.rank, weights)
        turn[identical] = -1.0
        memory.ease()
        kept = (turn < np.partition(turn, limit)[limit]) | identical
        left, right, masks, strength = left[kept], right[kept], masks[kept], strength[kept]
    names = (IDENTICAL, *(() if only else BUILTIN))
    return _joined(CandidatePairs(left, right, strength, masks, names), views, rules)


def mean_candidates(records: int, effort: float) -> float:
    """Return the limit of candidates per record, on average, for a table of ``records`` records."""
    falling = PER_RECORD * min(1.0, (SMALL / max(1, records)) ** (1 / 3))
    return float(4.0 ** (effort - 0.5) * max(FEWEST, falling))


def expected_pairs(views: Views, *, effort: float = 0.5) -> int:
    """Estimate the candidates of a table without blocking it.

    In a large table, one of sixteen keys is drawn by its hash. Rows are not drawn, because that
    would make every block smaller. Small tables are blocked.
    """
    if is_rich(views):
        return len(block(views, effort=effort))
    order = ordered(views)
    counted = _side_weights(views, len(order))[1]
    limit = int(mean_candidates(len(order), effort) * counted)
    sources = views.records.sources
    apart = 1.0
    if sources is not None:
        apart -= float(np.square(np.bincount(sources) / len(sources)).sum())
    shared = sampled_pairs(views, order, 4.0 ** (effort - 0.5)) * apart
    return min(limit, int(shared / KEYS_PER_PAIR))


def _indexes(views: Views, order: Order, scale: float) -> dict[str, Index]:
    rich = is_rich(views)
    return {
        name: rule.index(views, order, scale)
        for name, rule in BUILTIN.items()
        if len(order) > 1 and (rich or rule.always)
    }


def _united(
    neighbours: list[tuple[NDArray[np.int32], NDArray[np.int32]]], order: Order
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]:
    """Unite the neighbours under each rule to pairs of rows; bit 0 marks identical records.

    Shared weights, if any, are stored above the rule bits of the masks. The list is emptied: the
    neighbours are as large as the pairs.
    """
    records = len(order.rank)
    low, high = order.links.min(axis=1), order.links.max(axis=1)
    counts = np.bincount(low, minlength=records).astype(np.int64)
    for rule in range(len(neighbours)):  # no name for a part of the list, which would outlive it
        count_lefts(neighbours[rule][0], order.rows, counts)
    indptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    entries = np.empty(indptr[-1], np.int64)
    filled = indptr[:-1].copy()
    by_low = np.argsort(low, kind="stable")
    low, high = low[by_low], high[by_low]
    entries[filled[low] + np.arange(len(low)) - np.searchsorted(low, low)] = (
        high.astype(np.int64) << 32
    ) | 1
    filled += np.bincount(low, minlength=records)
    for rule in range(len(neighbours)):
        bit, above = np.int64(2 << rule), np.int64(ABOVE)
        fill_lefts(*neighbours[rule], order.rows, bit, above, filled, entries)
    neighbours.clear()
    left = np.empty(len(entries), np.int32)
    right = np.empty(len(entries), np.int32)
    masks = np.empty(len(entries), np.uint32)

    def work(first: int, last: int) -> slice:
        return slice(indptr[first], unite(first, last, indptr, entries, left, right, masks))

    parts = over_ranges(work, records)
    if not parts:
        return left, right, masks
    return (
        np.concatenate([left[part] for part in parts]),
        np.concatenate([right[part] for part in parts]),
        np.concatenate([masks[part] for part in parts]),
    )


def _all_fit(views: Views, order: Order, limit: int) -> bool:
    """Tell whether all pairs of a table, of records that have a value, are within the limit."""
    has_value = order.rank >= 0
    has_value[order.links] = True
    sources = views.records.sources
    side = None if sources is None else sources[has_value]
    return possible_pairs(int(np.count_nonzero(has_value)), side) <= limit


def _completed(
    views: Views,
    order: Order,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    masks: NDArray[np.uint32],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]:
    """Add the pairs that no rule found.

    Pairs without a value of both records in any column are left out: nothing can be compared.
    """
    rows = np.union1d(order.rows, order.links)
    sources = views.records.sources
    side = np.arange(len(rows)) if sources is None else sources[rows]
    present = np.stack([views.present(column)[rows] for column in views.columns])
    added = (present[:, :, None] & present[:, None, :]).any(axis=0)
    added &= side[:, None] != side
    added[np.searchsorted(rows, left), np.searchsorted(rows, right)] = True
    lower, upper = (rows[place].astype(np.int32) for place in np.nonzero(np.triu(added, 1)))
    of_rule = np.zeros(len(lower), np.uint32)
    of_rule[np.searchsorted(pair_ids(lower, upper), pair_ids(left, right))] = masks
    return lower, upper, of_rule


def _strength(
    views: Views,
    order: Order,
    indexes: dict[str, Index],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    by_value: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Compute the likeness of pairs of rows: by words and 3-grams, or by a sketch and by values.

    ``by_value`` holds the similarities under the sole index where they are known.
    """
    text = [index for name, index in indexes.items() if name != "values"]
    if text:
        parts = [index.similarity(order, left, right) for index in text]
        return np.mean(parts, axis=0, dtype=np.float32)  # type: ignore[no-any-return]
    strength = sketched(sketches(views), left, right)
    if by_value is None:
        if not indexes:
            return strength
        by_value = indexes["values"].similarity(order, left, right)
    strength += np.float32(VALUE_SHARE) * by_value
    strength /= np.float32(1 + VALUE_SHARE)
    return strength


def sketches(views: Views) -> NDArray[np.uint64]:
    """Compute a bit set of the 3-grams of each record, shape (records, words)."""
    bits = np.zeros((len(views), SKETCH_WORDS), np.uint64)
    for column in views.columns:
        distinct = views.distinct(column)
        text = distinct.strings
        lists = (text.offsets, text.codes, text.points, distinct.number, bits)
        over_ranges(partial(sketch, *lists), len(views))
        views.records.memory.ease()
    return bits


def sketched(
    bits: NDArray[np.uint64], left: NDArray[np.int32], right: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Compute the cosine of the sketches of pairs of rows, shape (pairs,)."""
    shared = np.empty(len(left), np.float32)

    def work(first: int, last: int) -> None:
        part = slice(first, last)
        shared_bits(left[part], right[part], bits, shared[part])

    over_ranges(work, len(left))
    return shared


def _side_weights(views: Views, indexed: int) -> tuple[NDArray[np.float64], int]:
    """Return the weight of a rank of each record, and the number of records for the limit.

    Every pair of different sources has a record outside the largest source. So the limit counts
    these records: the smaller of two sources, or nearly all records of many sources. A source of
    few records thus takes nothing from the others. Ranks weigh more in a source that is larger than
    all others together, because its records have fewer candidates each.
    """
    sources = views.records.sources
    if sources is None:
        return np.ones(len(views)), indexed
    sizes = np.bincount(sources)
    outside = len(views) - sizes
    weights = np.maximum(1.0, sizes / np.maximum(1, outside))
    return weights[sources], int(outside.min())


def _turns(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    strength: NDArray[np.float32],
    tie: NDArray[np.int32],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute the priority of each pair, lowest first, from its rank for a record and strength."""
    ranks = _ranks(left, right, strength, tie)
    turn = np.empty(len(left))

    def work(first: int, last: int) -> None:
        part = slice(first, last)
        rank = np.minimum(
            ranks[part, 0] * weights[left[part]], ranks[part, 1] * weights[right[part]]
        )
        turn[part] = np.sqrt(rank + 1) * (1.0 - strength[part].astype(np.float64))

    over_ranges(work, len(left))
    return turn


def _ranks(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    strength: NDArray[np.float32],
    tie: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the rank of each pair for its left and its right record, shape (pairs, 2)."""
    records = len(tie)
    indptr, pairs = pairs_of(left, right, records)
    ranks = np.empty((len(left), 2), np.int32)
    lists = (indptr, pairs, strength, left, right, tie, ranks)
    over_ranges(lambda first, last: best_ranks(first, last, *lists), records)
    return ranks


def largest_turn(pairs: CandidatePairs, records: int, effort: float = 0.5) -> float:
    """Return the turn that candidates stayed below; infinite where the limit left none out.

    Parameters
    ----------
    pairs
        All candidates of a table without sources.
    records
        Records of the table.
    effort
        The effort it was blocked with.
    """
    if len(pairs) < int(mean_candidates(records, effort) * records):
        return float("inf")
    tie = np.arange(records, dtype=np.int32)
    turn = _turns(pairs.left, pairs.right, pairs.strength, tie, np.ones(records))
    return float(turn[pairs.strength < 1].max(initial=0.0))


def _joined(pairs: CandidatePairs, views: Views, rules: Sequence[UserRule]) -> CandidatePairs:
    for rule in rules:
        left, right = rule.pairs(views)
        new = pair_ids(left, right)
        ids = np.concatenate((pairs.ids(), new))
        strength = np.concatenate((pairs.strength, sketched(sketches(views), left, right)))
        bit = np.uint32(1 << len(pairs.rule_names))
        masks = np.concatenate((pairs.rules, np.full(len(new), bit, np.uint32)))
        place = np.argsort(ids, kind="stable")
        first = run_starts(ids[place])
        masks = np.bitwise_or.reduceat(masks[place], first) if len(first) else masks
        kept = place[first]
        lower, upper = unpacked(ids[kept])
        pairs = CandidatePairs(
            lower.astype(np.int32),
            upper.astype(np.int32),
            strength[kept],
            masks,
            (*pairs.rule_names, str(rule)),
        )
    return pairs
