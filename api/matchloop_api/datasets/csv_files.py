"""CSV files as a catalog table describes them: delimiter, quotes, header."""

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
    """How a table's CSV files are written.

    Parameters
    ----------
    delimiter, quote, escape
        Between fields, around a field, before a character that means itself.
    skip
        Lines that are no rows, the last of them the header; 0 leaves it to the file.
    null
        What stands for a missing value besides nothing.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skip: int = 0
    null: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> CsvForm:
        """Read it from a table: its parameters and those of its SerDe.

        Raises
        ------
        InvalidInputException
            A parameter is not what it should be.
        """
        descriptor = body.get("StorageDescriptor") or {}
        serde = (descriptor.get("SerdeInfo") or {}).get("Parameters") or {}
        given = {**(body.get("Parameters") or {}), **(descriptor.get("Parameters") or {}), **serde}
        delimiter = next(
            (
                given[name]
                for name in ("separatorChar", "field.delim", "delimiter")
                if name in given
            ),
            ",",
        )
        escape = given.get("escapeChar") or given.get("escape.delim")
        quote = _character("quoteChar", given.get("quoteChar") or '"')
        escape = _character("escapeChar", escape) if escape else None
        skip = str(given.get("skip.header.line.count", "0")).strip()
        if not skip.isdecimal():
            raise InvalidInputException(
                f"skip.header.line.count of the table is '{skip}'; expected a whole number"
            )
        return cls(
            _character("delimiter", delimiter),
            quote,
            None if escape == quote else escape,  # doubled quotes, as always
            int(skip),
            given.get("serialization.null.format"),
        )


def read_csv_part(
    part: Part, places: Places, form: CsvForm, columns: Sequence[str]
) -> Mapping[str, pa.ChunkedArray]:
    """Read a file as columns of text.

    The first row is a header where the table says so, or where it holds the columns' names. A
    header that names every column puts them in order; one that names none of them elsewhere is
    left out, and the columns are taken by their places.

    Raises
    ------
    TableError
        The file is no such CSV, or its header is of another table.
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
    """Return the place in the file of each column; None where the header is of other columns."""
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


def _character(name: str, given: str) -> str:
    text = _NAMED.get(given.lower(), given)
    if len(text) == 1 and text.isascii() and text not in "\r\n":
        return text
    raise InvalidInputException(
        f"the {name} of the table is {given!r}; expected one character of ASCII"
    )
