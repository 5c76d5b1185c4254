"""Put tables with different columns under each other, to link them as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text import as_text
from matchloop.errors import TableError, some

__all__ = ["Stacked", "stack_tables"]


@dataclass(frozen=True, slots=True, eq=False)
class Stacked:
    """Tables under each other. :func:`stack_tables` makes one.

    Parameters
    ----------
    table
        The column of sources, the key, then every column that one of the tables has.
    notes
        Sentences on what was changed or is missing.
    """

    table: pa.Table
    notes: tuple[str, ...]


def stack_tables(
    tables: Mapping[str, pa.Table],
    *,
    key: str,
    source: str = "source",
    renamed: Mapping[str, str] | None = None,
) -> Stacked:
    """Put tables under each other, with a column that says where each row comes from.

    Parameters
    ----------
    tables
        The tables by name, two or more; the names become the values of the column of sources.
    key
        Column that identifies each record in every table, after renaming. If a key occurs in
        several tables, all keys get the name of their table in front: ``south:17``.
    source
        Name of the new column.
    renamed
        Columns to rename, from old to new name, in every table that has the old one.

    Returns
    -------
    Stacked
        A column that has the same type everywhere keeps it, others become text; where a table
        lacks a column its rows have no value.

    Raises
    ------
    TableError
        There are fewer than two tables, or one lacks the key, repeats it, has the column of
        sources already or both names of a renaming; or they share no column but the key.
    """
    if len(tables) < 2:
        raise TableError(f"stacking takes two tables or more, not {len(tables)}; give their files")
    parts = {name: _renamed(name, table, renamed or {}) for name, table in tables.items()}
    for old in renamed or {}:
        if not any(old in table.column_names for table in tables.values()):
            raise TableError(f"no table has a column '{old}' to rename; look at their headers")
    for name, table in parts.items():
        _check(name, table, key, source)
    first, *others = (table.column_names for table in parts.values())
    if not any(name != key and all(name in other for other in others) for name in first):
        raise TableError(
            "the tables share no column but the key; rename those that are the same "
            "(--rename OLD=NEW)"
        )
    keys, notes = _keys(parts, key)
    notes += _lacking(parts)
    names = list(dict.fromkeys(name for table in parts.values() for name in table.column_names))
    count = [table.num_rows for table in parts.values()]
    columns = {
        source: pa.concat_arrays(
            [pa.repeat(name, rows) for name, rows in zip(parts, count, strict=True)]
        ),
        key: pa.concat_arrays(keys),
    }
    columns |= {name: _stacked(parts, name) for name in names if name != key}
    return Stacked(pa.table(columns), tuple(notes))


def _renamed(name: str, table: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    columns = [renamed.get(column, column) for column in table.column_names]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise TableError(
            f"{name} would have the column {some(twice)} twice; rename what is not there yet"
        )
    return table.rename_columns(columns)


def _check(name: str, table: pa.Table, key: str, source: str) -> None:
    if key not in table.column_names:
        raise TableError(
            f"{name} lacks the key column '{key}'; it has {some(table.column_names, 12)}"
        )
    if source in table.column_names:
        raise TableError(
            f"{name} has a column '{source}' already; give the column of sources another name"
        )
    keys = as_text(table[key])
    if keys.null_count or pc.any(pc.equal(pc.utf8_trim_whitespace(keys), "")).as_py():
        raise TableError(f"{name} has rows without a key in '{key}'; every record needs one")
    if len(pc.unique(keys)) < len(keys):
        counted = pc.value_counts(keys)
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        raise TableError(f"{name} has keys that stand twice: {some(twice.to_pylist())}")


def _keys(tables: Mapping[str, pa.Table], key: str) -> tuple[list[pa.StringArray], list[str]]:
    keys = [as_text(table[key]) for table in tables.values()]
    together = pa.concat_arrays(keys)
    if len(pc.unique(together)) == len(together):
        return keys, []
    named = [
        pc.binary_join_element_wise(name, own, ":") for name, own in zip(tables, keys, strict=True)
    ]
    example = named[0][0].as_py() if len(named[0]) else ""
    return named, [f"keys stand in several tables, so each has its table in front: {example}"]


def _lacking(tables: Mapping[str, pa.Table]) -> list[str]:
    notes = []
    for name, table in tables.items():
        others = {column for other in tables.values() for column in other.column_names}
        lacking = sorted(others - set(table.column_names))
        if lacking:
            notes.append(f"{name} has no {some(lacking, 12)}; its rows have no value there")
    return notes


def _stacked(tables: Mapping[str, pa.Table], name: str) -> pa.ChunkedArray | pa.Array:
    kinds = {table[name].type for table in tables.values() if name in table.column_names}
    kind = kinds.pop() if len(kinds) == 1 else pa.string()
    parts: list[pa.Array] = []
    for table in tables.values():
        if name not in table.column_names:
            parts.append(pa.nulls(table.num_rows, kind))
        elif table[name].type == kind:
            parts += table[name].chunks
        else:
            parts.append(as_text(table[name]))
    return pa.chunked_array(parts, kind)
