"""Link tables: from two tables or more to the pairs of records that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from matchloop.data.io.frames import table_from
from matchloop.data.io.keying import with_key
from matchloop.data.labels import Labels
from matchloop.data.records import Kind, Records
from matchloop.entities.linkage.pairs import LinkedPairs, linked_pairs, pairs_table
from matchloop.entities.linkage.tables import LinkedTables, link_tables
from matchloop.errors import LabelFileError, UsageError, some
from matchloop.matching.backends import OnStage
from matchloop.matching.matcher import Matcher

__all__ = ["Links", "find_links", "keyed_tables", "link"]


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """The pairs of records of several tables that match.

    Parameters
    ----------
    tables
        The tables under each other: which columns mean the same, and which are left out.
    pairs
        Rows of these that match.
    notes
        What was assumed about the tables, and which key was taken; a sentence each.
    """

    tables: LinkedTables
    pairs: LinkedPairs
    notes: tuple[str, ...] = ()
    _names_tables: bool = False

    def __len__(self) -> int:
        return len(self.pairs)

    def table(self, *, rows: bool = False) -> pa.Table:
        """Return ``left_id``, ``right_id`` and ``probability`` of each pair.

        The keys are those of the tables as given. Where a pair may be of any tables, the columns
        ``left_table`` and ``right_table`` name them.

        Parameters
        ----------
        rows
            Whether to add the columns of both rows side by side.
        """
        return pairs_table(self.pairs, self.tables, tables=self._names_tables, rows=rows)


def link(
    tables: Mapping[str, Any],
    *,
    keys: str | Sequence[str] | None = None,
    mapped: Sequence[tuple[str, str | None]] = (),
    kinds: Mapping[str, Kind | str] | None = None,
    matcher: Matcher | None = None,
    hub: str | None = None,
    deduplicate: str | None = None,
    on_stage: OnStage | None = None,
) -> Links:
    """Find the pairs of records of different tables that match.

    Parameters
    ----------
    tables
        Two tables or more by name: pandas DataFrames, Arrow tables, or anything with an Arrow
        stream (polars, duckdb).
    keys
        The column that identifies each record: one for all tables, or one for each in their order.
        Without it a column is taken that has no gaps and repeats in its table, or else its rows
        are numbered; the notes say which.
    mapped
        Columns that mean the same, where they are not found by name, kind and content: of the
        first table that has it, and of a later one; None for a column without a partner.
    kinds
        Kinds of columns, under the names of the first table.
    matcher
        Settings; it is fitted to the tables. ``Matcher(per_source="one")`` links a record to at
        most one of each other table.
    hub
        Name of the table that all others are linked to, and not to each other.
    deduplicate
        Name of a table whose records are also matched with each other.
    on_stage
        Progress callback.

    Raises
    ------
    TableError
        A table has no usable key, or no two columns mean the same.
    UsageError
        There are fewer than two tables, or a name is of no table or column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> import matchloop as ml
    >>> crm = pa.table(
    ...     {
    ...         "no": ["K1", "K2", "K3"],
    ...         "name": ["Ana Costa", "Rui Dias", "Eva Reis"],
    ...         "town": ["Porto", "Braga", "Faro"],
    ...     }
    ... )
    >>> shop = pa.table(
    ...     {
    ...         "id": ["7", "8", "9"],
    ...         "name": ["Anna Costa", "Rui Dias", "Leo Melo"],
    ...         "town": ["Porto", "Braga", "Lagos"],
    ...     }
    ... )
    >>> links = ml.link({"crm": crm, "shop": shop}, keys=["no", "id"])
    >>> links.table().column_names
    ['left_id', 'right_id', 'probability']
    """
    if not isinstance(tables, Mapping):
        raise UsageError(
            f"tables cannot be a {type(tables).__name__}; give a mapping from the name of each "
            "table to it"
        )
    frames = {name: table_from(table) for name, table in tables.items()}
    if len(frames) < 2:
        raise UsageError(f"link takes two tables or more, not {len(frames)}; give them by name")
    for option, name in (("hub", hub), ("deduplicate", deduplicate)):
        if name is not None and name not in frames:
            raise UsageError(f"{option} is {name!r}, no such table; there are {some(frames, 12)}")
    keyed, key_of_each, notes = keyed_tables(frames, keys)
    linked = link_tables(keyed, keys=key_of_each, mapped=mapped, kinds=kinds)
    pairs, assumed = find_links(
        linked, matcher or Matcher(), hub=hub, deduplicate=deduplicate, on_stage=on_stage
    )
    names_tables = len(frames) > 2 or deduplicate is not None
    return Links(linked, pairs, (*notes, *assumed), names_tables)


def keyed_tables(
    tables: Mapping[str, pa.Table], keys: str | Sequence[str] | None
) -> tuple[dict[str, pa.Table], list[str], list[str]]:
    """Return tables that have a key, the key of each, and a sentence on each that was proposed.

    Raises
    ------
    UsageError
        There are neither one key nor as many as tables.
    """
    if keys is None or keys == []:
        keyed, proposed, notes = {}, [], []
        for name, table in tables.items():
            keyed[name], key, note = with_key(table)
            proposed.append(key)
            notes.append(f"{name}: {note}")
        return keyed, proposed, notes
    named = [keys] if isinstance(keys, str) else list(keys)
    if len(named) not in (1, len(tables)):
        raise UsageError(
            f"{len(named)} keys were given for {len(tables)} tables; give one for all, or one for "
            "each table in their order"
        )
    return dict(tables), named if len(named) > 1 else named * len(tables), []


def find_links(
    linked: LinkedTables,
    matcher: Matcher,
    answers: Labels | None = None,
    *,
    hub: str | None = None,
    deduplicate: str | None = None,
    on_stage: OnStage | None = None,
) -> tuple[LinkedPairs, list[str]]:
    """Find the pairs of tables that were put under each other.

    Parameters
    ----------
    linked
        The tables.
    matcher, hub, deduplicate, on_stage
        As for :func:`link`.
    answers
        Labels of the records.

    Returns
    -------
    tuple
        The pairs, and what was assumed.
    """
    pairs, assumed = _across(linked, matcher, answers, hub, on_stage)
    if deduplicate is not None:
        within, more = _within(linked, matcher, answers, deduplicate, on_stage)
        pairs, assumed = pairs.merged(within), [*assumed, *more]
    return pairs, assumed


def _across(
    linked: LinkedTables,
    matcher: Matcher,
    answers: Labels | None,
    hub: str | None,
    on_stage: OnStage | None,
) -> tuple[LinkedPairs, list[str]]:
    """Return the pairs of records of different tables."""
    records = linked.records if hub is None else _with_hub(linked, hub)
    # with a hub the others are one source, so one match per table is ensured below
    settings = matcher if hub is None else replace(matcher, per_source="many")
    pairs, assumed = _pairs(records, settings, answers, on_stage)
    if hub is not None and matcher.per_source == "one":
        sources = linked.records.sources
        assert sources is not None
        pairs = pairs.best_of_each(sources)
    return pairs, assumed


def _within(
    linked: LinkedTables,
    matcher: Matcher,
    answers: Labels | None,
    name: str,
    on_stage: OnStage | None,
) -> tuple[LinkedPairs, list[str]]:
    """Return the pairs of records of one table."""
    everything = linked.records
    column = everything.table[everything.source].to_pylist()
    rows = np.flatnonzero([source == name for source in column])
    own = everything.table.take(pa.array(rows))
    kinds = {
        column: kind
        for column, kind in everything.kinds.items()
        if own[column].null_count < own.num_rows
    }
    records = Records(own.drop_columns([everything.source]), everything.key, kinds)
    if answers is not None:
        try:
            answers.pairs(records)
        except LabelFileError:  # the labels are all of pairs across tables
            answers = None
    pairs, assumed = _pairs(records, replace(matcher, per_source="many"), answers, on_stage)
    return LinkedPairs(rows[pairs.left], rows[pairs.right], pairs.probability), assumed


def _pairs(
    records: Records, matcher: Matcher, answers: Labels | None, on_stage: OnStage | None
) -> tuple[LinkedPairs, list[str]]:
    prepared = matcher.prepare(records, on_stage=on_stage)
    fitted = matcher.fit(prepared, answers, on_stage=on_stage)
    matches = fitted.find_matches(prepared, on_stage=on_stage)
    inside = linked_pairs(matches, lambda pairs: fitted.score_pairs(prepared, pairs))
    return inside, [note for note in (fitted.assumed, *matches.notes) if note]


def _with_hub(linked: LinkedTables, hub: str) -> Records:
    """Return the records with two sources, the hub and all other tables, which never match."""
    records = linked.records
    place = records.table.column_names.index(records.source)
    names = ["hub" if name == hub else "other" for name in records.table[place].to_pylist()]
    return replace(records, table=records.table.set_column(place, records.source, pa.array(names)))
