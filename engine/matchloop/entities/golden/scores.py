"""What each rule ranks the records of a group by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.text import as_text
from matchloop.entities.golden.fields import Field
from matchloop.entities.golden.members import Groups, Rows
from matchloop.entities.golden.ranks import NONE, key_ranks, moments, ranks
from matchloop.entities.golden.reading import Readings
from matchloop.entities.golden.rules import Rule

__all__ = ["Scores"]


class Scores:
    """Ranks the members of groups for each rule; a column is read once.

    Parameters
    ----------
    readings
        The columns.
    groups
        The groups.
    fields
        Codes of each column.
    source
        Column that names the source of a record; None where there is none.
    """

    def __init__(
        self, readings: Readings, groups: Groups, fields: Mapping[str, Field], source: str | None
    ) -> None:
        self._readings, self._rows, self._source = readings, groups.members, source
        self._fields = fields
        self._moments: dict[str, Rows] = {}

    def score(self, rule: Rule, values: Field, columns: tuple[str, ...]) -> Rows:
        """Return the score of each member, shape (members,); NONE where the rule does not apply.

        Parameters
        ----------
        rule
            A rule that scores.
        values
            The values to choose from.
        columns
            Their column, or the columns that move together.
        """
        match rule.name:
            case "longest":
                return values.length
            case "shortest":
                return -values.length
            case "most_complete":
                return values.filled * (len(self._fields) + 1) + self._filled
            case "lowest_key":
                return -self._keys
            case "latest":
                return self._moments_of(rule.arguments[0])
            case "earliest":
                return _reversed(self._moments_of(rule.arguments[0]))
            case "source":
                return self._sources(rule.arguments)
            case "largest":
                return self._sizes(columns[0])
            case "smallest":
                return _reversed(self._sizes(columns[0]))
        raise AssertionError(f"the rule {rule} has no score")

    @cached_property
    def _keys(self) -> Rows:
        return key_ranks(self._readings.values(self._readings.key, self._rows))

    @cached_property
    def _filled(self) -> Rows:
        filled = np.zeros(len(self._rows), np.int64)
        for field in self._fields.values():
            filled += field.filled
        return filled

    def _moments_of(self, column: str) -> Rows:
        if column not in self._moments:
            self._moments[column] = moments(self._readings.values(column, self._rows))
        return self._moments[column]

    def _sizes(self, column: str) -> Rows:
        return ranks(self._readings.values(column, self._rows), self._readings.kinds[column])

    def _sources(self, names: tuple[str, ...]) -> Rows:
        assert self._source is not None, "the rules were checked"
        sources = as_text(self._readings.table[self._source].take(pa.array(self._rows)))
        place = pc.index_in(pc.utf8_trim_whitespace(sources), pa.array(names, pa.string()))
        first = -np.asarray(place.fill_null(0), np.int64)
        return np.where(np.asarray(place.is_null()), NONE, first)


def _reversed(ranked: Rows) -> Rows:
    missing = ranked == NONE
    return np.where(missing, NONE, -np.where(missing, 0, ranked))
