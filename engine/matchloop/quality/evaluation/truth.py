"""Read the truth of a table from a file."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.io import read_table
from matchloop.data.labels.meaning import answer_of
from matchloop.data.labels.pair_columns import answer_columns, changed_key, pair_columns
from matchloop.data.pairs import groups_of_pairs
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.errors import InputError, counted, some

__all__ = ["GivenTruth", "groups_by_key", "number_groups", "read_truth"]

Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

_ENTITIES = {
    "entity", "entityid", "trueentity", "trueentityid", "cluster", "clusterid", "truecluster",
    "trueclusterid", "group", "groupid", "truegroup", "truegroupid", "truth", "gold", "goldid",
    "matchid",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class GivenTruth:
    """The truth of a table.

    Parameters
    ----------
    groups
        Entity of each record, shape (records,): from a column, or the connected components of
        the matches.
    pairs
        The matches, as two arrays of row positions; None if the file has a column of entities.
    others
        The non-matches, if the file has a column of answers. Then all other pairs are unknown,
        and :attr:`groups` is not the whole truth. None otherwise.
    notes
        Sentences on dropped rows and columns.
    """

    groups: NDArray[np.int64]
    pairs: Pairs | None = None
    others: Pairs | None = None
    notes: tuple[str, ...] = ()


def read_truth(
    path: str | os.PathLike[str], records: Records, *, columns: Sequence[str] | None = None
) -> GivenTruth:
    """Read a truth: a table of keys and entities, or a table of pairs of keys.

    Columns are recognized by name. The first kind has the key column and an entity (``entity``,
    ``cluster_id``, ...). The second has two keys (``left_id, right_id``, ``id_1, id_2``, ...) and,
    if some pairs do not match, an answer (``label``, ``is_match``, ...). Two columns need no names.

    Parameters
    ----------
    path
        Any table that :func:`matchloop.read_records` reads.
    records
        The table that the truth is of.
    columns
        The columns to use where names are ambiguous: the entity, or two keys and the answer.

    Returns
    -------
    GivenTruth
        The truth.

    Raises
    ------
    TableError
        The file cannot be read.
    InputError
        It is the truth of another table, or its columns are ambiguous.
    """
    name = os.fspath(path)
    table = read_table(name)
    names = table.column_names
    if len(names) < 2:
        raise InputError(
            f"{name} has one column, {some(names)}; expected '{records.key}' and what each "
            "record is, or two columns of keys"
        )
    meant = _columns_of(table, records.key, columns, name)
    unused = [column for column in names if column not in (records.key, *meant)]
    notes = []
    if unused and len(meant) == 2:
        notes.append(
            f"every pair counts as a match, whatever its {some(unused)}; if only some match, name "
            "a column of answers by --truth-columns"
        )
    elif unused:
        notes.append(f"columns that were not used: {some(unused)}")
    if len(meant) == 1:
        _check_repeats(table, records.key, meant[0], name)
        groups = groups_by_key(records, table, meant[0], name=name)
        return GivenTruth(groups, notes=(*notes, *_alone(table, records, meant[0])))
    if pair_columns(names, records.key) is None and columns is None:
        notes.append(f"{some(meant)} were taken as the two keys of a pair")
    (pairs, others), left_out = _pairs_of(table, meant, records, name)
    groups = groups_of_pairs(pairs, len(records))
    judged = others if len(others[0]) else None
    return GivenTruth(groups, pairs, judged, (*notes, *left_out))


def _left_out(which: str) -> tuple[str, str]:
    return f"pair {which} was left out", f"pairs {which} were left out"


def _check_repeats(table: pa.Table, key: str, column: str, name: str) -> None:
    """Raise if a key occurs with two entities."""
    keys = as_text(table[key]).dictionary_encode()
    entities = number_groups(table[column])
    codes = np.asarray(keys.indices.fill_null(-1), np.int64)
    first = np.zeros(len(keys.dictionary) + 1, np.int64)
    first[codes[::-1]] = entities[::-1]
    differing = np.flatnonzero((first[codes] != entities) & (codes >= 0))
    if len(differing):
        raise InputError(
            f"{name} has the key {keys[int(differing[0])].as_py()!r} twice, with different values "
            f"of '{column}'; keep one row for each key"
        )


def _alone(table: pa.Table, records: Records, column: str) -> list[str]:
    """Return a sentence on records without an entity."""
    blank = as_text(table[records.key]).filter(as_text(table[column]).is_null())
    count = int(pc.sum(pc.is_in(blank, value_set=records.keys)).as_py() or 0)
    if not count:
        return []
    without = counted(count, "record has", "records have")
    return [f"{without} no value of '{column}'; each was taken as an entity of its own"]


def groups_by_key(
    records: Records, table: pa.Table, column: str, *, name: str
) -> NDArray[np.int64]:
    """Return the group of each record from a table with the key and a column of groups.

    Parameters
    ----------
    records
        The records to group.
    table
        A table with a row for each record, in any order; other rows are ignored.
    column
        Column of groups: equal values are a group, a record without a value is alone.
    name
        Name of the table in errors.

    Raises
    ------
    InputError
        A record is missing; up to five are named.
    """
    at = pc.index_in(records.keys, value_set=as_text(table[records.key]))
    if at.null_count:
        missing = records.keys.filter(pc.is_null(at))
        changed = changed_key(as_text(table[records.key]).to_pylist(), missing.to_pylist())
        what = "name every record of it" if changed is None else _what_to_do(changed, records.key)
        raise InputError(
            f"{name} lacks {len(missing):,} keys of the table: "
            f"{some(missing[:6].to_pylist())}; {what}"
        )
    return number_groups(table[column])[np.asarray(at, np.int64)]


def number_groups(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the values of a column, shape (rows,); every missing value gets its own number."""
    codes = as_text(column).dictionary_encode().indices
    numbers = np.asarray(codes.fill_null(-1), np.int64)
    missing = numbers < 0
    numbers[missing] = numbers.max(initial=-1) + 1 + np.arange(missing.sum())
    return numbers


