"""Examine a labelling file from first byte to last set, and put together what can be repaired."""

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
    """What is wrong in a labelling file, and the file as far as it could be repaired.

    Parameters
    ----------
    findings
        Everything found, in the order of the file.
    table
        The repaired file: labeling_set_id, label, then the columns of the records, all text. None
        where the file could not be read.
    rows
        How many rows of labels the file has.
    counts
        How many of these are kept, repeated an earlier one, or were left out; they sum to the
        rows.
    """

    findings: tuple[Finding, ...]
    table: pa.Table | None
    rows: int
    counts: Mapping[str, int]

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that wait for a person."""
        return tuple(one for one in self.findings if one.status is Status.OPEN)

    @property
    def repaired(self) -> tuple[Finding, ...]:
        """The findings whose repair is certain and made."""
        return tuple(one for one in self.findings if one.status is Status.REPAIRED)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the rows as plain values."""
        return {
            "rows": self.rows,
            "counts": dict(self.counts),
            "open": len(self.open),
            "repaired": len(self.repaired),
            "findings": [one.to_dict() for one in self.findings],
        }


def examine(data: bytes, *, table: pa.Table | None = None, key: str | None = None) -> Diagnosis:
    """Examine a labelling file.

    Parameters
    ----------
    data
        The bytes of the file: CSV in whatever state, or a workbook.
    table
        The table that was labelled. With it keys, values and columns can be repaired; without it
        only the form of the file can.
    key
        The column that identifies a record.

    Returns
    -------
    Diagnosis
        Findings and the repaired table. Every row of the file is in it or named by a finding.

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
    known = None if table is None or key is None else KnownTable(table, key)
    grid = Grid()
    _read(data, grid, known)
    heading = None
    if grid.readable and grid.rows:
        columns = known.columns if known else []
        keys = known.keys if known else frozenset[str]()
        heading = find_heading(grid, columns, keys, key)
    elif grid.readable:
        grid.refused("empty", "the file is empty", expected="a header and labelled rows")
    if heading is None:
        return Diagnosis(tuple(grid.findings), None, 0, {})
    if not grid.rows:
        grid.note("empty", Status.OPEN, "the file has a header and no rows")
    entries = read_entries(grid, heading, known)
    columns = _columns(grid, heading, entries, known, key)
    clean_names(entries)
    if known is not None:
        find_keys(entries, known)
    elif key is not None and key in columns:
        check_forms(entries, key)
    for kind, status, message in [*tell_apart(entries, key), *check_sets(entries, key)]:
        grid.note(kind, status, message)
    return _diagnosis(grid, entries, columns, known)


def _read(data: bytes, grid: Grid, known: KnownTable | None) -> None:
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
    parse(decode(data, grid, known.letters if known else frozenset()), grid)


def other_format(data: bytes) -> str | None:
    """Return what a file is, and what to do, if it is of a format that holds no labels."""
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
    known: KnownTable | None,
    key: str | None,
) -> list[str]:
    """Settle the columns of the repaired file; what the file calls otherwise is renamed."""
    names = [name for name in heading.names if name not in ("", LABELING_SET_ID, LABEL)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = "a column stands twice; the last one was taken"
        grid.note("column_twice", Status.OPEN, message, column=name)
    names = list(dict.fromkeys(names))
    if "" in heading.names:
        message = "a column without a name was left out; it numbers the rows or is empty"
        grid.note("index_column", Status.REPAIRED, message)
    if known is None:
        for name in [one for one in names if _is_index(one, entries)]:
            names.remove(name)
            message = "a column that numbers the rows was left out"
            grid.note("index_column", Status.REPAIRED, message, column=name)
        if key is not None and key not in names:
            message = f"there is no key column '{key}'"
            grid.note("column_missing", Status.OPEN, message, column=key, found=", ".join(names))
        return names
    _rename(grid, entries, names, known)
    for name in [one for one in names if one not in known.columns]:
        names.remove(name)
        told = sum(bool(trimmed(entry.values.get(name, ""))) for entry in entries)
        kind = "index_column" if _is_index(name, entries) else "column_extra"
        message = "a column that the table does not have was left out"
        grid.note(kind, Status.REPAIRED, message, column=name, found=f"{told:,} values")
    for name in [one for one in known.columns if one not in names]:
        message = "a column of the table is missing; its values were taken from the table"
        if name == known.key:
            message = "the key column is missing; records are told by their values"
        grid.note("column_missing", Status.REPAIRED, message, column=name)
    return known.columns


def _rename(grid: Grid, entries: list[Entry], names: list[str], known: KnownTable) -> None:
    """Recognize columns of the table under other names by what they hold."""
    missing = [name for name in known.columns if name not in names]
    extra = [name for name in names if name not in known.columns]
    if known.key in missing:
        for name in extra:
            held = [known.exact(entry.values.get(name, "")) for entry in entries]
            if entries and sum(one is not None for one in held) >= 0.8 * len(entries):
                _renamed(grid, entries, names, name, known.key)
                missing.remove(known.key)
                extra.remove(name)
                break
    keys = [known.exact(entry.values.get(known.key, "")) for entry in entries]
    for name in extra:
        values = [entry.values.get(name, "") for entry in entries]
        meant = known.column_like(keys, values, missing)
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
    grid: Grid, entries: list[Entry], columns: list[str], known: KnownTable | None
) -> Diagnosis:
    kept = [entry for entry in entries if not entry.removed]
    if known is not None:
        for entry in kept:
            entry.values = known.values(entry.key) if entry.key else entry.values
    arrays = [
        pa.array([entry.set_id for entry in kept], pa.string()),
        pa.array([entry.label for entry in kept], pa.string()),
        *(
            pa.array([entry.values.get(name, "") for entry in kept], pa.string())
            for name in columns
        ),
    ]
    table = pa.Table.from_arrays(arrays, names=[LABELING_SET_ID, LABEL, *columns])
    findings = [*grid.findings, *(one for entry in entries for one in entry.findings)]
    findings.sort(key=lambda one: (one.sheet or "", one.row or 0))
    counts = {
        "kept": len(kept),
        "repeated": sum(entry.removed == "repeated" for entry in entries),
        "left_out": sum(entry.removed == "left out" for entry in entries),
    }
    return Diagnosis(tuple(findings), table, len(entries), counts)
