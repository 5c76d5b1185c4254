"""The files at a table's location."""

from __future__ import annotations

import bz2
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast
from urllib.parse import quote, unquote

from matchloop.errors import TableError
from matchloop_api.places import Places, whole
from matchloop_api.store import Resource

__all__ = ["Part", "parts_at", "with_partitions"]

_OTHER = re.compile(r"\.(zip|zst|zstd|lz4|xz|snappy|lzo|7z)$", re.IGNORECASE)
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table.

    Parameters
    ----------
    uri
        The URI of the file.
    size
        Its size in bytes.
    partition
        The values of the folders named ``column=value`` on its path, by column in lower case.
    """

    uri: str
    size: int
    partition: Mapping[str, str | None] = field(default_factory=dict)

    @contextmanager
    def open(self, places: Places) -> Iterator[BinaryIO]:
        """Open the file for reading; decompress it if its name ends in .gz or .bz2."""
        name = self.uri.lower()
        with places.open_input(self.uri) as file:
            if name.endswith(".gz"):
                with gzip.GzipFile(fileobj=file) as inner:
                    yield cast(BinaryIO, inner)
            elif name.endswith(".bz2"):
                with bz2.BZ2File(file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield file


def parts_at(location: str, places: Places) -> Sequence[Part]:
    """Return the files of a table: a single file, or all files of a folder.

    Empty files are skipped. As in Hive, so are files with a dot or an underscore (``_SUCCESS``)
    at the start of their names or their folders' names.

    Raises
    ------
    TableError
        There is no file, or a file has an unknown compression.
    InvalidInputException
        The location cannot be reached.
    """
    location = whole(location)
    if not location.endswith("/") and places.exists(location):
        files = [Part(location, places.size(location))]
    else:
        start = len(location.rstrip("/")) + 1
        files = [
            Part(entry.path, entry.size, _partition(parts[:-1]))
            for entry in places.entries(location)
            if (parts := _below(entry.path, location, start)) and entry.size
            if not any(part.startswith((".", "_")) for part in parts)
        ]
    if not files:
        raise TableError(f"there is no file at {location}; check the location of the table")
    for part in files:
        if _OTHER.search(part.uri):
            raise TableError(f"{part.uri} is packed in a way that is not read; use gzip or none")
    return files


def with_partitions(
    parts: Sequence[Part], keys: Sequence[str], partitions: Sequence[Resource], places: Places
) -> Iterator[Part]:
    """Return the parts with the values of the catalog partitions that they lie below.

    Parameters
    ----------
    parts
        The files of a table.
    keys
        The names of the partition keys.
    partitions
        The partitions of the catalog.
    places
        The files that may be read.
    """
    values = {}
    for partition in partitions:
        location = (partition.body.get("StorageDescriptor") or {}).get("Location")
        if location:
            texts = (None if value == _NO_VALUE else value for value in partition.body["Values"])
            named = (key.lower() for key in keys)
            values[_resolved(location, places)] = dict(zip(named, texts, strict=False))
    for part in parts:
        folder = part.uri
        while values and folder and folder not in values:
            folder = folder.rpartition("/")[0]
        yield replace(part, partition=values[folder]) if values.get(folder) else part


def _resolved(location: str, places: Places) -> str:
    """Return a location in the form in which the URIs of its files begin."""
    path = places.path(location).rstrip("/")
    return path if path.startswith("s3://") else f"file://{quote(path)}"


def _below(path: str, location: str, start: int) -> list[str]:
    """Return the folders and the name below a location, decoded if the place encodes them."""
    if not path.startswith("file://"):
        return path[start:].split("/")
    depth = len([part for part in location[len("file://") :].split("/") if part])
    return [unquote(part) for part in path[len("file:///") :].split("/")[depth:]]


def _partition(folders: Sequence[str]) -> dict[str, str | None]:
    named = (folder.partition("=") for folder in folders if "=" in folder)
    return {
        name.lower(): None if value == _NO_VALUE else unquote(value) for name, _, value in named
    }
