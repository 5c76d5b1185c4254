"""Which format a path has, by its suffix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from matchloop.errors import MatchloopError

__all__ = ["Format", "format_of"]

_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format: ``csv``, ``tsv``, ``jsonl`` or ``parquet``, and whether gzip is around it."""

    name: str
    compressed: bool


def format_of(path: str, error: type[MatchloopError]) -> Format:
    """Return the format of a path.

    Raises
    ------
    MatchloopError
        Of the class given as ``error``: the suffix is unknown.
    """
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    compressed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[:-1] if compressed else suffixes)[-1:]
    name = _SUFFIXES.get(suffix[0]) if suffix else None
    if name is None or (compressed and name == "parquet"):
        raise error(
            f"{path}: the suffix says no format; use .csv, .tsv, .jsonl (each also with .gz) "
            "or .parquet"
        )
    return Format(name, compressed)
