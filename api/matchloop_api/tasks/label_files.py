"""Read label files in batches; check and count their rows."""

from __future__ import annotations

import shutil
import tempfile
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.io import read_csv_batches
from matchloop.data.io.layouts import RECOGNIZED
from matchloop.data.io.text_tables import read_text
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
    """A label file that is read once, from its start to its end.

    The counts are complete once :meth:`batches` is exhausted. ``headers`` then holds the index of
    each labelled row that follows a repeated header, as in concatenated files; ``notes`` say how
    the file was read where it is not UTF-8.

    Parameters
    ----------
    places
        The files that may be read.
    uri
        The file.
    records
        The table that is labelled.
    """

    def __init__(self, places: Places, uri: str, records: Records) -> None:
        self._places = places
        self.uri = uri
        self._records = records
        self._unknown: list[pa.Array] = []
        self._sample: list[str] = []
        self.headers: list[int] = []
        self.notes: list[str] = []
        self.rows = 0
        self.blank = 0
        self.matched = 0
        self.differing = 0

    def batches(self) -> Iterator[pa.Table]:
        """Yield the labelled rows as text, with the columns in the table's order.

        Raises
        ------
        LabelFileError
            The file has other columns than the table, broken rows, an encoding that cannot be
            recognized, no label, or no key of the table.
        """
        check_names(self._records.table.column_names)
        try:
            with _copied(self._places, self.uri) as file:
                names, batches = self._read(file)
                order = self._order(names)
                for batch in _gathered(batches):
                    labelled = self._labelled(batch, order)
                    if labelled.num_rows:
                        yield labelled
        except TableError as error:
            raise LabelFileError(str(error)) from None
        self._check_end()

    def _read(self, file: BinaryIO) -> tuple[list[str], Iterator[pa.RecordBatch]]:
        """Return the columns and the rows; a file that is not UTF-8 is read as a whole."""

        def opened() -> AbstractContextManager[BinaryIO]:
            return _from_start(file)

        if _is_utf8(file):
            return read_csv_batches(opened, self.uri)
        table, _ = read_text(opened, self.uri, ",", RECOGNIZED, self.notes)
        return table.column_names, iter(table.to_batches(max_chunksize=_ROWS_AT_ONCE))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The distinct labelled keys that the table lacks."""
        keys = pa.concat_arrays([pa.array([], pa.string()), *self._unknown])
        return tuple(pc.unique(keys).to_pylist())

    def _order(self, names: list[str]) -> list[int]:
        try:
            places = label_columns(names)
            rest = [at for at in range(len(names)) if at not in places]
            columns = [names[at] for at in rest]
            if len(set(columns)) < len(columns):
                twice = sorted({name for name in columns if columns.count(name) > 1})
                raise LabelFileError(f"labels hold a column twice: {some(twice)}")
            expected = self._records.table.column_names
            check_columns(columns, expected, "the table")
        except LabelFileError as error:
            raise LabelFileError(f"{self.uri}, line 1: {error}") from None
        return [*places, *(rest[columns.index(name)] for name in expected)]

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
        positions = pc.index_in(keys, value_set=records.keys)
        matched = positions.is_valid()
        at = positions.filter(matched)
        self.matched += len(at)
        self._unknown.append(pc.unique(keys.filter(pc.invert(matched))))
        self._sample = self._sample or keys.slice(0, 3).to_pylist()
        differs = np.zeros(len(at), np.bool_)
        for name in records.table.column_names:
            values = as_text(labelled.column(name).filter(matched))
            actual = as_text(records.table.column(name).take(at)).fill_null("")
            differs |= np.asarray(pc.not_equal(values, actual))
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
        if self.matched == 0:
            raise LabelFileError(
                f"{self.uri}: none of the {labelled:,} labelled keys is in the table; the labels "
                f"have {some(self._sample)}, the table "
                f"{some(self._records.keys.slice(0, 3).to_pylist())}; label rows of this table"
            )


def outlined(rows: pa.Table, key: str) -> pa.Table:
    """Return labelled rows reduced to the key and a digest of the other values; they merge alike.

    Parameters
    ----------
    rows
        Labelled rows with the columns of a labelling file, as text.
    key
        Name of the key column. No other column may have its name.
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
        if sum(batch.num_rows for batch in held) >= _ROWS_AT_ONCE:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


@contextmanager
def _copied(places: Places, uri: str) -> Iterator[BinaryIO]:
    """Copy a file so that every pass over it reads the same bytes."""
    with tempfile.TemporaryFile() as copy:
        with places.open_input(uri) as file:
            shutil.copyfileobj(file, copy, 1 << 20)
        yield copy


def _is_utf8(file: BinaryIO) -> bool:
    decoder = getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _from_start(file: BinaryIO) -> Iterator[BinaryIO]:
    file.seek(0)
    yield file
