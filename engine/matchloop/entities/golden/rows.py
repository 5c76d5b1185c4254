"""Build one golden row per group of a matched table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.matches import (
    CONFIDENCE,
    MATCH_ID,
    RESULTS,
    Matches,
    match_ids_of,
    rounded,
)
from matchloop.data.records import Records
from matchloop.data.text import as_text, parse_numbers
from matchloop.entities.golden.checking import check_rules, unknown_sources
from matchloop.entities.golden.fields import Field, joined
from matchloop.entities.golden.files import read_golden_rules
from matchloop.entities.golden.members import Groups
from matchloop.entities.golden.picking import Pick, Picker
from matchloop.entities.golden.plan import Choice, planned
from matchloop.entities.golden.provenance import first_of_each_value, provenance_of
from matchloop.entities.golden.ranks import key_ranks, ranks
from matchloop.entities.golden.reading import Readings
from matchloop.entities.golden.rules import GoldenRules
from matchloop.entities.golden.scores import Scores
from matchloop.errors import TableError, UsageError

__all__ = ["GoldenRows", "golden_rows"]

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GoldenRows:
    """One row per group, and where each value comes from. :func:`golden_rows` builds it.

    Parameters
    ----------
    table
        match_id, size, confidence, then the columns of the input. Ids ascend.
    conflicts
        For each column with the rule ``unanimous``: groups left empty because records differ.
    notes
        Sentences on values that count as missing, on sources without records, and on result
        columns with another name.
    readings, groups, picks, fields
        What the provenance is read from.
    """

    table: pa.Table
    conflicts: Mapping[str, int]
    notes: tuple[str, ...]
    readings: Readings = field(repr=False)
    groups: Groups = field(repr=False)
    picks: Mapping[str, Pick] = field(repr=False)
    fields: Mapping[str, Field] = field(repr=False)

    @cached_property
    def provenance(self) -> pa.Table:
        """The record and the rule of each value: match_id, column, key, rule, alternatives.

        One row per column of each group of two records or more; a value of a group of one is its
        only record's. ``key`` is null where no value was chosen, or where the rule ``all`` keeps
        the values of several records. ``alternatives`` lists the other values.
        """
        return provenance_of(self.readings, self.groups, self.picks, self.fields)


def golden_rows(
    matched: Matches | Records,
    /,
    *,
    rules: GoldenRules | Mapping[str, Any] | str | os.PathLike[str] | None = None,
) -> GoldenRows:
    """Build one row per group, each value chosen by a rule from a record of the group.

    A value that stands for a missing one (n/a, a dash, 9999-12-31) is never chosen. Where rules
    leave several values, the rules' order decides, and the lowest key last.

    Parameters
    ----------
    matched
        The result of ``find_matches``, or records read from a matched table: one with match_id.
    rules
        Rules, a mapping with the settings of a TOML file, or the path of one. When left out, the
        kind of each column decides: the most frequent value, then the longest or that of the most
        complete record.

    Raises
    ------
    RulesError
        The rules name a column that the table does not have, or are wrong in themselves.
    TableError
        The records have no match_id, or not one in each row.

    Examples
    --------
    >>> import matchloop as ml
    >>> records = ml.read_records("data/people.csv", key="id")
    >>> matches = ml.Matcher().fit(records).find_matches(records)
    >>> golden = ml.golden_rows(matches, rules={"default": "longest"})
    >>> golden.table.column_names[:4]
    ['match_id', 'size', 'confidence', 'id']
    """
    if not isinstance(matched, (Matches, Records)):
        raise UsageError(
            f"golden rows cannot be built from a {type(matched).__name__}; give what find_matches "
            "returns, or read_records of a table with match_id"
        )
    if isinstance(rules, (str, os.PathLike)):
        rules = read_golden_rules(rules)
    elif not isinstance(rules, GoldenRules):
        rules = GoldenRules.of(rules or {})
    if isinstance(matched, Matches):
        records, ids = matched.records, matched.match_id
        confidence = rounded(matched.confidence)
    else:
        records = matched
        ids = _ids_of(records.table)
        confidence = _confidence_of(records.table)
    source = rules.source or records.source
    columns = [name for name in records.table.column_names if name not in RESULTS]
    check_rules(rules, records)
    readings = Readings(records, columns, rules.missing)
    groups = _sorted(Groups.of(np.asarray(ids, np.int64)), readings, rules)
    fields = {name: readings.field(name, groups.members, groups.group) for name in columns}
    picker = Picker(
        groups.group,
        len(groups.shared),
        Scores(readings, groups, fields, source),
        "order" if rules.order else "lowest_key",
    )
    picks: dict[str, Pick] = {}
    for choice in planned(rules, columns, readings.kinds, key=records.key, source=source):
        picks |= _picked(picker, choice, fields)
    results = _results(groups, confidence, columns)
    values = {name: _values(readings, groups, name, picks[name], fields[name]) for name in columns}
    return GoldenRows(
        pa.table(results | values),
        conflicts={
            name: count for name in columns if (count := _conflicts(picks[name])) is not None
        },
        notes=(*unknown_sources(rules, records), *readings.notes(), *_renamed(results)),
        readings=readings,
        groups=groups,
        picks={name: picks[name] for name in columns if name != records.key},
        fields=fields,
    )


def _ids_of(table: pa.Table) -> Rows:
    """Read the ids that a run wrote, one in each row."""
    ids = match_ids_of(table)
    if (ids < 0).any():
        raise TableError(
            f"'{MATCH_ID}' has no value in {int((ids < 0).sum()):,} of {len(ids):,} rows; give a "
            "table whose rows are all matched"
        )
    return ids


def _confidence_of(table: pa.Table) -> NDArray[np.float64]:
    """Read the confidences that a run wrote, NaN where it wrote none."""
    if CONFIDENCE not in table.column_names:
        return np.full(table.num_rows, np.nan)
    column = table[CONFIDENCE]
    text = as_text(column)
    try:  # exactly, where a run wrote them
        confidences = pc.if_else(pc.equal(text, ""), None, text).cast(pa.float64())
        return np.array(confidences.fill_null(np.nan), np.float64)
    except pa.ArrowInvalid:
        return parse_numbers(column)


def _sorted(groups: Groups, readings: Readings, rules: GoldenRules) -> Groups:
    """Sort the members of each group by the order of the rules, then by key."""
    by = [
        (
            ranks(readings.values(order.column, groups.members), readings.kinds[order.column]),
            order.descending,
        )
        for order in rules.order
    ]
    keys = key_ranks(readings.values(readings.key, groups.members))
    return groups.ordered([*by, (keys, False)])


def _picked(picker: Picker, choice: Choice, fields: Mapping[str, Field]) -> dict[str, Pick]:
    """Choose a member of each group for the columns of a choice."""
    own = [fields[name] for name in choice.columns]
    values = own[0] if len(own) == 1 else joined(own)
    pick = (
        picker.keep_all(values)
        if choice.chain[0].name == "all"
        else picker.pick(values, choice.columns, choice.chain)
    )
    return dict.fromkeys(choice.columns, pick)


def _values(readings: Readings, groups: Groups, column: str, pick: Pick, values: Field) -> pa.Array:
    """Return the value of a column in each group, null where there is none."""
    if pick.keeps_all:
        return _lists(readings, groups, column, values)
    rows = groups.first.copy()
    chosen = pick.member >= 0
    rows[groups.shared[chosen]] = groups.members[pick.member[chosen]]
    has_value = np.ones(len(rows), np.bool_)
    has_value[groups.shared[~chosen]] = False
    return readings.values(column, rows, has_value)


def _lists(readings: Readings, groups: Groups, column: str, values: Field) -> pa.ListArray:
    """Return the distinct values of each group as a list, null where there is none."""
    some = np.flatnonzero(values.exact >= 0)
    members = first_of_each_value(groups.group, values.exact, some)
    alone = np.flatnonzero((groups.size == 1) & readings.present(column)[groups.first])
    place = np.append(groups.shared[groups.group[members]], alone)
    order = np.argsort(place, kind="stable")
    rows = np.append(groups.members[members], groups.first[alone])[order]
    bounds = np.searchsorted(place[order], np.arange(len(groups.ids) + 1)).astype(np.int32)
    is_empty = pa.array(bounds[1:] == bounds[:-1])
    return pa.ListArray.from_arrays(pa.array(bounds), readings.values(column, rows), mask=is_empty)


def _results(
    groups: Groups, confidence: NDArray[np.float64], columns: Sequence[str]
) -> dict[str, pa.Array]:
    """Return the id, the size and the confidence of each group by column name."""
    confidences = confidence[groups.first]
    results = {
        MATCH_ID: pa.array(groups.ids),
        "size": pa.array(groups.size),
        "confidence": pa.array(confidences, mask=np.isnan(confidences)),
    }
    return {f"match_{name}" if name in columns else name: v for name, v in results.items()}


def _renamed(results: Mapping[str, pa.Array]) -> list[str]:
    return [
        f"the table has a column '{name}', so that of the groups is called 'match_{name}'"
        for name in ("size", "confidence")
        if name not in results
    ]


def _conflicts(pick: Pick) -> int | None:
    """Count the groups left empty by the rule ``unanimous``; None for columns without it."""
    if "unanimous" not in pick.names:
        return None
    return int(((pick.member < 0) & (pick.rule == pick.names.index("unanimous"))).sum())
