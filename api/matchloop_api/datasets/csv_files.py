"""Read CSV files in the format of a catalog table: delimiter, quotes, header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.io.csv import first_lines, read_csv
from matchloop.errors import TableError, some
from matchloop_api.datasets.parts import Part
from matchloop_api.errors import InvalidInputException
from matchloop_api.places import Places

__all__ = ["CsvForm", "read_csv_part"]

_NAMED = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "tab": "\t", "\\|": "|"}


@dataclass(frozen=True, slots=True)
class CsvForm:
    """The format of a table's CSV files.

    Parameters
    ----------
    delimiter, quote, escape
        The characters between fields, around a field, and before a literal character.
    skip
        Lines before the rows, the last of them the header; 0 detects a header in the file.
    null
        Text that stands for a missing value, besides empty text.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skip: int = 0
    null: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> CsvForm:
        """Return the format from the parameters of a table and of its SerDe.

        Raises
        ------
        InvalidInputException
            A parameter has a wrong value.
        """
        descriptor = body.get("StorageDescriptor") or {}
        serde = (descriptor.get("SerdeInfo") or {}).get("Parameters") or {}
        parameters = {
            **(body.get("Parameters") or {}),
            **(descriptor.get("Parameters") or {}),
            **serde,
        }
        delimiter = next(
            (
                parameters[name]
                for name in ("separatorChar", "field.delim", "delimiter")
                if name in parameters
            ),
            ",",
        )
        escape = parameters.get("escapeChar") or parameters.get("escape.delim")
        quote = _character("quoteChar", parameters.get("quoteChar") or '"')
        escape = _character("escapeChar", escape) if escape else None
        skip = str(parameters.get("skip.header.line.count", "0")).strip()
        if not skip.isdecimal():
            raise InvalidInputException(
                f"skip.header.line.count of the table is '{skip}'; expected a whole number"
            )
        return cls(
            _character("delimiter", delimiter),
            quote,
            None if escape == quote else escape,  # quotes inside a field are doubled, the default
            int(skip),
            parameters.get("serialization.null.format"),
        )


def read_csv_part(
    part: Part, places: Places, form: CsvForm, columns: Sequence[str]
) -> Mapping[str, pa.ChunkedArray]:
    """Read a file and return its columns as text.

    The first row is a header if the table has one or if the row holds column names. A header
    that names every column gives their order. Any other header is skipped, and the columns are
    read by position.

    Raises
    ------
    TableError
        The file does not have this format, or its header belongs to another table.
    """
    open_file = partial(part.open, places)
    header = _first_row(part, places, form)
    if not header:
        return {}
    if any("\0" in value for value in header):
        raise TableError(f"{part.uri} is not a CSV file: its first row holds binary data")
    read = partial(
        read_csv, open_file, part.uri, form.delimiter, quote=form.quote, escape=form.escape
    )
    order = _order(header, columns)
    if order is None and form.skip:
        raise TableError(
            f"{part.uri}: its header has {some(header, 8)}, the catalog {some(columns, 8)}; "
            "give the table the columns of the file"
        )
    if form.skip or (order is not None and _is_header(header, columns)):
        table = read(skip=max(0, form.skip - 1))
        order = order or list(range(len(columns)))
    else:
        table = read(columns=list(columns))
        order = list(range(len(columns)))
    return {
        name: _missing(table.column(place), form.null)
        for name, place in zip(columns, order, strict=True)
    }


def _first_row(part: Part, places: Places, form: CsvForm) -> list[str]:
    with part.open(places) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
        lines = islice(first_lines(text, part.uri), max(0, form.skip - 1), None)
        rows = csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote)
        try:
            return next((row for row in rows if row), [])
        except csv.Error as error:
            raise TableError(f"{part.uri}: its first row cannot be read: {error}") from None
        finally:
            text.detach()


def _order(header: Sequence[str], columns: Sequence[str]) -> list[int] | None:
    """Return the position of each column in the file; None if the header has other columns."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(_plain(name), place)
    wanted = [places.get(_plain(column)) for column in columns]
    if all(place is not None for place in wanted) and len(set(wanted)) == len(wanted):
        return [place for place in wanted if place is not None]
    moved = any(place not in (None, at) for at, place in enumerate(wanted))
    return None if moved or len(header) != len(columns) else list(range(len(columns)))


def _is_header(row: Sequence[str], columns: Sequence[str]) -> bool:
    names = {_plain(name) for name in row}
    return bool(columns) and all(_plain(column) in names for column in columns)


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().casefold())


def _missing(column: pa.ChunkedArray, null: str | None) -> pa.ChunkedArray:
    if not null:
        return column
    return pc.if_else(pc.equal(column, null), pa.scalar(None, pa.string()), column)


def _character(name: str, value: str) -> str:
    text = _NAMED.get(value.lower(), value)
    if len(text) == 1 and text.isascii() and text not in "\r\n":
        return text
    raise InvalidInputException(
        f"the {name} of the table is {value!r}; expected one character of ASCII"
    )