def _columns_of(
    table: pa.Table, key: str, columns: Sequence[str] | None, name: str
) -> tuple[str, ...]:
    """Return the column of entities, or those of the two keys and, if there is one, the answer."""
    names = table.column_names
    if columns is not None:
        missing = [column for column in columns if column not in names]
        if missing or not 1 <= len(columns) <= 3:
            raise InputError(
                f"{name} has the columns {some(names, 8)}; name the entity's, or those of two keys "
                f"and the answer, not {some(columns)}"
            )
        if len(columns) == 1 and key not in names:
            raise InputError(f"{name} lacks the key column '{key}' beside '{columns[0]}'")
        return tuple(columns)
    pairs = pair_columns(names, key)
    if key in names:
        others = [column for column in names if column != key]
        entities = (
            others if len(others) == 1 else [column for column in others if _is_entity(column)]
        )
        if len(entities) == 1:
            return (entities[0],)
        if pairs is None or entities:
            raise InputError(
                f"{name} has the columns {some(names, 8)}, and which one says what each record is "
                "cannot be told; call it 'entity', or name it by --truth-columns"
            )
    entities = [column for column in names if pairs is None and _is_entity(column)]
    if entities:
        raise InputError(
            f"{name} lacks the key column '{key}' beside '{entities[0]}'; it has "
            f"{some(names, 8)}; call the column of keys '{key}'"
        )
    if pairs is None and len(names) == 2:
        return tuple(names)
    if pairs is None:
        raise InputError(
            f"{name} has the columns {some(names, 8)}, and which two hold keys of a pair cannot "
            "be told; call them left_id and right_id, or name them by --truth-columns"
        )
    if pairs.answer is not None:
        return pairs.left, pairs.right, pairs.answer
    rest = [column for column in names if column not in (pairs.left, pairs.right)]
    answers = answer_columns(rest) or [column for column in rest if _holds_answers(table[column])]
    if answers:
        raise InputError(
            f"{name} has the columns {some(answers)} beside the keys, which look like answers; "
            "name the right one by --truth-columns left,right,answer, or leave them out"
        )
    return pairs.left, pairs.right


def _is_entity(name: str) -> bool:
    return re.sub(r"[\W_]+", "", name).casefold() in _ENTITIES


def _holds_answers(column: pa.ChunkedArray) -> bool:
    """Return whether all values of a column are a yes or a no, with both among them."""
    try:
        answers = {answer_of(text) for text in pc.unique(as_text(column)).to_pylist() if text}
    except KeyError:
        return False
    return {True, False} <= answers


def _pairs_of(
    table: pa.Table, columns: Sequence[str], records: Records, name: str
) -> tuple[tuple[Pairs, Pairs], list[str]]:
    """Return the positions of matches and of non-matches, and notes on dropped rows."""
    notes = []
    is_match = np.ones(table.num_rows, np.bool_)
    if len(columns) == 3:
        answers = as_text(table[columns[2]]).fill_null("").to_pylist()
        try:
            meanings = [answer_of(answer) for answer in answers]
        except KeyError as error:
            raise InputError(
                f"{name} has {some(error.args)} in '{columns[2]}', which is no answer; write 1 "
                "or 0, yes or no, match or no match"
            ) from None
        if None in meanings:
            notes.append(counted(meanings.count(None), *_left_out("without an answer")))
        is_match = np.array([meaning for meaning in meanings if meaning is not None], np.bool_)
        table = table.filter(pa.array([meaning is not None for meaning in meanings]))
    sides = [as_text(table[column]).fill_null("") for column in columns[:2]]
    ends = [pc.index_in(side, value_set=records.keys) for side in sides]
    in_table = np.asarray(pc.and_(*(end.is_valid() for end in ends)), np.bool_)
    if not in_table.all():
        unknown = [
            key for side, end in zip(sides, ends, strict=True) for key in side.filter(end.is_null())
        ]
        texts = list(dict.fromkeys(key.as_py() for key in unknown))
        changed = changed_key(texts, records.keys.to_pylist())
        if changed is not None or not in_table.any():
            raise InputError(
                f"{len(texts):,} keys of the truth are not in the table: {some(texts)}; "
                + _what_to_do(changed, records.key)
            )
        notes.append(
            counted(int((~in_table).sum()), *_left_out("with a key that the table lacks"))
            + f": {some(texts)}"
        )
    left, right = (np.asarray(end.fill_null(-1), np.int64)[in_table] for end in ends)
    itself = left == right
    if itself.any():
        notes.append(counted(int(itself.sum()), *_left_out("of a record with itself")))
    is_match = is_match[in_table]
    yes, no = is_match & ~itself, ~is_match & ~itself
    return ((left[yes], right[yes]), (left[no], right[no])), notes


def _what_to_do(changed: tuple[str, str] | None, key: str) -> str:
    if changed is None:
        return f"give pairs of '{key}'"
    return (
        f"{changed[0]!r} is {changed[1]!r} in the table; keep the keys as text, with their zeros "
        "and without decimals"
    )
