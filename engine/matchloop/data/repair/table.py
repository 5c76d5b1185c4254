"""The labelled table, from which the original keys and values of labels are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels.columns import check_names
from matchloop.data.repair.disguises import readings
from matchloop.data.repair.grid import trimmed
from matchloop.data.text import as_text
from matchloop.errors import TableError, some

__all__ = ["KnownTable"]


class KnownTable:
    """A table whose keys and values are correct.

    Parameters
    ----------
    table
        The table.
    key
        Name of its key column.

    Raises
    ------
    TableError
        The column is absent, a key is repeated, or a column has the name of a labelling file's own.
    """

    def __init__(self, table: pa.Table, key: str) -> None:
        if key not in table.column_names:
            raise TableError(f"no key column '{key}' among {some(table.column_names, 12)}")
        check_names(table.column_names)
        self.key = key
        self.columns: list[str] = list(table.column_names)
        self._text = {name: as_text(table.column(name)).fill_null("") for name in self.columns}
        keys = self._text[key]
        keys = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
        if pc.count_distinct(keys).as_py() < len(keys):
            raise TableError(f"key column '{key}' holds a key twice; labels cannot tell its rows")
        self._rows: dict[str, int] = {value: row for row, value in enumerate(keys.to_pylist())}
        self._bare: dict[str, int] = {trimmed(value): row for value, row in self._rows.items()}

    @cached_property
    def keys(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._rows)

    @cached_property
    def letters(self) -> frozenset[str]:
        """All values, and all words of values, that are not plain ASCII."""
        words: set[str] = set()
        for values in self._text.values():
            odd = pc.invert(pc.string_is_ascii(values))
            for value in pc.unique(values.filter(odd)).to_pylist():
                words.add(value.strip())
                words.update(part.strip() for part in value.replace(";", ",").split(","))
        return frozenset(words)

    def exact(self, text: str) -> str | None:
        """Return the key that equals a text, without spaces at its ends; None if there is none."""
        if text in self._rows:
            return text
        row = self._bare.get(trimmed(text))
        return None if row is None else self._key(row)

    def values(self, key: str) -> dict[str, str]:
        """Return the row of a key."""
        row = self._rows[key]
        return {name: self._text[name][row].as_py() for name in self.columns}

    def disguised(self, text: str) -> list[str]:
        """Return the keys that may have become a text."""
        rows = {row for token in readings(text) for row in self._readings.get(token, ())}
        return [self._key(row) for row in sorted(rows)]

    def with_values(self, written: Mapping[str, str]) -> list[str]:
        """Return the keys whose row has all of some values; blank values are ignored."""
        names = [name for name in written if name in self._text and name != self.key]
        filled = [name for name in names if trimmed(written[name])]
        if not filled:
            return []
        rarest = min(
            filled, key=lambda name: len(self._by_value(name).get(_bare(written[name]), ()))
        )
        rows = self._by_value(rarest).get(_bare(written[rarest]), [])
        keys = []
        for row in rows:
            if all(_bare(self._text[name][row].as_py()) == _bare(written[name]) for name in filled):
                keys.append(self._key(row))
        return keys

    def likeness(self, key: str, written: Mapping[str, str]) -> float | None:
        """Return the share of some values that a key's row has; None where all are blank."""
        row = self.values(key)
        filled = [n for n, v in written.items() if n in row and n != self.key and trimmed(v)]
        if not filled:
            return None
        return sum(_bare(row[name]) == _bare(written[name]) for name in filled) / len(filled)

    def column_like(
        self, keys: Sequence[str | None], values: Sequence[str], among: Sequence[str]
    ) -> str | None:
        """Return the one column of ``among`` that holds these values for these keys."""
        fits = []
        for name in among:
            pairs = [
                (_bare(self._text[name][self._rows[key]].as_py()), _bare(value))
                for key, value in zip(keys, values, strict=True)
                if key is not None and trimmed(value)
            ]
            # a fifth of the values may be damaged (a convention)
            if pairs and sum(a == b for a, b in pairs) >= 0.8 * len(pairs):
                fits.append(name)
        return fits[0] if len(fits) == 1 else None

    def _key(self, row: int) -> str:
        return str(self._text[self.key][row].as_py())

    @cached_property
    def _readings(self) -> dict[tuple[str, ...], list[int]]:
        rows: dict[tuple[str, ...], list[int]] = {}
        for key, row in self._rows.items():
            for token in readings(key, as_key=True):
                rows.setdefault(token, []).append(row)
        return rows

    @cached_property
    def _indexes(self) -> dict[str, dict[str, list[int]]]:
        return {}

    def _by_value(self, name: str) -> dict[str, list[int]]:
        if name not in self._indexes:
            index: dict[str, list[int]] = {}
            for row, value in enumerate(self._text[name].to_pylist()):
                index.setdefault(_bare(value), []).append(row)
            self._indexes[name] = index
        return self._indexes[name]


def _bare(value: str) -> str:
    return " ".join(trimmed(value).split()).casefold()
