"""Parse text into rows, also where quotes, delimiters or line ends are broken."""

from __future__ import annotations

import csv
import re

from matchloop.data.repair.finding import Status
from matchloop.data.repair.grid import Grid, Row, is_blank
from matchloop.data.repair.heading import LABEL_NAMES, SET_NAMES, plain_name

__all__ = ["parse", "record_at"]

DELIMITERS = ",;\t|"
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEADER_WITHIN = 20  # most lines above the header (a convention)
LONGEST = 200  # most lines of a quoted value, so that an open quote costs little (a convention)


def parse(text: str, grid: Grid) -> None:
    """Fill a grid with the rows of a text file.

    Parameters
    ----------
    text
        The file, with LF line ends.
    grid
        Grid that collects the rows and the findings.
    """
    lines = text.split("\n")
    ended = lines[-1] == ""
    if ended:
        lines.pop()
    first = 0
    separator = re.fullmatch(r'"?sep=(.)"?', lines[0].strip()) if lines else None
    delimiter = _delimiter(lines)
    if separator:
        first, delimiter = 1, separator.group(1)
        message = "the first line tells a spreadsheet the delimiter; it is no row"
        grid.note("sep_line", Status.REPAIRED, message, row=1, found=lines[0])
    lines, first = _unwrapped(lines, first, delimiter, grid)
    if delimiter != ",":
        grid.note(
            "delimiter",
            Status.REPAIRED,
            f"values are delimited by {NAMES.get(delimiter, repr(delimiter))}",
            expected="comma",
        )
    width, at = _width(lines[first:], delimiter), first
    while at < len(lines):
        cells, following, problem = record_at(lines, at, delimiter, width)
        row = Row(at + 1, cells)
        if problem:
            row.broken = problem
            _tell(grid, row, problem)
        at = following
        if is_blank(cells):
            continue
        width = width or len(cells)
        if at >= len(lines) and not ended and len(cells) < width:
            row.broken = "cut"
        grid.rows.append(row)


def _tell(grid: Grid, row: Row, problem: str) -> None:
    messages = {
        "quote": "a quote stands inside a value that is not quoted; it was kept as it is",
        "open": "a quote opens and never closes; it was kept as it is",
    }
    text = "|".join(row.cells)
    grid.note(f"quote_{problem}", Status.REPAIRED, messages[problem], row=row.number, found=text)


def _width(lines: list[str], delimiter: str) -> int:
    """Return the number of values of the header; 0 where no line looks like one."""
    for line in lines[:HEADER_WITHIN]:
        cells = line.split(delimiter)
        names = {plain_name(cell) for cell in cells}
        if names & SET_NAMES or names & LABEL_NAMES:
            return len(cells)
    return 0


def _delimiter(lines: list[str]) -> str:
    head = next((line for line in lines if line.strip()), "")
    best, score = ",", (0, 0)
    for delimiter in DELIMITERS:
        names = {plain_name(name) for name in head.split(delimiter)}
        now = (bool(names & SET_NAMES) + bool(names & LABEL_NAMES), head.count(delimiter))
        if now > score:
            best, score = delimiter, now
    return best


def _unwrapped(lines: list[str], first: int, delimiter: str, grid: Grid) -> tuple[list[str], int]:
    """Remove quotes that a program put around whole lines."""
    filled = [line for line in lines[first:] if line.strip()]
    if len(filled) < 2:
        return lines, first
    whole = []
    for line in filled:
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error:
            return lines, first
        if len(cells) != 1 or delimiter not in cells[0] or not line.startswith('"'):
            return lines, first
        whole.append(cells[0])
    grid.note("quoted_lines", Status.REPAIRED, "quotes stood around every whole line")
    inner = iter(whole)
    return [
        next(inner) if at >= first and line.strip() else line for at, line in enumerate(lines)
    ], first


def record_at(lines: list[str], at: int, delimiter: str, width: int) -> tuple[list[str], int, str]:
    """Return the cells of the record that starts at a line, the next line, and its fault."""
    if '"' not in lines[at]:
        return lines[at].split(delimiter), at + 1, ""
    joined = lines[at]
    for end in range(at + 1, min(at + LONGEST, len(lines)) + 1):
        cells, state = _cut(joined, delimiter)
        if state == "closed":
            if end == at + 1 or not width or len(cells) == width:
                return cells, end, ""
            break  # a later quote closed it by chance
        if state == "text" or end >= len(lines):
            break
        joined += "\n" + lines[end]
    literal = lines[at].split(delimiter)
    cells, state = _cut(lines[at], delimiter, lenient=True)
    if state == "open":
        return literal, at + 1, "open"
    return (cells if not width or len(cells) == width else literal), at + 1, "quote"


def _cut(line: str, delimiter: str, *, lenient: bool = False) -> tuple[list[str], str]:
    """Cut a line at delimiters outside quotes; ``closed``, ``open``, or ``text`` after a quote."""
    cells: list[str] = []
    at, size = 0, len(line)
    while True:
        if at < size and line[at] == '"':
            value, at, state = _quoted(line, at + 1)
            if state == "open":
                return cells, "open"
            if at < size and line[at] != delimiter:
                if not lenient:
                    return cells, "text"
                end = line.find(delimiter, at)
                end = size if end < 0 else end
                value, at = f'"{value}"{line[at:end]}', end
        else:
            end = line.find(delimiter, at)
            end = size if end < 0 else end
            value, at = line[at:end], end
            if '"' in value and not lenient:
                return cells, "text"
        cells.append(value)
        if at >= size:
            return cells, "closed"
        at += 1


def _quoted(line: str, at: int) -> tuple[str, int, str]:
    parts = []
    while True:
        end = line.find('"', at)
        if end < 0:
            return "", len(line), "open"
        parts.append(line[at:end])
        if line[end + 1 : end + 2] == '"':
            parts.append('"')
            at = end + 2
        else:
            return "".join(parts), end + 1, "closed"
