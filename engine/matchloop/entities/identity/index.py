"""The index of an identity folder: what a batch is matched by without reading the whole table.

It is derived from the rows and the model, and written anew by any run that reads all rows. Its
first segment is the table as it was then; every batch adds a segment of its own records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.data.matches import RESULTS
from matchloop.data.pairs import CandidatePairs
from matchloop.data.statistics import Statistics
from matchloop.data.text import as_text, encode
from matchloop.data.text.hashing import hash_values
from matchloop.data.views import Views
from matchloop.entities.identity.arrays import ArrayFile, array_pieces, open_arrays
from matchloop.entities.identity.store import Head, Part, Store, Writing
from matchloop.errors import InputError
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking.key_kernels import ROW_BITS
from matchloop.matching.blocking.lookup import Segment
from matchloop.matching.blocking.stored import (
    KeyLimits,
    StoredKeys,
    stored_keys,
)
from matchloop.matching.learning import Context
from matchloop.matching.matcher import Matcher
from matchloop.matching.scoring import Standings

__all__ = ["Index", "Indexable", "Ranking", "open_index", "written_index", "written_segment"]

Positions = NDArray[np.int64]

GROWTH = 0.25
"""Share of the first segment that batches may add before the index is written anew: by then its
frozen statistics are out of date (a convention)."""

RECORDED = b"habits of dates and numbers"
"""The latest kind of statistics that an index records; an index without them is written anew."""

SEGMENTS = 24
"""Batches after which the index is written anew in any case (a convention)."""

LAST = np.uint64((1 << ROW_BITS) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How the candidates of some records compare, for pairs that are added later.

    Parameters
    ----------
    rivals
        The highest similarities of each record by each measure, shape (records, measures * kept).
    context
        Its standings by the prior model and by the forest.
    """

    rivals: NDArray[np.float32]
    context: Context

    @classmethod
    def of(cls, prepared: PreparedTable, context: Context) -> Ranking:
        """Take the ranking from a scored table."""
        return cls(
            np.concatenate([rivals.best for rivals in prepared.comparer.rivals], axis=1), context
        )

    def take(self, rows: Positions) -> Ranking:
        """Return the ranking of some records."""
        context = self.context
        return Ranking(
            self.rivals[rows],
            Context(_standings_at(context.prior, rows), _standings_at(context.forest, rows)),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return arrays for a file."""
        arrays: dict[str, NDArray[Any]] = {"ranking/rivals": self.rivals}
        for name in ("prior", "forest"):
            standings = getattr(self.context, name)
            if standings is not None:
                arrays[f"ranking/{name}"] = np.column_stack(
                    (standings.best, standings.second, standings.odds)
                ).astype(np.float64)
        return arrays


@dataclass(frozen=True, slots=True, eq=False)
class Indexable:
    """What the index of a whole table is made of.

    Parameters
    ----------
    views
        The table.
    candidates, effort
        All of its candidates, and the effort it was blocked with.
    ranking
        How they compare.
    matcher
        What scored them.
    """

    views: Views
    candidates: CandidatePairs
    effort: float
    ranking: Ranking
    matcher: Matcher

    @classmethod
    def of(cls, prepared: PreparedTable, context: Context, matcher: Matcher) -> Indexable:
        """Take from a scored table what the index is made of."""
        ranking = Ranking.of(prepared, context)
        return cls(prepared.views, prepared.candidates, prepared.effort, ranking, matcher)


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
        hashes = _key_hashes(keys)
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
        return Ranking(
            out["rivals"],
            Context(_standings_of(out.get("prior")), _standings_of(out.get("forest"))),
        )

    def sample(self) -> Positions:
        """Positions of records spread over the first segment.

        They are read with every batch, so that what is decided from the values of a column does
        not depend on a small batch alone.
        """
        base = np.arange(int(self.segments[0].meta["records"]))
        there = base[self.match_id[: len(base)] >= 0]
        return there[:: max(1, len(there) // SAMPLE)][:SAMPLE]


SAMPLE = 1_000
"""Records of :attr:`Index.sample`."""


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


def written_index(writing: Writing, whole: Indexable, records: pa.Table) -> tuple[Part, ...]:
    """Write the index of a whole table.

    Parameters
    ----------
    writing
        The files of the run.
    whole
        The table.
    records
        The table of records after the run, in the same order.
    """
    views = whole.views
    views.forget("words", "pieces", "grams", "dates", "numbers", "models", "core")
    return_freed_memory()  # what comparing and grouping used
    keys, limits = stored_keys(views, whole.candidates, whole.effort)
    statistics = views.recorder.statistics()
    meta = {
        "first": 0,
        "records": len(views),
        "model": scoring_of(whole.matcher),
        "limits": asdict(limits),
        "decisions": statistics.decisions,
    }
    arrays: dict[str, NDArray[Any]] = {"strength": keys.strength}
    for name, (hashes, counts) in statistics.counts.items():
        arrays[f"hashes/{name}"], arrays[f"counts/{name}"] = hashes, counts
    arrays |= {f"histograms/{name}": counts for name, counts in statistics.histograms.items()}
    arrays |= {f"frequent/{name}": frequent for name, frequent in keys.frequent.items()}
    arrays |= {f"common/{name}": common for name, common in keys.common.items()}
    everything = np.arange(len(views))
    arrays |= _segment_arrays(keys, views.records.keys, records, everything, whole.ranking)
    base = writing.pieces("index", "arrays", array_pieces(meta, arrays))
    ids = np.asarray(records.column("match_id").combine_chunks(), np.int64)
    since = np.asarray(records.column("since").combine_chunks(), np.int32)
    return base, _written_rows(writing, views.records.table), _written_members(writing, ids, since)


def written_segment(
    writing: Writing,
    base: Sequence[Part],
    keys: StoredKeys,
    table: pa.Table,
    records: pa.Table,
    ranked: tuple[Positions, Ranking],
    members: tuple[NDArray[np.int64], NDArray[np.int32]],
) -> tuple[Part, ...]:
    """Write the segment of a batch.

    Parameters
    ----------
    writing
        The files of the run.
    base
        The files of the index before.
    keys
        The keys of its new records.
    table
        Their rows.
    records
        Their keys, ids and content hashes.
    ranked
        The positions whose ranking the batch changed, ascending, and the ranking.
    members
        The id of every position, and the run that gave it.
    """
    at, ranking = ranked
    key = as_text(records.column("key"))
    first = len(members[0]) - table.num_rows
    arrays = _segment_arrays(keys, key, records, at, ranking)
    segment = writing.pieces("index", "arrays", array_pieces({"first": first}, arrays))
    rows = _written_rows(writing, table)
    return (*base[:-1], segment, rows, _written_members(writing, *members))


def _segment_arrays(
    keys: StoredKeys,
    key: pa.StringArray,
    records: pa.Table,
    at: Positions,
    ranking: Ranking,
) -> dict[str, NDArray[Any]]:
    hashes = records.column("content_hash").combine_chunks()
    digests = np.frombuffer(b"".join(hashes.to_pylist()), np.uint8).reshape(-1, 16)
    rows = np.arange(len(key), dtype=np.uint64)
    entries = np.sort((_key_hashes(key) << np.uint64(ROW_BITS)) | rows)
    return {
        **{f"entries/{name}": part for name, part in keys.entries.items()},
        "sketch": keys.sketch,
        "keys": entries,
        "content": digests,
        "ranking/at": at,
        **ranking.to_arrays(),
    }


def _written_rows(writing: Writing, table: pa.Table) -> Part:
    kept = table.drop_columns([name for name in RESULTS if name in table.column_names])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, kept.schema) as file:
        file.write_table(kept.combine_chunks())
    return writing.pieces("index", "arrow", [memoryview(sink.getvalue())], kept.num_rows)


def _written_members(
    writing: Writing, match_id: NDArray[np.int64], since: NDArray[np.int32]
) -> Part:
    pieces = array_pieces({}, {"match_id": match_id, "since": since})
    return writing.pieces("index", "arrays", pieces, len(match_id))


def _key_hashes(keys: pa.StringArray) -> NDArray[np.uint64]:
    strings = encode(keys)
    hashes = hash_values(strings.offsets, strings.codes, strings.points)
    return np.asarray(hashes >> np.uint64(ROW_BITS), np.uint64)


def _hashes(digests: NDArray[np.uint8]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(digests))
    return pa.Array.from_buffers(pa.binary(16), len(digests), [None, data])


def _standings_at(standings: Standings | None, rows: Positions) -> Standings | None:
    if standings is None:
        return None
    return Standings(standings.best[rows], standings.second[rows], standings.odds[rows])


def _standings_of(stored: NDArray[np.float64] | None) -> Standings | None:
    if stored is None:
        return None
    best, second = (np.ascontiguousarray(stored[:, at]).astype(np.float32) for at in (0, 1))
    return Standings(best, second, np.ascontiguousarray(stored[:, 2]))
