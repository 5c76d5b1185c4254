"""Workbooks: read a sheet as a table of text, and write one."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from matchloop.data.io.csv_sheets import without_nothing
from matchloop.errors import MissingExtra, TableError, counted, some

__all__ = ["UNREADABLE", "cell_text", "open_workbook", "read_sheet", "write_cells"]

LARGEST = 1 << 30
"""Bytes a workbook may hold unpacked."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    KeyError,
    IndexError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a damaged workbook makes zipfile, the XML parser and openpyxl raise."""

_CONTENTS = "[Content_Types].xml"
"""The part that every workbook has."""

_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


def open_workbook() -> Any:
    """Return the module openpyxl.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra(
            "workbooks need openpyxl, which is not installed: pip install 'matchloop[xlsx]'"
        ) from None
    return openpyxl


def read_sheet(data: bytes, name: str, sheet: str | None, notes: list[str] | None) -> pa.Table:
    """Read a sheet of a workbook as text, as a CSV file of it would be.

    Parameters
    ----------
    data
        The workbook.
    name
        What messages call it.
    sheet
        The name of the sheet; without it the only visible one that holds anything.
    notes
        Takes a sentence on the sheet that was read and on what was left out.

    Raises
    ------
    TableError
        The workbook is damaged, several sheets could be meant, there is none of that name, it has
        no header, or a formula has no computed value.
    MissingExtra
        openpyxl is not installed.
    """
    openpyxl = open_workbook()
    try:
        if not zipfile.is_zipfile(io.BytesIO(data)):
            raise TableError(
                f"{name} cannot be read as a workbook; rename it if it is text, or save it as "
                ".xlsx anew"
            )
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if _CONTENTS not in packed.namelist():
                raise TableError(f"{name} is a zip archive and no workbook; unpack it")
            if sum(item.file_size for item in packed.infolist()) > LARGEST:
                raise TableError(f"{name}: the workbook is over a gigabyte; save it as CSV")
            computes = any(
                _FORMULA.search(packed.read(part))
                for part in packed.namelist()
                if part.startswith("xl/worksheets/") and part.endswith(".xml")
            )
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        chosen = _sheet(book, name, sheet)
        formulas = openpyxl.load_workbook(io.BytesIO(data))[chosen.title] if computes else None
        rows = [[cell_text(cell) for cell in row] for row in chosen.iter_rows()]
        if formulas is not None:
            _check_formulas(chosen, formulas, name)
    except UNREADABLE as error:
        raise TableError(
            f"{name}: the workbook cannot be read ({type(error).__name__}); save it as .xlsx or "
            "CSV anew"
        ) from None
    if notes is not None:
        if len(book.worksheets) > 1:
            notes.append(f"sheet {chosen.title!r} was read")
        notes.extend(_merged_rows(chosen))
    return _table(rows, f"{name}, sheet {chosen.title!r}", notes)


def _sheet(book: Any, name: str, wanted: str | None) -> Any:
    titles = [sheet.title for sheet in book.worksheets]
    if wanted is not None:
        if wanted not in titles:
            raise TableError(f"{name} has no sheet {wanted!r}; it has {some(titles, 10)}")
        return book[wanted]
    filled = [sheet for sheet in book.worksheets if _has_values(sheet)]
    if not filled:
        raise TableError(f"{name}: no sheet holds anything; expected a header and records")
    visible = [sheet for sheet in filled if sheet.sheet_state == "visible"] or filled
    if len(visible) > 1:
        raise TableError(
            f"{name} has the sheets {some([sheet.title for sheet in visible], 10)}; name one with "
            "--sheet"
        )
    return visible[0]


def _has_values(sheet: Any) -> bool:
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _check_formulas(shown: Any, formulas: Any, name: str) -> None:
    for row in formulas.iter_rows():
        for cell in row:
            if cell.data_type == "f" and shown[cell.coordinate].value is None:
                raise TableError(
                    f"{name}, sheet {shown.title!r}: the formula in {cell.coordinate} has no "
                    "computed value; open the workbook in a spreadsheet and save it"
                )


def _merged_rows(sheet: Any) -> list[str]:
    """Return a sentence on merged cells of several rows: only the first row has their value."""
    merged = [str(cells) for cells in sheet.merged_cells.ranges if cells.min_row < cells.max_row]
    if not merged:
        return []
    return [
        f"{counted(len(merged), 'merged cell spans', 'merged cells span')} several rows, and only "
        f"the first row has the value: {some(sorted(merged))}"
    ]


def _table(rows: list[list[str]], name: str, notes: list[str] | None) -> pa.Table:
    start = next((at for at, row in enumerate(rows) if any(row)), None)
    if start is None:
        raise TableError(f"{name} is empty; expected a header and records")
    header = [text.strip() for text in rows[start]]
    columns = [
        pa.array([row[at] or None for row in rows[start + 1 :]], pa.string())
        for at in range(len(header))
    ]
    table = pa.Table.from_arrays(columns, names=header)
    return without_nothing(table, name, notes if notes is not None else [])


def cell_text(cell: Any) -> str:
    """Return the value of a cell in the form of a CSV file."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e300:
        value = int(value)
    if isinstance(value, int):
        zeros = str(cell.number_format)
        if zeros and set(zeros) == {"0"}:  # shown with zeros in front
            return str(value).zfill(len(zeros))
        return str(value)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def write_cells(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], file: Any, title: str
) -> None:
    """Write rows to an open file as a workbook whose text stays text; numbers are numbers.

    Raises
    ------
    MissingExtra
        openpyxl is not installed.
    """
    book = open_workbook().Workbook()
    sheet = book.active
    sheet.title = title
    for row, values in enumerate([columns, *rows], start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column)
            if isinstance(value, int | float):
                cell.value = value
                continue
            cell.number_format = "@"  # what is typed into it stays text, too
            if value:
                cell.value = _allowed(value)
                cell.data_type = "s"  # also what begins as a formula does
    sheet.freeze_panes = "A2"
    book.save(file)


def _allowed(value: str) -> str:
    return "".join(character for character in value if character >= " " or character in "\t\n\r")
