"""The index of an identity folder: what a batch is matched by without reading the whole table.

It is derived from the rows and the model, and written anew by any run that reads all rows. Its
first segment is the table as it was then; every batch adds a segment of its own records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.statistics import Statistics
from matchloop.data.text import as_text, encode
from matchloop.data.text.hashing import hash_values
from matchloop.entities.identity.arrays import ArrayFile, open_arrays
from matchloop.entities.identity.ranking import Ranking
from matchloop.entities.identity.store import Head, Store
from matchloop.errors import InputError
from matchloop.matching.blocking.key_kernels import ROW_BITS
from matchloop.matching.blocking.lookup import Segment
from matchloop.matching.blocking.stored import KeyLimits, StoredKeys
from matchloop.matching.matcher import Matcher

__all__ = ["Index", "key_hashes", "open_index", "scoring_of"]

Positions = NDArray[np.int64]

GROWTH = 0.25
"""Share of the first segment that batches may add before the index is written anew: by then its
frozen statistics are out of date (a convention)."""

RECORDED = b"habits of dates and numbers"
"""The latest kind of statistics that an index records; an index without them is written anew."""

SEGMENTS = 24
"""Batches after which the index is written anew in any case (a convention)."""

SAMPLE = 1_000
"""Records of :attr:`Index.sample`."""

LAST = np.uint64((1 << ROW_BITS) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The open index of a folder.

    Parameters
    ----------
    segments
        The files of its segments, in their order.
    tables
        The rows of each segment.
    members
        The file of what changes with every run: the id of each position, -1 for a record that is
        gone, and the run that gave it.
    """

    segments: tuple[ArrayFile, ...]
    tables: tuple[pa.Table, ...]
    members: ArrayFile

    @property
    def stored(self) -> int:
        """Number of positions, those of records that are gone included."""
        return len(self.match_id)

    @property
    def match_id(self) -> NDArray[np.int64]:
        """Id of the record at each position, -1 where it is gone."""
        return self.members.arrays["match_id"]

    @property
    def since(self) -> NDArray[np.int32]:
        """Run that gave the record at each position its id."""
        return self.members.arrays["since"]

    @property
    def limits(self) -> KeyLimits:
        """What blocking decided for the first segment."""
        limits = dict(self.segments[0].meta["limits"])
        limits["pairs"], limits["more"] = tuple(limits["pairs"]), tuple(limits["more"])
        return KeyLimits(**limits)

    def statistics(self) -> Statistics:
        """Return the statistics of the first segment."""
        base = self.segments[0]
        hashes, counts = base.under("hashes"), base.under("counts")
        return Statistics(
            int(base.meta["records"]),
            base.meta["decisions"],
            {name: (hashes[name], counts[name]) for name in counts},
            base.under("histograms"),
        )

    def keys(self) -> list[Segment]:
        """Return the keys of every segment."""
        none = np.empty((0, 0), np.float32)
        return [
            Segment(
                StoredKeys(
                    file.under("entries"),
                    file.under("frequent"),
                    file.under("common"),
                    file.arrays["sketch"],
                    file.arrays.get("strength", none),
                ),
                int(file.meta["first"]),
            )
            for file in self.segments
        ]

    def positions_of(self, keys: pa.StringArray, column: str) -> Positions:
        """Return the position of each key, -1 where no record has it."""
        hashes = key_hashes(keys)
        positions = np.full(len(keys), -1, np.int64)
        for file, table in zip(self.segments, self.tables, strict=True):
            first, entries = int(file.meta["first"]), file.arrays["keys"]
            low = np.searchsorted(entries, hashes << np.uint64(ROW_BITS))
            high = np.searchsorted(entries, (hashes << np.uint64(ROW_BITS)) | LAST, "right")
            at = np.repeat(np.arange(len(keys)), high - low)
            place = np.repeat(low - np.cumsum(high - low) + (high - low), high - low)
            rows = (entries[place + np.arange(len(at))] & LAST).astype(np.int64)
            held = as_text(table.column(column).take(pa.array(rows)))
            same = np.asarray(pc.equal(held, keys.take(pa.array(at))), np.bool_)
            same &= self.match_id[rows + first] >= 0
            positions[at[same]] = rows[same] + first
        return positions

    def rows(self, positions: Positions) -> pa.Table:
        """Read the rows at some positions, which ascend."""
        parts = []
        for file, table in zip(self.segments, self.tables, strict=True):
            first = int(file.meta["first"])
            inside = (positions >= first) & (positions < first + table.num_rows)
            parts.append(table.take(pa.array(positions[inside] - first)))
        return pa.concat_tables(parts).combine_chunks()

    def content(self, positions: Positions) -> pa.Array:
        """Read the content hashes at some positions."""
        out = np.empty((len(positions), 16), np.uint8)
        for file in self.segments:
            first, stored = int(file.meta["first"]), file.arrays["content"]
            inside = (positions >= first) & (positions < first + len(stored))
            out[inside] = stored[positions[inside] - first]
        return _hashes(out)

    def ranking(self, positions: Positions) -> Ranking:
        """Read the ranking of some records: that of the latest batch that changed it."""
        missing = np.ones(len(positions), np.bool_)
        out: dict[str, NDArray[Any]] = {}
        for file in reversed(self.segments):
            at = file.arrays["ranking/at"]
            place = np.minimum(np.searchsorted(at, positions), max(len(at) - 1, 0))
            is_here = missing & (at[place] == positions) if len(at) else np.zeros_like(missing)
            for name in ("rivals", "prior", "forest"):
                stored = file.arrays.get(f"ranking/{name}")
                if stored is None:
                    continue
                if name not in out:
                    out[name] = np.zeros((len(positions), stored.shape[1]), stored.dtype)
                out[name][is_here] = stored[place[is_here]]
            missing &= ~is_here
        return Ranking.of_arrays(out)

    def sample(self) -> Positions:
        """Positions of records spread over the first segment.

        They are read with every batch, so that what is decided from the values of a column does
        not depend on a small batch alone.
        """
        base = np.arange(int(self.segments[0].meta["records"]))
        there = base[self.match_id[: len(base)] >= 0]
        return there[:: max(1, len(there) // SAMPLE)][:SAMPLE]


def open_index(store: Store, head: Head | None, matcher: Matcher) -> Index | None:
    """Open the index of a folder.

    Returns
    -------
    Index or None
        None where there is none, a file of it is missing or cut short, it is of another model,
        or so many batches were added that it is to be written anew.
    """
    if head is None or not head.index or not matcher.is_fitted:
        return None
    *segments, members = head.index
    paths = [store.local_file(part) for part in head.index]
    files = [path for path in paths if path is not None]
    if len(files) != len(paths) or len(segments) % 2:
        return None
    try:
        arrays = tuple(open_arrays(path) for path in files[:-1:2])
        tables = tuple(
            pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in files[1:-1:2]
        )
        index = Index(arrays, tables, open_arrays(files[-1]))
    except (InputError, pa.ArrowInvalid, OSError):
        return None
    base = int(arrays[0].meta["records"])
    if arrays[0].meta["model"] != scoring_of(matcher) or len(arrays) > SEGMENTS:
        return None
    if index.stored - base > GROWTH * base or members.count != index.stored:
        return None
    return index


def scoring_of(matcher: Matcher) -> str:
    """Return the hash of what scores depend on: of all but how groups are formed."""
    plain = replace(
        matcher, precision_recall=0.5, threshold=None, max_size=None, enforce_labels=False
    )
    return sha256(RECORDED + plain.to_bytes()).hexdigest()


def key_hashes(keys: pa.StringArray) -> NDArray[np.uint64]:
    """Return a hash of each key with the highest bits free for its row, shape (keys,)."""
    strings = encode(keys)
    hashes = hash_values(strings.offsets, strings.codes, strings.points)
    return np.asarray(hashes >> np.uint64(ROW_BITS), np.uint64)


def _hashes(digests: NDArray[np.uint8]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(digests))
    return pa.Array.from_buffers(pa.binary(16), len(digests), [None, data])
