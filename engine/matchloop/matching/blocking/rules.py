"""The built-in rules: what two records must share to become a candidate pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.data.text import Tokens, merged
from matchloop.data.views import Views
from matchloop.matching.blocking.conjunctions import Blocks, cut_blocks, joint_blocks
from matchloop.matching.blocking.index import Index, block_index, token_index
from matchloop.matching.blocking.kernels import pack_values
from matchloop.matching.blocking.order import Order
from matchloop.matching.blocking.threads import over_items
from matchloop.matching.blocking.word_blocks import packed_words, word_blocks

__all__ = [
    "BUILTIN",
    "Rule",
    "fields",
    "grams",
    "is_rich",
    "is_small",
    "largest_block",
    "sampled_pairs",
    "values",
    "words",
]

# Limits of work; all but RICH_* are conventions.
VISITS = 20_000_000  # budget of posting visits of any table
VISITS_PER_RECORD = 200  # additional visits per record
SMALLEST = 10  # a block of at most so many records is always looked up
RICH_RECORDS = 50_000  # tables of up to so many records ...
RICH_CHARACTERS = 10_000_000  # ... and characters have every n-gram looked up
WORD_SHARE = 0.5  # weight of the bits of a word against those of a value


@dataclass(frozen=True, slots=True)
class Rule:
    """A built-in rule.

    Parameters
    ----------
    index
        Builds the index of a table from the views, the order and the scale of effort.
    always
        Whether it is used for tables of any size.
    """

    index: Callable[[Views, Order, float], Index]
    always: bool = False


def is_rich(views: Views) -> bool:
    """Return whether a table is small enough to look up every character n-gram.

    In larger tables the budget of posting visits excludes so many n-grams that values and pairs of
    words find more.
    """
    return is_small(len(views)) and _characters(views) <= RICH_CHARACTERS


def _characters(views: Views) -> int:
    return sum(views.distinct(column).characters for column in views.columns)


def is_small(records: int) -> bool:
    """Return whether a table of so many records may be small enough, as in :func:`is_rich`."""
    return records <= RICH_RECORDS


def values(views: Views, order: Order, scale: float) -> Index:
    """Index whole values by column, conjunctions of values that are not rare, and rare words."""
    records = len(order)
    bits = max(1, records.bit_length())
    largest = largest_block(views, len(order), scale)
    blocks = _value_blocks(views, order, bits, largest)
    views.records.memory.ease()
    shares = [1.0] * len(blocks)
    blocks += word_blocks(views, order, bits, largest)
    shares += [WORD_SHARE] * (len(blocks) - len(shares))
    views.records.memory.ease(always=True)  # the text is not needed while the index is built
    return block_index(blocks, shares, records, views.records.memory)


def largest_block(views: Views, records: int, scale: float) -> int:
    """Return the most records of a block that is looked up, in a table of so many records."""
    return int(max(SMALLEST, VISITS / max(1, records * len(views.columns))) * scale)


def sampled_pairs(views: Views, order: Order, scale: float, *, one_of: int = 16) -> int:
    """Estimate in how many pairs two records share a value or a rare word, one pair per key.

    Parameters
    ----------
    views, order, scale
        As for :func:`values`.
    one_of
        One of so many keys is drawn, by its hash; a power of two.
    """
    bits = max(1, len(order).bit_length())
    largest = largest_block(views, len(order), scale)
    unused = np.empty(len(order), np.int32)
    pairs = 0
    for column in views.columns:
        packed = pack_values(views.distinct(column).hashes(), order.rows, bits)
        near = packed_words(views.distinct(column), order.rank, bits, one_of=one_of)
        drawn = packed[(packed >> np.uint64(bits)) % np.uint64(one_of) == 0]
        for keys in (drawn, near):
            _, ends = cut_blocks(keys, bits, largest, len(order), unused)[0]
            sizes = np.diff(ends, prepend=0)
            pairs += int((sizes * (sizes - 1) // 2).sum())
    return pairs * one_of


def _value_blocks(views: Views, order: Order, bits: int, largest: int) -> list[Blocks]:
    """Return the blocks of values by column and of conjunctions of frequent values."""
    ample = max(2, largest // 3)
    numbers = np.full((len(views.columns), len(order)), -1, np.int32)

    def cut(job: tuple[int, str]) -> tuple[Blocks, int]:
        number, column = job
        packed = pack_values(views.distinct(column).hashes(), order.rows, bits)
        return cut_blocks(packed, bits, largest, ample, numbers[number], in_order=True)

    singles = views.records.memory.keep(over_items(cut, enumerate(views.columns)))
    frequent = [(column, common) for column, (_, common) in enumerate(singles) if common]
    joint = joint_blocks(numbers, frequent, bits, largest // 2, views.records.memory)
    return [*(blocks for blocks, _ in singles), *joint]


def words(views: Views, order: Order, scale: float) -> Index:
    """Index the words of the whole record, weighed by rarity (TF-IDF cosine)."""
    tokens = views.words()
    return token_index(tokens, _unit(tokens), order, _visits(order, scale))


def grams(views: Views, order: Order, scale: float) -> Index:
    """Index the character 3-grams of the whole record, weighed by rarity (TF-IDF cosine)."""
    tokens = views.grams()
    return token_index(tokens, _unit(tokens), order, _visits(order, scale))


def fields(views: Views, order: Order, scale: float) -> Index:
    """Index the 3-grams of each column separately, so that a long column cannot dominate."""
    parts = [_tagged(views.grams(column), number) for number, column in enumerate(views.columns)]
    importance = [_importance(part) for part in parts]
    total = sum(importance) or 1.0
    tokens = merged(parts)
    by_hash = np.argsort(tokens.hashes)
    column_of = np.empty(len(tokens.hashes), np.int32)
    for number, part in enumerate(parts):
        column_of[by_hash[np.searchsorted(tokens.hashes, part.hashes, sorter=by_hash)]] = number
    share = np.array(importance)[column_of] / total
    return token_index(tokens, _unit(tokens, column_of, share), order, _visits(order, scale))


BUILTIN = {
    "values": Rule(values, always=True),
    "words": Rule(words),
    "grams": Rule(grams),
    "fields": Rule(fields),
}


def _visits(order: Order, scale: float) -> int:
    return int(scale * (VISITS + VISITS_PER_RECORD * len(order)))


def _tagged(tokens: Tokens, number: int) -> Tokens:
    tag = np.uint64((number + 1) * 0x9E3779B97F4A7C15 % 2**64)
    hashes = (tokens.hashes ^ tag) * np.uint64(0xBF58476D1CE4E5B9)
    return Tokens(tokens.indptr, tokens.ids, tokens.frequency, hashes, tokens.has_digit)


def _importance(tokens: Tokens) -> float:
    """Return how well a column distinguishes records: the mean norm of its root TF-IDF vectors."""
    idf = np.log2((1 + len(tokens)) / (1.0 + tokens.frequency))[tokens.ids]
    row = np.repeat(np.arange(len(tokens)), np.diff(tokens.indptr))
    return float(np.sqrt(np.bincount(row, idf, minlength=len(tokens))).mean())


def _unit(
    tokens: Tokens,
    column_of: NDArray[np.int32] | None = None,
    share: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Weigh each token of each row, so that a row has norm 1, distributed over columns by share."""
    idf = tokens.idf().astype(np.float64)[tokens.ids]
    row = np.repeat(np.arange(len(tokens)), np.diff(tokens.indptr))
    if column_of is None or share is None:
        norm = np.bincount(row, idf * idf, minlength=len(tokens))
        return np.asarray(idf / np.sqrt(norm[row]))
    columns = int(column_of.max(initial=0)) + 1
    group = row * columns + column_of[tokens.ids]
    norm = np.bincount(group, idf * idf, minlength=len(tokens) * columns)
    return np.asarray(idf * np.sqrt(share[tokens.ids] / norm[group]))
