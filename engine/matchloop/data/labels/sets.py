"""Decide which rows form a set: those of one id and file, and of other files that share a key.

Most programs number their sets from 0, so an id in another file may be another set. A set of a
later file is the earlier one of its id only if the two share a key. Ids that matchloop derives from
the keys of a set are the same set in every file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels.plain import codes, exact_codes
from matchloop.data.pairs import packed, run_starts
from matchloop.errors import LabelFileError, counted, some

__all__ = [
    "AUDIT_SET",
    "REVIEW_SET",
    "SetsApart",
    "check_order",
    "files_of",
    "record_codes",
    "set_apart",
]

AUDIT_SET = r"^audit-[0-9a-f]{8}-[0-9]+$"
"""Form of the ids of audit sets; only the id survives every file."""

REVIEW_SET = r"^review-[0-9a-f]{10}$"
"""How the id of a reviewed decision looks: its rows were chosen because they are doubtful."""

_MADE_OF_KEYS = (
    rf"{AUDIT_SET}|{REVIEW_SET}|^([0-9]{{2,}}|pair)-[0-9a-f]{{10}}(-[0-9a-fm][0-9a-f]{{8}})?$"
)

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SetsApart:
    """Set ids after sets of the same id and other rows were separated.

    Parameters
    ----------
    set_ids
        The id of each row.
    renamed
        Ids that belong to other rows in an earlier file; the later set got a new id.
    partly
        Ids whose sets were joined although they share less than half of their rows.
    """

    set_ids: pa.StringArray
    renamed: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return a sentence for each kind of change."""
        sentences = []
        if self.renamed:
            sentences.append(
                counted(
                    len(self.renamed),
                    "set has the id of a set of other rows and was taken as a set of its own",
                    "sets have the id of a set of other rows and were taken as sets of their own",
                )
                + f": {some(self.renamed)}"
            )
        if self.partly:
            sentences.append(
                counted(
                    len(self.partly),
                    "set shares only some of its rows with the earlier set of that id, and was",
                    "sets share only some of their rows with the earlier set of that id, and were",
                )
                + f" taken as one with it: {some(self.partly)}"
            )
        return sentences


def set_apart(
    set_ids: pa.StringArray, keys: Callable[[], Codes], parts: NDArray[np.integer]
) -> SetsApart:
    """Give sets of later parts a new id where their id belongs to other rows before.

    Parameters
    ----------
    set_ids
        The original id of each row, shape (rows,).
    keys
        Function that returns a number for the record of each row, shape (rows,); called only if an
        id is repeated.
    parts
        Number of the file, or other part, of each row, ascending with time, shape (rows,).
    """
    sets, names = codes(set_ids)
    joined = _Joined.of(sets, keys, parts, len(names))
    global_ids = np.asarray(pc.match_substring_regex(names, _MADE_OF_KEYS), np.bool_)
    partly = np.unique(joined.sets[joined.is_partly & ~global_ids[joined.sets]])
    apart = np.unique(joined.sets[joined.is_apart & ~global_ids[joined.sets]])
    texts = names.take(pa.array(partly)).to_pylist()
    if len(apart) == 0:
        return SetsApart(set_ids, (), tuple(texts))
    new_names, rows = _names_for(apart, sets, names, keys(), parts)
    mask = np.zeros(len(set_ids), np.bool_)
    mask[rows] = True
    made = pc.replace_with_mask(set_ids, pa.array(mask), pa.array(new_names, pa.string()))
    return SetsApart(made, tuple(names.take(pa.array(apart)).to_pylist()), tuple(texts))


