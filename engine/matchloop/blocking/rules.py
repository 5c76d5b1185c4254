"""The built-in rules: what of two records must be alike for them to be looked at together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import inf

import numpy as np
from numpy.typing import NDArray

from matchloop.blocking.index import Index, token_index, value_index
from matchloop.blocking.kernels import runs
from matchloop.blocking.order import Order
from matchloop.text import Tokens, merged
from matchloop.views import Views

__all__ = ["BUILTIN", "Rule", "fields", "grams", "values", "words"]

Block = tuple[NDArray[np.int32], NDArray[np.int64]]


def values(views: Views, order: Order, visits: int) -> Index:
    """Index whole values, column by column, and pairs of values too common alone."""
    records = len(order)
    bits = max(1, records.bit_length())
    blocks: list[Block] = []
    norms = np.zeros(records, np.float32)
    common: list[NDArray[np.int32]] = []
    largest = max(2, visits // (4 * max(1, records) * max(1, len(order.hashes))))
    for hashes in order.hashes:
        where = np.flatnonzero(hashes).astype(np.uint64)
        sizes = np.zeros(records, np.int32)
        block_of = np.full(records, -1, np.int32)
        blocks.append(_blocks(hashes[where], where, bits, largest, sizes, block_of))
        norms += np.where(
            sizes > 0, 256 * np.log2(np.maximum(records / np.maximum(sizes, 1), 2.0)), 0
        )
        if (block_of >= 0).any():
            common.append(block_of)
    unused = np.empty(records, np.int32)
    for first, second in combinations(common, 2):
        where = np.flatnonzero((first >= 0) & (second >= 0)).astype(np.uint64)
        pair = _mixed(
            first[where].astype(np.uint64) << np.uint64(32) | second[where].astype(np.uint64)
        )
        blocks.append(_blocks(pair, where, bits, largest, unused, unused))
    return value_index(blocks, records, norms)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    numbers = (numbers ^ (numbers >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(29))


def _blocks(
    hashes: NDArray[np.uint64],
    where: NDArray[np.uint64],
    bits: int,
    largest: int,
    sizes: NDArray[np.int32],
    block_of: NDArray[np.int32],
) -> Block:
    packed = (hashes << np.uint64(bits)) | where
    packed.sort()
    members, ends, _ = runs(packed, bits, largest, sizes, block_of)
    return members, ends


def words(views: Views, order: Order, visits: int) -> Index:
    """Index the words of the whole record, weighed by rarity (TF-IDF cosine)."""
    tokens = views.words()
    return token_index(tokens, _unit(tokens), order, visits)


def grams(views: Views, order: Order, visits: int) -> Index:
    """Index the character 3-grams of the whole record, weighed by rarity (TF-IDF cosine)."""
    tokens = views.grams()
    return token_index(tokens, _unit(tokens), order, visits)


def fields(views: Views, order: Order, visits: int) -> Index:
    """Index the 3-grams of each column apart, so that a long column cannot drown a short one."""
    parts = [_tagged(views.grams(column), number) for number, column in enumerate(views.columns)]
    importance = [_importance(part) for part in parts]
    whole = sum(importance) or 1.0
    tokens = merged(parts)
    share = np.zeros(len(tokens.hashes))
    order_of = np.argsort(tokens.hashes)
    column_of = np.empty(len(tokens.hashes), np.int32)
    for number, part in enumerate(parts):
        at = order_of[np.searchsorted(tokens.hashes, part.hashes, sorter=order_of)]
        column_of[at] = number
        share[at] = importance[number] / whole
    return token_index(tokens, _unit(tokens, column_of, share), order, visits)


def _tagged(tokens: Tokens, number: int) -> Tokens:
    hashes = _mixed(tokens.hashes + np.uint64((number + 1) * 0x9E3779B97F4A7C15 % 2**64))
    return Tokens(tokens.indptr, tokens.ids, tokens.frequency, hashes, tokens.has_digit)


def _importance(tokens: Tokens) -> float:
    """Mean number of bits that say which token of the column stands in a record, by presence."""
    if not len(tokens.ids):
        return 0.0
    idf = np.log2((1 + len(tokens)) / (1.0 + tokens.frequency))
    total = np.add.reduceat(
        np.r_[idf[tokens.ids], 0.0], np.minimum(tokens.indptr[:-1], len(tokens.ids))
    )
    total[np.diff(tokens.indptr) == 0] = 0
    return float(np.sqrt(total).mean())


def _unit(
    tokens: Tokens,
    column_of: NDArray[np.int32] | None = None,
    share: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    idf = tokens.idf().astype(np.float64)[tokens.ids]
    row = np.repeat(np.arange(len(tokens)), np.diff(tokens.indptr))
    if column_of is None or share is None:
        norm = np.bincount(row, idf * idf, minlength=len(tokens))
        return np.asarray(idf / np.sqrt(norm[row]))
    columns = int(column_of.max(initial=0)) + 1
    group = row * columns + column_of[tokens.ids]
    norm = np.bincount(group, idf * idf, minlength=len(tokens) * columns)
    return np.asarray(idf * np.sqrt(share[tokens.ids] / norm[group]))


@dataclass(frozen=True, slots=True)
class Rule:
    """A built-in rule.

    Parameters
    ----------
    index
        Makes the index of a table within a budget of posting visits.
    characters
        The largest table it is used on, in characters of folded text.
    """

    index: Callable[[Views, Order, int], Index]
    characters: float = inf

    def affordable(self, views: Views) -> bool:
        """Whether a table is small enough for the rule."""
        return sum(len(views.strings(column).codes) for column in views.columns) <= self.characters


BUILTIN = {
    "values": Rule(values),
    "words": Rule(words, 20_000_000),
    "grams": Rule(grams, 20_000_000),
    "fields": Rule(fields, 20_000_000),
}
