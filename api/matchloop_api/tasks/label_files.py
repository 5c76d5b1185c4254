"""Label files read in batches: rows in, checked and counted rows out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.io import read_csv_batches
from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.labels.columns import check_columns, check_names, header_rows, label_columns
from matchloop.data.labels.plain import is_filled
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.errors import LabelFileError, TableError, some
from matchloop_api.places import Places

__all__ = ["DIGEST", "LabelFile", "outlined"]

DIGEST = "digest of the other values"
_ROWS_AT_ONCE = 100_000


class LabelFile:
    """A label file, read once from its start to its end.

    After :meth:`batches` has run out, the counts tell what was in it, and ``headers`` before which
    labelled row a header stands among the rows, as in files that were put together.

    Parameters
    ----------
    places
        Where the file may lie.
    uri
        The file.
    records
        The table the labels speak of.
    """

    def __init__(self, places: Places, uri: str, records: Records) -> None:
        self._places = places
        self.uri = uri
        self._records = records
        self._unknown: list[pa.Array] = []
        self._sample: list[str] = []
        self.headers: list[int] = []
        self.rows = 0
        self.blank = 0
        self.known = 0
        self.differing = 0

    def batches(self) -> Iterator[pa.Table]:
        """Give the labelled rows as text, the table's columns in the table's order.

        Raises
        ------
        LabelFileError
            The file has other columns than the table, broken rows, other bytes than UTF-8, no
            label at all, or no key that the table knows.
        """
        check_names(self._records.table.column_names)
        try:
            with _copied(self._places, self.uri) as file:
                names, batches = read_csv_batches(lambda: _from_start(file), self.uri)
                order = self._order(names)
                for batch in _gathered(batches):
                    labelled = self._labelled(batch, order)
                    if labelled.num_rows:
                        yield labelled
        except TableError as error:
            raise LabelFileError(str(error)) from None
        self._check_end()

    @property
    def unknown(self) -> tuple[str, ...]:
        """The labelled keys that the table lacks, each once."""
        found = pa.concat_arrays([pa.array([], pa.string()), *self._unknown])
        return tuple(pc.unique(found).to_pylist())

    def _order(self, names: list[str]) -> list[int]:
        try:
            places = label_columns(names)
            rest = [at for at in range(len(names)) if at not in places]
            given = [names[at] for at in rest]
            if len(set(given)) < len(given):
                twice = sorted({name for name in given if given.count(name) > 1})
                raise LabelFileError(f"labels hold a column twice: {some(twice)}")
            expected = self._records.table.column_names
            check_columns(given, expected, "the table")
        except LabelFileError as error:
            raise LabelFileError(f"{self.uri}, line 1: {error}") from None
        return [*places, *(rest[given.index(name)] for name in expected)]

    def _labelled(self, batch: pa.Table, order: list[int]) -> pa.Table:
        columns = [as_text(batch.column(place)).fill_null("") for place in order]
        names = [LABELING_SET_ID, LABEL, *self._records.table.column_names]
        table = pa.Table.from_arrays(columns, names=names)
        headers = header_rows([column.combine_chunks() for column in table.columns], names)
        filled = np.asarray(pc.and_(is_filled(table[0]), is_filled(table[1])), np.bool_)
        kept = filled & ~headers
        before = self.rows - self.blank
        self.headers += [before + int(kept[:at].sum()) for at in np.flatnonzero(headers)]
        labelled = table if kept.all() else table.filter(pa.array(kept)).combine_chunks()
        self.rows += table.num_rows - int(headers.sum())
        self.blank += int((~filled).sum())
        self._compare(labelled)
        return labelled

    def _compare(self, labelled: pa.Table) -> None:
        records = self._records
        keys = as_text(labelled.column(records.key))
        found = pc.index_in(keys, value_set=records.keys)
        known = found.is_valid()
        at = found.filter(known)
        self.known += len(at)
        self._unknown.append(pc.unique(keys.filter(pc.invert(known))))
        self._sample = self._sample or keys.slice(0, 3).to_pylist()
        differs = np.zeros(len(at), np.bool_)
        for name in records.table.column_names:
            given = as_text(labelled.column(name).filter(known))
            actual = as_text(records.table.column(name).take(at)).fill_null("")
            differs |= np.asarray(pc.not_equal(given, actual))
        self.differing += int(differs.sum())

    def _check_end(self) -> None:
        if self.rows == 0:
            raise LabelFileError(f"{self.uri} has a header and no rows; label some rows")
        labelled = self.rows - self.blank
        if labelled == 0:
            raise LabelFileError(
                f"{self.uri}: no row of {self.rows:,} has a label; fill in the column '{LABEL}': "
                "the same label for rows of a set that match, another for those that do not"
            )
        if self.known == 0:
            raise LabelFileError(
                f"{self.uri}: none of the {labelled:,} labelled keys is in the table; the labels "
                f"have {some(self._sample)}, the table "
                f"{some(self._records.keys.slice(0, 3).to_pylist())}; label rows of this table"
            )


def outlined(rows: pa.Table, key: str) -> pa.Table:
    """Return labelled rows with the key and a digest of all other values, which merge alike.

    Parameters
    ----------
    rows
        Labelled rows in the shape of a labelling file, as text.
    key
        Name of the column that identifies a record. No other column may bear its name.
    """
    others = [name for name in rows.column_names[2:] if name != key]
    return pa.table(
        {
            LABELING_SET_ID: rows.column(0),
            LABEL: rows.column(1),
            key: rows.column(key),
            f"{DIGEST} of {key}": _digests(rows.select(others)),
        }
    )


def _digests(values: pa.Table) -> NDArray[np.int64]:
    if values.num_columns == 0:
        return np.zeros(values.num_rows, np.int64)
    parts = []
    for batch in values.to_batches(max_chunksize=_ROWS_AT_ONCE):
        lines = pc.binary_join_element_wise(*batch.columns, "\x1f").to_pylist()
        parts.append(np.fromiter(map(hash, lines), np.int64, len(lines)))
    return np.concatenate([np.empty(0, np.int64), *parts])


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(one.num_rows for one in held) >= _ROWS_AT_ONCE:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


@contextmanager
def _copied(places: Places, uri: str) -> Iterator[BinaryIO]:
    """Copy a file, so that every pass over it sees the same bytes."""
    with tempfile.TemporaryFile() as copy:
        with places.open_input(uri) as file:
            shutil.copyfileobj(file, copy, 1 << 20)
        yield copy


@contextmanager
def _from_start(file: BinaryIO) -> Iterator[BinaryIO]:
    file.seek(0)
    yield file
