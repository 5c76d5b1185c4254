"""Examine a labelling file, and build the repaired file from all rows that can be repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.repair.decoding import decode, unpacked
from matchloop.data.repair.entries import Entry, read_entries
from matchloop.data.repair.finding import Finding, Status
from matchloop.data.repair.grid import Grid, trimmed
from matchloop.data.repair.heading import Heading, find_heading
from matchloop.data.repair.keys import check_forms, find_keys
from matchloop.data.repair.parsing import parse
from matchloop.data.repair.sets import check_sets, clean_names, tell_apart
from matchloop.data.repair.sheets import read_workbook
from matchloop.data.repair.table import KnownTable
from matchloop.errors import UsageError

__all__ = ["Diagnosis", "examine", "other_format"]

_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old or encrypted workbook; save it as .xlsx without a password"),
    (b"%PDF", "a PDF file; give the file the labels were written in"),
    (b"PAR1", "a Parquet file; give a labelling file"),
    (b"{\\rtf", "a word processor's file; save it as CSV"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """Findings on a labelling file, and the repaired file.

    Parameters
    ----------
    findings
        All findings, in the order of the file.
    table
        The repaired file: labeling_set_id, label, then the columns of the records, all text. None
        where the file could not be read.
    rows
        Number of labelled rows in the file.
    counts
        Numbers of rows that are kept, repeat an earlier one, or were left out; their sum is
        ``rows``.
    """

    findings: tuple[Finding, ...]
    table: pa.Table | None
    rows: int
    counts: Mapping[str, int]

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that need a person's decision."""
        return tuple(finding for finding in self.findings if finding.status is Status.OPEN)

    @property
    def repaired(self) -> tuple[Finding, ...]:
        """The findings with a certain repair, which is made."""
        return tuple(finding for finding in self.findings if finding.status is Status.REPAIRED)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields except the rows as plain values."""
        return {
            "rows": self.rows,
            "counts": dict(self.counts),
            "open": len(self.open),
            "repaired": len(self.repaired),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def examine(data: bytes, *, table: pa.Table | None = None, key: str | None = None) -> Diagnosis:
    """Examine a labelling file and repair it where the repair is certain.

    Parameters
    ----------
    data
        The bytes of the file: CSV, however damaged, or a workbook.
    table
        The labelled table. Without it only the form of the file can be repaired, not keys, values
        and columns.
    key
        The column that identifies a record.

    Returns
    -------
    Diagnosis
        Findings and the repaired table. Every row of the file is in the table or named by a
        finding.

    Raises
    ------
    UsageError
        A table was given without its key column.
    TableError
        The table lacks the key column, or holds a key twice.
    MissingExtra
        The file is a workbook and openpyxl is not installed.
    """
    if table is not None and key is None:
        raise UsageError("the table needs its key column; give --key")
    reference = None if table is None or key is None else KnownTable(table, key)
    grid = Grid()
    _read(data, grid, reference)
    heading = None
    if grid.readable and grid.rows:
        columns = reference.columns if reference else []
        keys = reference.keys if reference else frozenset[str]()
        heading = find_heading(grid, columns, keys, key)
    elif grid.readable:
        grid.refused("empty", "the file is empty", expected="a header and labelled rows")
    if heading is None:
        return Diagnosis(tuple(grid.findings), None, 0, {})
    if not grid.rows:
        grid.note("empty", Status.OPEN, "the file has a header and no rows")
    entries = read_entries(grid, heading, reference)
    columns = _columns(grid, heading, entries, reference, key)
    clean_names(entries)
    if reference is not None:
        find_keys(entries, reference)
    elif key is not None and key in columns:
        check_forms(entries, key)
    for kind, status, message in [*tell_apart(entries, key), *check_sets(entries, key)]:
        grid.note(kind, status, message)
    return _diagnosis(grid, entries, columns, reference)


def _read(data: bytes, grid: Grid, reference: KnownTable | None) -> None:
    if data[:4] == b"PK\x03\x04":
        read_workbook(data, grid)
        return
    data = unpacked(data, grid)
    if not grid.readable:
        return
    refused = other_format(data)
    if refused is not None:
        grid.refused("format", f"the file is {refused}")
        return
    parse(decode(data, grid, reference.letters if reference else frozenset()), grid)


def other_format(data: bytes) -> str | None:
    """Return the format of a file that holds no labels, with advice; None for other files."""
    for start, what in _REFUSED:
        if data.startswith(start):
            return what
    head = data[:300].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        return "a web page, whatever its name; save it as CSV"
    return None


def _columns(
    grid: Grid,
    heading: Heading,
    entries: list[Entry],
    reference: KnownTable | None,
    key: str | None,
) -> list[str]:
    """Determine the columns of the repaired file, and rename those that have other names."""
    names = [name for name in heading.names if name not in ("", LABELING_SET_ID, LABEL)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = "a column stands twice; the last one was taken"
        grid.note("column_twice", Status.OPEN, message, column=name)
    names = list(dict.fromkeys(names))
    if "" in heading.names:
        message = "a column without a name was left out; it numbers the rows or is empty"
        grid.note("index_column", Status.REPAIRED, message)
    if reference is None:
        for name in [other for other in names if _is_index(other, entries)]:
            names.remove(name)
            message = "a column that numbers the rows was left out"
            grid.note("index_column", Status.REPAIRED, message, column=name)
        if key is not None and key not in names:
            message = f"there is no key column '{key}'"
            grid.note("column_missing", Status.OPEN, message, column=key, found=", ".join(names))
        return names
    _rename(grid, entries, names, reference)
    for name in [other for other in names if other not in reference.columns]:
        names.remove(name)
        filled = sum(bool(trimmed(entry.values.get(name, ""))) for entry in entries)
        kind = "index_column" if _is_index(name, entries) else "column_extra"
        message = "a column that the table does not have was left out"
        grid.note(kind, Status.REPAIRED, message, column=name, found=f"{filled:,} values")
    for name in [other for other in reference.columns if other not in names]:
        message = "a column of the table is missing; its values were taken from the table"
        if name == reference.key:
            message = "the key column is missing; records are told by their values"
        grid.note("column_missing", Status.REPAIRED, message, column=name)
    return reference.columns


def _rename(grid: Grid, entries: list[Entry], names: list[str], reference: KnownTable) -> None:
    """Recognize columns of the table under other names by their values."""
    missing = [name for name in reference.columns if name not in names]
    extra = [name for name in names if name not in reference.columns]
    if reference.key in missing:
        for name in extra:
            held = [reference.exact(entry.values.get(name, "")) for entry in entries]
            # a fifth of the keys may be damaged (a convention)
            if entries and sum(key is not None for key in held) >= 0.8 * len(entries):
                _renamed(grid, entries, names, name, reference.key)
                missing.remove(reference.key)
                extra.remove(name)
                break
    keys = [reference.exact(entry.values.get(reference.key, "")) for entry in entries]
    for name in extra:
        values = [entry.values.get(name, "") for entry in entries]
        meant = reference.column_like(keys, values, missing)
        if meant is not None:
            _renamed(grid, entries, names, name, meant)
            missing.remove(meant)


def _renamed(grid: Grid, entries: list[Entry], names: list[str], old: str, new: str) -> None:
    names[names.index(old)] = new
    for entry in entries:
        if old in entry.values:
            entry.values[new] = entry.values.pop(old)
    message = "a column has another name than in the table, and the same values"
    grid.note("column_renamed", Status.REPAIRED, message, column=new, found=old, proposed=new)


def _is_index(name: str, entries: list[Entry]) -> bool:
    if name and not name.startswith("Unnamed:") and name not in ("index", "level_0"):
        return False
    values = [trimmed(entry.values.get(name, "")) for entry in entries]
    return all(not value or value.removesuffix(".0").isdigit() for value in values)


def _diagnosis(
    grid: Grid, entries: list[Entry], columns: list[str], reference: KnownTable | None
) -> Diagnosis:
    kept = [entry for entry in entries if not entry.removed]
    if reference is not None:
        for entry in kept:
            entry.values = reference.values(entry.key) if entry.key else entry.values
    arrays = [
        pa.array([entry.set_id for entry in kept], pa.string()),
        pa.array([entry.label for entry in kept], pa.string()),
        *(
            pa.array([entry.values.get(name, "") for entry in kept], pa.string())
            for name in columns
        ),
    ]
    table = pa.Table.from_arrays(arrays, names=[LABELING_SET_ID, LABEL, *columns])
    findings = [*grid.findings, *(finding for entry in entries for finding in entry.findings)]
    findings.sort(key=lambda finding: (finding.sheet or "", finding.row or 0))
    counts = {
        "kept": len(kept),
        "repeated": sum(entry.removed == "repeated" for entry in entries),
        "left_out": sum(entry.removed == "left out" for entry in entries),
    }
    return Diagnosis(tuple(findings), table, len(entries), counts)
