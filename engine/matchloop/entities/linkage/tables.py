"""Put tables of different columns under each other, their columns under one name each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from matchloop.data.io import read_records, stack_tables
from matchloop.data.records import Kind, Records
from matchloop.data.text import as_text
from matchloop.entities.linkage.columns import ColumnPair, match_columns
from matchloop.errors import TableError, UsageError, some

__all__ = ["LinkedTables", "link_tables"]


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTables:
    """Tables under each other. :func:`link_tables` makes one.

    Parameters
    ----------
    records
        All rows, with a column of sources.
    sources
        Names of the tables, in their order.
    keys
        Key of each row as its own table has it, shape (rows,).
    columns
        For each table but the first: its columns that mean the same as earlier ones.
    alone
        For each table: its columns that no other table has, which are not compared.
    """

    records: Records
    sources: tuple[str, ...]
    keys: pa.StringArray
    columns: Mapping[str, list[ColumnPair]]
    alone: Mapping[str, list[str]]


def link_tables(
    tables: Mapping[str, pa.Table],
    *,
    keys: Sequence[str],
    mapped: Sequence[tuple[str, str | None]] = (),
    kinds: Mapping[str, Kind | str] | None = None,
) -> LinkedTables:
    """Put tables under each other; columns that mean the same get the name of the first one.

    Parameters
    ----------
    tables
        The tables by name, two or more.
    keys
        The key column of each table.
    mapped
        Columns that mean the same: of the first table that has it, of a later one; None for one
        that no later table has.
    kinds
        Kinds of columns, as the first table calls them.

    Raises
    ------
    TableError
        Tables share no column, lack a key, or repeat one.
    UsageError
        A given column is in no table.
    """
    names = list(tables)
    _check_given(tables, mapped)
    for name, key in zip(names, keys, strict=True):
        if key not in tables[name].column_names:
            raise TableError(
                f"{name} lacks the key column '{key}'; it has "
                f"{some(tables[name].column_names, 12)}; give --key once for each table"
            )
    first, key = tables[names[0]], keys[0]
    renamed = {names[0]: first}
    earlier = dict(zip(first.column_names, first.columns, strict=True))
    pairs: dict[str, list[ColumnPair]] = {}
    for name, own_key in zip(names[1:], keys[1:], strict=True):
        table = tables[name]
        here = {
            left: other
            for left, other in mapped
            if left in earlier and (other is None or other in table.column_names)
        }
        pairs[name] = match_columns(
            earlier,
            dict(zip(table.column_names, table.columns, strict=True)),
            keys=(key, own_key),
            mapped=here,
        )
        renamed[name] = _renamed(name, table, pairs[name], earlier, (key, own_key))
        for column, values in zip(renamed[name].column_names, renamed[name].columns, strict=True):
            earlier.setdefault(column, values)
    counts = {
        column: sum(column in table.column_names for table in renamed.values())
        for column in earlier
    }
    if not any(count > 1 for column, count in counts.items() if column != key):
        listed = "; ".join(f"{name} has {some(tables[name].column_names, 8)}" for name in names)
        raise TableError(f"no two columns mean the same: {listed}; map them: --map LEFT=RIGHT")
    source = _free("source", set(earlier))
    stacked = stack_tables(renamed, key=key, source=source)
    alone = {
        name: [column for column in table.column_names if counts[column] == 1]
        for name, table in renamed.items()
    }
    ignored = {column: "ignore" for columns in alone.values() for column in columns}
    records = read_records(stacked.table, key=key, source=source, kinds=ignored | dict(kinds or {}))
    own = [as_text(table[key]) for table in renamed.values()]
    return LinkedTables(records, tuple(names), pa.concat_arrays(own), pairs, alone)


def _check_given(tables: Mapping[str, pa.Table], mapped: Sequence[tuple[str, str | None]]) -> None:
    first, *others = tables.values()
    for left, other in mapped:
        places = [("the earlier tables", left, [first, *others[:-1]])]
        if other is not None:
            places.append(("the later tables", other, others))
        for where, column, among in places:
            if not any(column in table.column_names for table in among):
                columns = dict.fromkeys(name for table in among for name in table.column_names)
                raise UsageError(
                    f"--map {left}={other or ''}: no column '{column}' in {where}; there are "
                    f"{some(columns, 20)}"
                )


def _renamed(
    name: str,
    table: pa.Table,
    pairs: Sequence[ColumnPair],
    earlier: Mapping[str, pa.ChunkedArray],
    keys: tuple[str, str],
) -> pa.Table:
    """Give the columns of a table the names of the first; a name that is taken gets the table's."""
    new = {pair.right: pair.left for pair in pairs} | {keys[1]: keys[0]}
    taken = {*earlier, *new.values()}
    columns = []
    for column in table.column_names:
        if column in new:
            columns.append(new[column])
        else:
            columns.append(_free(column, taken, f" ({name})"))
            taken.add(columns[-1])
    return table.rename_columns(columns)


def _free(name: str, taken: set[str], suffix: str = "_") -> str:
    while name in taken:
        name += suffix
    return name
