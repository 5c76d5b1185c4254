"""Write the index of an identity folder: of a whole table, or the segment of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.data.matches import RESULTS
from matchloop.data.pairs import CandidatePairs
from matchloop.data.text import as_text
from matchloop.data.views import Views
from matchloop.entities.identity.arrays import array_pieces
from matchloop.entities.identity.index import key_hashes, scoring_of
from matchloop.entities.identity.ranking import Ranking
from matchloop.entities.identity.store import Part, Writing
from matchloop.matching.backends import PreparedTable
from matchloop.matching.blocking.key_kernels import ROW_BITS
from matchloop.matching.blocking.stored import StoredKeys, stored_keys
from matchloop.matching.learning import Context
from matchloop.matching.matcher import Matcher

__all__ = ["Indexable", "written_index", "written_segment"]

Positions = NDArray[np.int64]


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
    entries = np.sort((key_hashes(key) << np.uint64(ROW_BITS)) | rows)
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
