"""Read the rows of a workbook: choose its sheets, resolve merged cells and formulas."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from matchloop.data.io.workbooks import LARGEST, UNREADABLE, cell_text, open_workbook, write_cells
from matchloop.data.repair.finding import Status
from matchloop.data.repair.grid import Grid, Row, is_blank
from matchloop.data.repair.heading import LABEL_NAMES, SET_NAMES, plain_name

__all__ = ["holds_labels", "read_workbook", "write_workbook"]

LOOKED_AT = 20  # first rows of a sheet in which the header is expected (a convention)


def read_workbook(data: bytes, grid: Grid) -> None:
    """Fill a grid with the rows of the sheet that holds labels.

    Raises
    ------
    MissingExtra
        openpyxl is not installed.
    """
    openpyxl = open_workbook()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > LARGEST:
                grid.refused("workbook", "the workbook is over a gigabyte; save it as CSV")
                return
        shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        written = openpyxl.load_workbook(io.BytesIO(data))
    except UNREADABLE as error:
        grid.refused(
            "workbook",
            f"the workbook cannot be read ({type(error).__name__}); save it as .xlsx or CSV anew",
        )
        return
    grid.note("workbook", Status.REPAIRED, "the file is a workbook", expected="CSV")
    sheets = [sheet for sheet in shown.worksheets if _rows_of(sheet)]
    if not sheets:
        grid.refused("empty", "no sheet of the workbook holds anything")
        return
    chosen = [sheet for sheet in sheets if _holds_labels(sheet)] or sheets[:1]
    others = [sheet.title for sheet in sheets if sheet not in chosen]
    if others:
        message = "other sheets of the workbook hold no labels; they were left out"
        grid.note("sheet_other", Status.REPAIRED, message, found=", ".join(others))
    if len(chosen) > 1:
        message = "several sheets hold labels; all were taken, one below the other"
        titles = ", ".join(sheet.title for sheet in chosen)
        grid.note("sheets_several", Status.OPEN, message, found=titles)
    for sheet in chosen:
        _read(grid, sheet, written[sheet.title], named=len(sheets) > 1)


def holds_labels(data: bytes) -> bool:
    """Return whether a sheet of a workbook has columns of set ids and labels.

    Raises
    ------
    MissingExtra
        openpyxl is not installed.
    """
    try:
        book = open_workbook().load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return any(_holds_labels(sheet) for sheet in book.worksheets)
    except UNREADABLE:
        return True  # the examination of labels reports the damage


def write_workbook(columns: list[str], rows: list[list[str]], file: Any) -> None:
    """Write rows to an open file as a workbook in which every cell is text.

    Parameters
    ----------
    columns
        The header.
    rows
        The values.
    file
        File that is open for writing bytes.

    Raises
    ------
    MissingExtra
        openpyxl is not installed.
    """
    write_cells(columns, rows, file, "labels")


def _rows_of(sheet: Any) -> bool:
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


def _holds_labels(sheet: Any) -> bool:
    for row in sheet.iter_rows(max_row=LOOKED_AT, values_only=True):
        names = {plain_name(str(cell)) for cell in row if cell is not None}
        if names & SET_NAMES and names & LABEL_NAMES:
            return True
    return False


def _read(grid: Grid, sheet: Any, formulas: Any, *, named: bool) -> None:
    title = sheet.title if named else None
    covered = _merged(grid, formulas, title)
    hidden = [n for n, row in sheet.row_dimensions.items() if row.hidden]
    if hidden:
        message = "the row is hidden by a filter; it was read like the others"
        for number in hidden:
            grid.note("row_hidden", Status.NOTE, message, row=number, sheet=title)
    for number in range(1, sheet.max_row + 1):
        cells = []
        for column in range(1, sheet.max_column + 1):
            at = covered.get((number, column), (number, column))
            cell, formula = sheet.cell(*at), formulas.cell(*at)
            cells.append(cell_text(cell))
            if at == (number, column) and formula.data_type == "f":
                _formula(grid, cell, str(formula.value), title)
        if not is_blank(cells):
            grid.rows.append(Row(number, cells, title))


def _merged(grid: Grid, sheet: Any, title: str | None) -> dict[tuple[int, int], tuple[int, int]]:
    covered = {}
    for area in sheet.merged_cells.ranges:
        grid.note(
            "merged_cells",
            Status.REPAIRED,
            "cells are merged; each of them was given the value",
            row=area.min_row,
            found=str(area),
            sheet=title,
        )
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                covered[row, column] = (area.min_row, area.min_col)
    return covered


def _formula(grid: Grid, cell: Any, formula: str, title: str | None) -> None:
    lost = cell.value is None
    grid.note(
        "formula",
        Status.OPEN if lost else Status.REPAIRED,
        "a formula whose result the file does not hold; type the value"
        if lost
        else "a formula stands in the cell; its result was taken",
        row=cell.row,
        column=cell.column_letter,
        found=formula,
        proposed="" if lost else cell_text(cell),
        sheet=title,
    )