def files_of(set_ids: pa.StringArray, parts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number the files that repeated headers separate within a file, shape (rows,).

    A header inside a set starts no new file, as programs repeat it on each page. Then the set above
    the header continues below, and no other id is repeated.

    Parameters
    ----------
    set_ids
        The id of each row, shape (rows,).
    parts
        Number of repeated headers above each row, ascending, shape (rows,).
    """
    sets = codes(set_ids)[0]
    made = np.zeros(len(sets), np.int64)
    start = 0
    for at in (np.flatnonzero(np.diff(parts)) + 1).tolist():
        rest = sets[at:][parts[at:] == parts[at]]
        common = set(sets[start:at].tolist()) & set(rest.tolist())
        if common and (common != {int(rest[0])} or rest[0] != sets[at - 1]):
            made[at:] += 1
            start = at
    return made


def check_order(set_ids: pa.StringArray, keys: Callable[[], Codes]) -> None:
    """Raise if the numbering of sets starts over, as in joined files.

    Rows that were shuffled or sorted by another column pass, as their sets have single rows between
    others.

    Raises
    ------
    LabelFileError
        Sets reappear after others, as blocks of rows that share no key with the earlier block.
    """
    sets, names = codes(set_ids)
    starts = run_starts(sets)
    if len(starts) == len(names) or 2 * len(starts) > len(sets):
        return
    seen: set[int] = set()
    parts = np.zeros(len(starts), np.int32)
    for at, set_ in enumerate(sets[starts].tolist()):
        parts[at] = parts[at - 1] if at else 0
        if set_ in seen:
            parts[at] += 1
            seen = set()
        seen.add(set_)
    lengths = np.diff(np.append(starts, len(sets)))
    joined = _Joined.of(sets, keys, np.repeat(parts, lengths), len(names))
    strewn = np.bincount(sets[starts][lengths == 1], minlength=len(names)) > 0
    again = np.unique(joined.sets[joined.is_apart & ~strewn[joined.sets]])
    if len(again) > 1:
        texts = names.take(pa.array(again)).to_pylist()
        raise LabelFileError(
            f"{len(again):,} set ids come back with other rows after the sets between: "
            f"{some(texts)}; if files were concatenated, give each of them separately; "
            "if each id is one set, sort the rows by it"
        )


def record_codes(values: pa.Table, key: str | None) -> Codes:
    """Return a number for the record of each row.

    Parameters
    ----------
    values
        The columns of the records as text.
    key
        The column that identifies a record. Without it, rows that are equal in all columns are one
        record.
    """
    names = values.column_names if key is None else [key]
    made = np.zeros(values.num_rows, np.int32)
    for name in names:
        column = exact_codes(_joined(values.column(values.column_names.index(name))))[0]
        made = np.unique(packed(made, column), return_inverse=True)[1].astype(np.int32)
    return made


def _joined(column: pa.ChunkedArray) -> pa.StringArray:
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Each set in each part after its first, and whether it shares keys with earlier parts."""

    sets: Codes
    is_apart: NDArray[np.bool_]
    is_partly: NDArray[np.bool_]

    @classmethod
    def of(
        cls, sets: Codes, keys: Callable[[], Codes], parts: NDArray[np.integer], n_sets: int
    ) -> _Joined:
        order = np.lexsort((parts, sets))
        first = run_starts(sets[order], parts[order])
        several = np.bincount(sets[order][first], minlength=n_sets) > 1
        rows = np.flatnonzero(several[sets])
        if len(rows) == 0:
            none = np.empty(0, np.bool_)
            return cls(np.empty(0, np.int32), none, none)
        sets, records, parts = sets[rows], keys()[rows], parts[rows]
        order = np.lexsort((parts, records, sets))
        sets, records, parts = sets[order], records[order], parts[order]
        distinct = run_starts(sets, records, parts)
        sets, records, parts = sets[distinct], records[distinct], parts[distinct]
        is_known = np.ones(len(sets), np.bool_)
        is_known[run_starts(sets, records)] = False  # the key is new in this set
        order = np.lexsort((parts, sets))
        sets, parts, is_known = sets[order], parts[order], is_known[order]
        starts = run_starts(sets, parts)
        size = np.diff(np.append(starts, len(sets)))
        shared = np.add.reduceat(is_known.astype(np.int64), starts)
        of_set = sets[starts]
        total = np.cumsum(size - shared) - (size - shared)
        opens = run_starts(of_set)
        before = total - np.repeat(total[opens], np.diff(np.append(opens, len(of_set))))
        later = np.ones(len(of_set), np.bool_)
        later[opens] = False
        is_partly = (shared > 0) & (2 * shared < np.minimum(size, before))
        return cls(of_set[later], (shared == 0)[later], is_partly[later])


def _names_for(
    apart: Codes, sets: Codes, names: pa.StringArray, keys: Codes, parts: NDArray[np.integer]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the new ids, and the rows that get them, ascending."""
    texts = names.to_pylist()
    number = {text: code for code, text in enumerate(texts)}
    order = np.argsort(sets, kind="stable")
    starts = np.searchsorted(sets[order], np.arange(len(texts) + 1))
    renamed: dict[int, str] = {}
    for code in apart.tolist():
        rows = order[starts[code] : starts[code + 1]]
        held: dict[str, set[int]] = {}
        for part in np.unique(parts[rows]).tolist():
            own = rows[parts[rows] == part]
            records = set(keys[own].tolist())
            for name in chain([texts[code]], (f"{texts[code]} ({at})" for at in count(2))):
                if not held:
                    held[name] = records
                elif name not in held and name in number:  # an existing set has this name
                    at = number[name]
                    held[name] = set(keys[order[starts[at] : starts[at + 1]]].tolist())
                if held.setdefault(name, records) & records:
                    break
            held[name] |= records
            if name != texts[code]:
                renamed.update(dict.fromkeys(own.tolist(), name))
    rows = np.array(sorted(renamed), np.int64)
    return [renamed[row] for row in rows.tolist()], rows
