"""The keys of a whole table, in a form that a later batch is looked up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.blocking.candidates import (
    largest_turn,
    mean_candidates,
    sketches,
)
from matchloop.matching.blocking.conjunctions import JOINED_COLUMNS
from matchloop.matching.blocking.key_kernels import ROW_BITS, cut_runs
from matchloop.matching.blocking.keys import (
    CONTENT,
    MOST_ROWS,
    WORD,
    content_entries,
    part_name,
    value_keys,
    walk_keys,
)
from matchloop.matching.blocking.order import COPIES
from matchloop.matching.blocking.rules import is_small, largest_block

__all__ = ["KeyLimits", "StoredKeys", "can_be_stored", "first_copies", "stored_keys"]

Keys = NDArray[np.uint64]
RANKED = 4
"""Strengths to keep per record: a pair behind more ranks as if behind this many (a convention)."""


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What blocking decided for a whole table, kept for the batches that follow.

    Parameters
    ----------
    largest
        Most records of a block.
    nearest
        Neighbours to find per record.
    turn
        Candidates have a lower turn than this; infinite where all pairs found are candidates.
    pairs, more
        The columns whose common values are joined two at a time, and three or four at a time.
    """

    largest: int
    nearest: int
    turn: float
    pairs: tuple[int, ...]
    more: tuple[int, ...]

    def of(self, name: str) -> int:
        """Return the most records of a block of one kind of key."""
        return self.largest // 2 if name.count(" ") > 1 else self.largest


@dataclass(frozen=True, slots=True, eq=False)
class StoredKeys:
    """Entries of a table by kind of key.

    Parameters
    ----------
    entries
        Sorted entries of each kind of key, without those of frequent keys; and ``content``, those
        of whole records.
    frequent
        Sorted keys of each kind that are never looked up.
    common
        Sorted keys of each kind that may join another.
    sketch
        Bits of the 3-grams of each record, shape (records, words).
    strength
        The highest strengths among the candidates of each record, descending, shape
        (records, RANKED), -1 where there are fewer.
    """

    entries: Mapping[str, Keys]
    frequent: Mapping[str, Keys]
    common: Mapping[str, Keys]
    sketch: NDArray[np.uint64]
    strength: NDArray[np.float32]


def can_be_stored(records: Records, rules: Sequence[str]) -> bool:
    """Return whether the candidates of a table are found by its stored keys alone.

    A small table is looked up by all of its 3-grams, too, and is quickly blocked as a whole.
    """
    fits = not is_small(len(records)) and len(records) < MOST_ROWS
    return fits and not rules and records.source is None


def stored_keys(
    views: Views, candidates: CandidatePairs, effort: float
) -> tuple[StoredKeys, KeyLimits]:
    """Compute the keys of a table that was blocked.

    Parameters
    ----------
    views
        The table.
    candidates
        All of its candidates.
    effort
        The effort it was blocked with.
    """
    scale = 4.0 ** (effort - 0.5)
    largest = largest_block(views, len(views), scale)
    builder = _Builder(len(views), largest)
    builder.walk(views)
    limits = KeyLimits(
        largest,
        round(1.7 * mean_candidates(len(views), effort)) + 4,
        largest_turn(candidates, len(views), effort),
        tuple(builder.joinable(2)),
        tuple(builder.joinable(3)),
    )
    strength = best_strengths(candidates, len(views))
    stored = StoredKeys(
        builder.entries, builder.frequent, builder.common, sketches(views), strength
    )
    return stored, limits


def best_strengths(candidates: CandidatePairs, records: int) -> NDArray[np.float32]:
    """Return the highest strengths of each record, see :class:`StoredKeys`."""
    record = np.concatenate((candidates.left, candidates.right))
    strength = np.tile(candidates.strength, 2)
    order = np.lexsort((-strength, record))
    record, strength = record[order], strength[order]
    place = np.arange(len(record)) - np.searchsorted(record, record)
    best = np.full((records, RANKED), -1, np.float32)
    kept = place < RANKED
    best[record[kept], place[kept]] = strength[kept]
    return best


@dataclass(slots=True)
class _Builder:
    """Sorts the entries of a table and cuts them by how frequent their keys are."""

    rows: int
    largest: int
    entries: dict[str, Keys] = field(default_factory=dict)
    frequent: dict[str, Keys] = field(default_factory=dict)
    common: dict[str, Keys] = field(default_factory=dict)

    def walk(self, views: Views) -> None:
        """Take all keys of a table but those of the sixth and further copies of a record."""
        values = value_keys(views)
        self.entries[CONTENT], rows = first_copies(content_entries(values), self.rows)
        walk_keys(views, values, rows, self)

    def take(self, name: str, entries: Keys) -> NDArray[np.bool_]:
        """Sort and cut the entries of one kind of key."""
        entries.sort()
        is_single = name.count(" ") == 1
        largest = self.largest // 2 if name.count(" ") > 1 else self.largest
        ample = max(2, self.largest // 3) if is_single else largest
        is_common = np.zeros(self.rows, np.bool_)
        kept, frequent, common = cut_runs(entries, largest, ample, is_common)
        self.entries[name] = entries[:kept].copy()
        self.frequent[name] = frequent
        if name != WORD:
            self.common[name] = common
        return is_common

    def joinable(self, size: int) -> Sequence[int]:
        """Return the columns with common values, for three and more those with the most."""
        counts = {
            number: len(self.common[name])
            for number in range(len(self.common))
            if (name := part_name((number,))) in self.common and len(self.common[name])
        }
        if size == 2:
            return sorted(counts)
        most = sorted(counts, key=lambda number: (-counts[number], number))
        return sorted(most[:JOINED_COLUMNS])


def first_copies(
    content: Keys, rows: int, before: NDArray[np.integer] | int = 0
) -> tuple[Keys, NDArray[np.bool_]]:
    """Return the entries of the first five copies of each record, and which rows these are.

    Parameters
    ----------
    content
        Sorted entries of whole records.
    rows
        Number of rows.
    before
        Copies that come before the first of each entry.
    """
    key = content >> np.uint64(ROW_BITS)
    place = np.arange(len(key)) - np.searchsorted(key, key) + before
    kept = content[place < COPIES]
    mask = np.zeros(rows, np.bool_)
    mask[(kept & np.uint64(MOST_ROWS - 1)).astype(np.int64)] = True
    return kept, mask
