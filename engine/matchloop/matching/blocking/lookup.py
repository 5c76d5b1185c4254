"""Look up a batch in the stored keys of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import packed, run_starts, unpacked
from matchloop.data.views import Views
from matchloop.matching.blocking.candidates import VALUE_SHARE, sketched, sketches
from matchloop.matching.blocking.index import BIT
from matchloop.matching.blocking.key_kernels import ROW_BITS
from matchloop.matching.blocking.keys import (
    CONTENT,
    MOST_ROWS,
    WORD,
    content_entries,
    value_keys,
    walk_keys,
)
from matchloop.matching.blocking.rules import WORD_SHARE
from matchloop.matching.blocking.stored import KeyLimits, StoredKeys, first_copies

__all__ = ["Found", "Segment", "look_up"]

Keys = NDArray[np.uint64]
Positions = NDArray[np.int64]
SHIFT = np.uint64(ROW_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Stored keys of some records of a table, those from position ``first`` on."""

    keys: StoredKeys
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Candidates of a batch.

    Parameters
    ----------
    row, other
        A row of the batch, and the position of its neighbour; the batch follows the stored
        records. Shape (pairs,); a pair inside the batch stands once, by its later row.
    strength
        Strength of each pair, shape (pairs,).
    identical
        Whether the two are linked as copies of one record, shape (pairs,).
    keys
        Keys of the batch, to be stored.
    """

    row: Positions
    other: Positions
    strength: NDArray[np.float32]
    identical: NDArray[np.bool_]
    keys: StoredKeys


def look_up(
    views: Views,
    segments: Sequence[Segment],
    limits: KeyLimits,
    present: NDArray[np.bool_],
    *,
    records: int | None = None,
) -> Found:
    """Find the candidates of each record of a batch among stored records and in the batch.

    Parameters
    ----------
    views
        The batch first, by the statistics of the stored table.
    segments
        The stored records, the first segment with its frequent and common keys.
    limits
        What was decided for the table.
    present
        Whether a stored record is still there, shape (stored,).
    records
        Records of the batch; all of the views when left out. The rest is not looked up.
    """
    stored, count = len(present), len(views) if records is None else records
    finder = _Finder(segments, limits, stored, count)
    values = value_keys(views)
    content, copies = _content(values[:, :count], segments, stored)
    own, rows = first_copies(content, len(views), _before(content, segments))
    walk_keys(views, values, rows, finder)
    finder.entries[CONTENT] = own
    row, other, weight = finder.nearest(present)
    bits = sketches(views)[:count]
    strength = _strengths((row, other), weight, bits, segments, stored)
    kept = _turned(row, other, strength, segments, stored) < limits.turn
    row, other, strength = row[kept], other[kept], strength[kept]
    link_row, link_other = copies
    links = packed(link_row, link_other)
    ids = np.concatenate((links, packed(row, other)))
    ids, first = np.unique(ids, return_index=True)
    strength = np.concatenate((np.ones(len(links), np.float32), strength))[first]
    row, other = unpacked(ids)
    once = (other < stored) | (other - stored < row)
    once |= ~np.isin(packed(other - stored, row + stored), ids)
    identical = first < len(links)
    swapped = (other >= stored) & (other - stored > row)
    later = np.where(swapped, other - stored, row)
    earlier = np.where(swapped, row + stored, other)
    here = np.where(earlier < stored, present[np.minimum(earlier, stored - 1)], True) & once
    keys = StoredKeys(finder.entries, {}, {}, bits, np.empty((0, 0), np.float32))
    return Found(later[here], earlier[here], strength[here], identical[here], keys)


@dataclass(slots=True)
class _Finder:
    """Looks up the entries of a batch, kind by kind."""

    segments: Sequence[Segment]
    limits: KeyLimits
    stored: int
    rows: int
    entries: dict[str, Keys] = field(default_factory=dict)
    shared: list[tuple[Positions, Positions, NDArray[np.int64]]] = field(default_factory=list)

    def take(self, name: str, entries: Keys) -> NDArray[np.bool_]:
        """Find the stored records that share a key with a row of the batch."""
        base = self.segments[0].keys
        entries = np.unique(entries)
        key = entries >> SHIFT
        row = (entries & np.uint64(MOST_ROWS - 1)).astype(np.int64)
        is_common = np.zeros(self.rows, np.bool_)  # the rest of the views has no entries
        if name in base.common:
            is_common[row[_contains(base.common[name], key)]] = True
        rare = ~_contains(base.frequent.get(name, np.empty(0, np.uint64)), key)
        entries, key, row = entries[rare], key[rare], row[rare]
        self.entries[name] = entries
        places = [*((segment.keys.entries.get(name), segment.first) for segment in self.segments)]
        hits = []
        total = np.zeros(len(key), np.int64)
        for stored, first in (*places, (entries, self.stored)):
            if stored is None or len(stored) == 0:
                continue
            low = np.searchsorted(stored, key << SHIFT)
            high = np.searchsorted(stored, (key << SHIFT) | np.uint64(MOST_ROWS - 1), "right")
            total += high - low
            hits.append((stored, first, low, high))
        looked_up = (total > 1) & (total <= self.limits.of(name))
        share = WORD_SHARE if name == WORD else 1.0
        count = self.stored + self.rows
        weight = np.round(BIT * share * np.log2(np.maximum(count / np.maximum(total, 1), 2.0)))
        for stored, first, low, high in hits:
            sizes = np.where(looked_up, high - low, 0)
            of_key = np.repeat(np.arange(len(key)), sizes)
            at = np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(len(of_key))
            other = (stored[at] & np.uint64(MOST_ROWS - 1)).astype(np.int64) + first
            self.shared.append((row[of_key], other, weight[of_key].astype(np.int64)))
        return is_common

    def joinable(self, size: int) -> Sequence[int]:
        """Return the columns that the stored table joined."""
        return self.limits.pairs if size == 2 else self.limits.more

    def nearest(self, present: NDArray[np.bool_]) -> tuple[Positions, Positions, NDArray[np.int64]]:
        """Return the neighbours that share the most weight with each row, and that weight."""
        row, other, weight = (np.concatenate(part) for part in zip(*self.shared, strict=True))
        kept = other != row + self.stored
        kept &= present[np.minimum(other, self.stored - 1)] | (other >= self.stored)
        row, other, weight = row[kept], other[kept], weight[kept]
        ids = packed(row, other)
        order = np.argsort(ids, kind="stable")
        first = run_starts(ids[order])
        if len(first) == 0:
            return row, other, weight
        weight = np.add.reduceat(weight[order], first)
        row, other = unpacked(ids[order][first])
        order = np.lexsort((other, -weight, row))
        row, other, weight = row[order], other[order], weight[order]
        near = np.arange(len(row)) - np.searchsorted(row, row) < self.limits.nearest
        return row[near], other[near], weight[near]


def _contains(sorted_keys: Keys, keys: Keys) -> NDArray[np.bool_]:
    if len(sorted_keys) == 0:
        return np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.asarray(sorted_keys[at] == keys)


def _spans(segments: Sequence[Segment], key: Keys) -> list[tuple[Keys, int, Positions, Positions]]:
    spans = []
    for segment in segments:
        stored = segment.keys.entries[CONTENT]
        low = np.searchsorted(stored, key << SHIFT)
        high = np.searchsorted(stored, (key << SHIFT) | np.uint64(MOST_ROWS - 1), "right")
        spans.append((stored, segment.first, low, high))
    return spans


def _before(content: Keys, segments: Sequence[Segment]) -> Positions:
    """Return how many stored copies each entry of the batch has."""
    spans = _spans(segments, content >> SHIFT)
    return np.asarray(np.sum([high - low for *_, low, high in spans], axis=0), np.int64)


def _content(
    values: Keys, segments: Sequence[Segment], stored: int
) -> tuple[Keys, tuple[Positions, Positions]]:
    """Link every record of a batch to the first other record with the same values."""
    content = content_entries(values)
    key = content >> SHIFT
    row = (content & np.uint64(MOST_ROWS - 1)).astype(np.int64)
    first = row[np.searchsorted(key, key)] + stored
    for entries, offset, low, high in reversed(_spans(segments, key)):
        there = high > low
        first[there] = (entries[low[there]] & np.uint64(MOST_ROWS - 1)).astype(np.int64) + offset
    linked = first != row + stored
    return content, (row[linked], first[linked])


def _sketches_at(
    position: Positions, segments: Sequence[Segment], width: int
) -> NDArray[np.uint64]:
    """Read the sketches at some positions."""
    out = np.empty((len(position), width), np.uint64)
    for segment in segments:
        array = segment.keys.sketch
        inside = (position >= segment.first) & (position < segment.first + len(array))
        out[inside] = array[position[inside] - segment.first]
    return out


def _strengths(
    pairs: tuple[Positions, Positions],
    weight: NDArray[np.int64],
    bits: NDArray[np.uint64],
    segments: Sequence[Segment],
    stored: int,
) -> NDArray[np.float32]:
    """Compute strengths as :func:`matchloop.matching.blocking.block` does."""
    row, other = pairs
    old = np.unique(other[other < stored])
    earlier = _sketches_at(old, segments, bits.shape[1])
    at = np.where(other < stored, np.searchsorted(old, other), other - stored + len(old))
    every = np.concatenate((earlier, bits))
    strength = sketched(every, (row + len(old)).astype(np.int32), at.astype(np.int32))
    whole = np.float32(2 * BIT * float(np.log2(max(stored + len(bits), 2))))
    by_value = np.minimum(weight / whole, np.float32(1)).astype(np.float32)
    strength += np.float32(VALUE_SHARE) * by_value
    strength /= np.float32(1 + VALUE_SHARE)
    return strength


def _turned(
    row: Positions,
    other: Positions,
    strength: NDArray[np.float32],
    segments: Sequence[Segment],
    stored: int,
) -> NDArray[np.float64]:
    """Compute the turn of each pair by its rank among the pairs of either record."""
    order = np.lexsort((other, -strength, row))
    rank = np.empty(len(row), np.int64)
    rank[order] = np.arange(len(row)) - np.searchsorted(row[order], row[order])
    old = np.flatnonzero(other < stored)
    base = segments[0].keys.strength
    in_base = old[other[old] < len(base)]
    behind = (base[other[in_base]] > strength[in_base, None]).sum(axis=1)
    rank[in_base] = np.minimum(rank[in_base], behind)
    return np.asarray(np.sqrt(rank + 1) * (1.0 - strength.astype(np.float64)))
