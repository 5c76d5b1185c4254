"""Find the format of a path by its suffix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from matchloop.data.io.database_urls import is_database
from matchloop.errors import MatchloopError

__all__ = ["Format", "format_of"]

_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",
    ".dat": "csv",
    ".asc": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}

_ADVICE = {
    **dict.fromkeys(
        (".zip", ".7z", ".bz2", ".xz", ".zst", ".rar", ".tar", ".tgz"), "unpack it, or use .csv.gz"
    ),
    **dict.fromkeys((".xls", ".xlsb", ".ods", ".numbers"), "use .xlsx or .csv"),
    **dict.fromkeys((".sav", ".dta", ".sas7bdat", ".rds", ".mdb", ".dbf"), "use .csv"),
}
"""What to do with formats that other programs read."""

_PACKED = ("csv", "tsv", "jsonl")
"""Formats that may have gzip around them."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: csv, tsv, jsonl, parquet, arrow, xlsx or database, and whether it is gzipped."""

    name: str
    compressed: bool


def format_of(path: str, error: type[MatchloopError]) -> Format:
    """Return the format of a path.

    Raises
    ------
    MatchloopError
        Of the class given as ``error``: the suffix is unknown.
    """
    if is_database(path):
        return Format("database", compressed=False)
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    compressed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[:-1] if compressed else suffixes)[-1:]
    name = _SUFFIXES.get(suffix[0]) if suffix else None
    if name is None or (compressed and name not in _PACKED):
        last = suffixes[-1] if suffixes else ""
        if last in _ADVICE:
            raise error(f"{path}: {last} files are not read or written; {_ADVICE[last]}")
        raise error(
            f"{path}: the suffix says no format; use .csv, .tsv, .txt, .jsonl (each also with "
            ".gz), .parquet, .feather or .xlsx, or a database"
        )
    return Format(name, compressed)
