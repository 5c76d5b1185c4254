"""Where values wait until a later stage reads them: in memory, or in temporary files."""

from __future__ import annotations

import copy
import mmap
import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.errors import OutputError, UsageError

__all__ = ["LEAST_LIMIT", "UNLIMITED", "BoundedMemory", "Memory", "memory_of"]

T = TypeVar("T")

MIB = 1 << 20
LEAST_LIMIT = 512 * MIB
"""Smallest memory limit: an idle process with compiled code takes some 300 MiB."""

LEAST = 1 << 18
"""Values of fewer bytes stay in memory."""

SEGMENT = 16 * MIB
"""Bytes of the first file. Later ones grow with what is kept, so that the files stay few: a process
may have a thousand open."""

SPARE_BYTES = 1 << 30
"""Disk space that is left free."""

EASED_FROM = 0.5
"""Share of the limit from which pages of the files are given back (a convention)."""

USED_SHARE = 0.25
"""Share of the limit that the ranges in use may take (a convention)."""

MOST_RANGES = 32

ALIGNED = 64

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Memory:
    """Unlimited memory: every value stays where it is."""

    limit: int | None = None
    """Most bytes that the process may take; None where there is no limit."""

    def keep(self, value: T) -> T:
        """Return a value equal to this one, to be held until a later stage reads it.

        Parameters
        ----------
        value
            An array, an Arrow table or array, or a dataclass, list, tuple or mapping of these.
            Other values are returned as they are.
        """
        return value

    def ease(self, *, always: bool = False) -> None:
        """Give memory back to the system where the process nears the limit, or ``always``.

        Without a limit, freed memory is given back in any case: it takes microseconds.
        """
        return_freed_memory()

    def ranges(self, used: int) -> int:
        """Return into how many ranges to cut what is kept, to use so many of them at a time."""
        return 1

    def free_disk(self) -> int:
        """Return the free bytes of the folder of temporary files."""
        return shutil.disk_usage(tempfile.gettempdir()).free


UNLIMITED = Memory()


