"""Where each value of a golden row comes from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from matchloop.data.matches import MATCH_ID
from matchloop.data.text import as_text
from matchloop.entities.golden.fields import Field
from matchloop.entities.golden.members import Groups, Rows
from matchloop.entities.golden.picking import Pick
from matchloop.entities.golden.reading import Readings

__all__ = ["listed", "provenance_of"]


def listed(group: Rows, groups: int, rows: Rows, values: pa.Array) -> pa.ListArray:
    """Return the values of members as one list per group.

    Parameters
    ----------
    group
        Shape (members,): the group of each member, ascending.
    groups
        How many groups there are.
    rows
        Members to list, ascending.
    values
        Shape (members,): a value of each member.
    """
    bounds = np.searchsorted(group[rows], np.arange(groups + 1))
    return pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), values.take(pa.array(rows)))


def first_of_each_value(group: Rows, codes: Rows, rows: Rows) -> Rows:
    """Return of each group and value the first member, among some members."""
    pairs = group[rows] * (int(codes.max(initial=-1)) + 1) + codes[rows]
    first = np.sort(np.unique(pairs, return_index=True)[1])
    return np.take(rows, first)


def provenance_of(
    readings: Readings,
    groups: Groups,
    picks: Mapping[str, Pick],
    fields: Mapping[str, Field],
) -> pa.Table:
    """Return one row per shared group and column: match_id, column, key, rule, alternatives.

    Parameters
    ----------
    readings
        The columns.
    groups
        The groups, their members sorted.
    picks
        The member chosen of each group, by column.
    fields
        Codes of each column.
    """
    count, names = len(groups.shared), list(picks)
    member_keys = as_text(readings.table[readings.key].take(pa.array(groups.members)))
    keys, rules, others = [], [], []
    for name, pick in picks.items():
        keys.append(member_keys.take(pa.array(pick.member, mask=pick.member < 0)))
        rules.append(pa.array(pick.names, pa.string()).take(pa.array(pick.rule)))
        exact = fields[name].exact
        chosen = np.where(pick.member >= 0, exact[pick.member], -1)
        rows = np.flatnonzero((exact >= 0) & (exact != chosen[groups.group]))
        if pick.keeps_all:
            rows = rows[:0]
        rows = first_of_each_value(groups.group, exact, rows)
        others.append(listed(groups.group, count, rows, readings.text(name, groups.members)))
    by_group = pa.array(
        (np.arange(len(names))[None, :] * count + np.arange(count)[:, None]).ravel()
    )
    alternatives = pa.list_(pa.string())
    return pa.table(
        {
            MATCH_ID: np.repeat(groups.ids[groups.shared], len(names)),
            "column": pa.array(names, pa.string()).take(
                pa.array(np.tile(np.arange(len(names)), count))
            ),
            "key": pa.chunked_array(keys, pa.string()).combine_chunks().take(by_group),
            "rule": pa.chunked_array(rules, pa.string()).combine_chunks().take(by_group),
            "alternatives": pa.chunked_array(others, alternatives).combine_chunks().take(by_group),
        }
    )