class BoundedMemory(Memory):
    """Memory under a limit: large values wait in temporary files and are mapped into memory.

    The system reads pages of a file when they are used, and :meth:`ease` takes them out of the
    memory of the process again. The files have no names, so that the system removes them when the
    process ends, even after ``kill -9``.

    Parameters
    ----------
    limit
        Most bytes that the process may take.
    folder
        Folder of the files; that of ``TMPDIR`` by default.

    Raises
    ------
    UsageError
        The limit is too small for any table.
    """

    def __init__(self, limit: int, folder: str | os.PathLike[str] | None = None) -> None:
        if limit < LEAST_LIMIT:
            raise UsageError(
                f"a memory limit of {limit / MIB:,.0f} MiB is too small; give "
                f"{LEAST_LIMIT // MIB} MiB or more"
            )
        self.limit: int = limit
        self._folder = tempfile.gettempdir() if folder is None else os.fspath(folder)
        self._lock = threading.Lock()
        self._segments: list[weakref.ref[mmap.mmap]] = []
        self._open: tuple[NDArray[np.uint8], int] = (np.empty(0, np.uint8), 0)
        self._reserved = 0

    def keep(self, value: T) -> T:
        """Move the large arrays of a value to files; see :meth:`Memory.keep`.

        Raises
        ------
        OutputError
            The disk is full.
        """
        kept = cast(T, self._kept(value, {}))
        self.ease()
        return kept

    def ease(self, *, always: bool = False) -> None:
        """Give memory back to the system where the process nears the limit, or ``always``."""
        if not always and _resident() < EASED_FROM * self.limit:
            return
        return_freed_memory()
        for segment in self._live():
            if hasattr(segment, "madvise"):
                segment.madvise(mmap.MADV_DONTNEED)  # the file still has the pages

    def free_disk(self) -> int:
        """Return the free bytes of the folder of temporary files."""
        return shutil.disk_usage(self._folder).free

    def ranges(self, used: int) -> int:
        """Return into how many ranges to cut what is kept, to use so many of them at a time."""
        return min(MOST_RANGES, max(1, -(-used * self._reserved // int(USED_SHARE * self.limit))))

    def _kept(self, value: Any, made: dict[int, Any]) -> Any:
        """Keep a value and what it consists of; ``made`` holds what was kept before, by id."""
        if id(value) not in made:
            # the value is stored too, so that no other can get its id meanwhile
            made[id(value)] = value, self._kept_once(value, made)
        return made[id(value)][1]

    def _kept_once(self, value: Any, made: dict[int, Any]) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, pa.Table):
            columns = [self._column(column) for column in value.columns]
            return pa.Table.from_arrays(columns, schema=value.schema)
        if isinstance(value, pa.Array):
            is_held = value.nbytes < LEAST or self._holds(_address(value))
            return value if is_held else self._column(pa.chunked_array([value])).chunk(0)
        if isinstance(value, Mapping) and type(value) is dict:
            return {name: self._kept(part, made) for name, part in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self._kept(part, made) for part in value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value, made)
        return value

    def _dataclass(self, value: Any, made: dict[int, Any]) -> Any:
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        kept = {name: self._kept(part, made) for name, part in parts.items()}
        if all(kept[name] is part for name, part in parts.items()):
            return value
        moved = copy.copy(value)  # not replace: what was checked once is not checked again
        for name, part in kept.items():
            object.__setattr__(moved, name, part)
        return moved

    def _array(self, array: NDArray[Any]) -> NDArray[Any]:
        start = array.__array_interface__["data"][0]
        if array.nbytes < LEAST or array.dtype.hasobject or self._holds(start):
            return array
        moved = self._room(array.nbytes).view(array.dtype).reshape(array.shape)
        moved[...] = array
        moved.flags.writeable = array.flags.writeable  # compiled code has a version for each
        return moved

    def _column(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        chunks = [chunk for chunk in column.chunks if chunk.nbytes]
        if column.nbytes < LEAST or all(self._holds(_address(chunk)) for chunk in chunks):
            return column
        table = pa.table({"values": column})
        sizes = pa.MockOutputStream()
        _write(table, sizes)
        room = self._room(sizes.size())
        _write(table, pa.FixedSizeBufferWriter(pa.py_buffer(room)))
        room.flags.writeable = (
            False  # as buffers of Arrow are: compiled code has a version for each
        )
        return pa.ipc.open_stream(pa.py_buffer(room)).read_all().column(0)

    def _room(self, size: int) -> NDArray[np.uint8]:
        """Return so many bytes of a file."""
        with self._lock:
            segment, used = self._open
            if used + size > len(segment):
                segment, used = self._segment(max(size, SEGMENT, self._reserved // 8)), 0
            self._open = segment, used + -(-size // ALIGNED) * ALIGNED
            return segment[used : used + size]

    def _segment(self, size: int) -> NDArray[np.uint8]:
        try:
            free = shutil.disk_usage(self._folder).free
            if free < size + SPARE_BYTES:
                raise OSError(f"{free / MIB:,.0f} MiB are free")
            with tempfile.TemporaryFile(prefix="matchloop-", dir=self._folder) as file:
                _reserve(file.fileno(), size)
                segment = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise OutputError(
                f"cannot write {size / MIB:,.0f} MiB of temporary files to {self._folder} "
                f"({error}); free disk space, name another folder in TMPDIR, or give more memory"
            ) from error
        self._segments = [*(weakref.ref(live) for live in self._live()), weakref.ref(segment)]
        self._reserved = sum(len(live) for live in self._live())
        return np.frombuffer(segment, np.uint8)

    def _live(self) -> list[mmap.mmap]:
        return [segment for ref in self._segments if (segment := ref()) is not None]

    def _holds(self, address: int) -> bool:
        for segment in self._live():
            start = np.frombuffer(segment, np.uint8).__array_interface__["data"][0]
            if start <= address < start + len(segment):
                return True
        return False


def memory_of(size: str | int | Memory | None) -> Memory:
    """Return the memory of a size: unlimited for None, the same for one made before.

    Parameters
    ----------
    size
        Bytes, or text such as ``"2GiB"``, ``"1500M"``.

    Raises
    ------
    UsageError
        The text is no size, or the limit is too small.

    Examples
    --------
    >>> memory_of("2GiB").limit
    2147483648
    """
    if size is None:
        return UNLIMITED
    if isinstance(size, Memory):
        return size
    read = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", str(size), re.IGNORECASE)
    if read is None:
        raise UsageError(f"memory is {size!r}; give a size such as 2GiB or 1500MiB")
    return BoundedMemory(int(float(read[1]) * _UNITS[read[2].upper()]))


def _write(table: pa.Table, target: Any) -> None:
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)


def _address(array: pa.Array) -> int:
    """Return where the largest buffer of an array stands."""
    buffers = [buffer for buffer in array.buffers() if buffer is not None]
    return int(max(buffers, key=lambda buffer: buffer.size).address) if buffers else 0


def _reserve(file: int, size: int) -> None:
    """Reserve disk space for a whole file: a write to a map ends the process on a full disk."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    zeros = bytes(min(size, MIB))
    for start in range(0, size, MIB):
        os.write(file, zeros[: size - start])


def _resident() -> int:
    """Return the resident bytes of this process; where unknown, more than any limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 1 << 62
    return pages * mmap.PAGESIZE
