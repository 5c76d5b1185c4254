"""Values in unnamed temporary files, mapped into memory."""

from __future__ import annotations

import copy
import mmap
import tempfile
import threading
import weakref
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.unnamed_files import open_unnamed
from matchloop.errors import OutputError

__all__ = ["MappedFiles"]

T = TypeVar("T")

MIB = 1 << 20

SEGMENT = 16 * MIB
"""Bytes of the first file. Later ones grow with what is kept, so that the files stay few: a process
may have a thousand open."""

ALIGNED = 64


class MappedFiles:
    """Temporary files of large values, mapped into memory.

    A file is removed when nothing reads its values any more, or when the process ends.

    Parameters
    ----------
    folder
        Folder of the files; that of ``TMPDIR`` by default.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._segments: list[weakref.ref[mmap.mmap]] = []
        self._open: tuple[NDArray[np.uint8], int] = (np.empty(0, np.uint8), 0)
        self.reserved = 0
        """Bytes of all files."""

    @property
    def folder(self) -> str:
        """Folder of the files."""
        return tempfile.gettempdir() if self._folder is None else self._folder

    def keep(self, value: T, least: int) -> T:
        """Return a value equal to this one whose arrays of ``least`` bytes and more are in files.

        Raises
        ------
        OutputError
            The disk is full.
        """
        return cast(T, Move(self, least).value(value))

    def let_go(self) -> None:
        """Take the pages of all files out of memory; reading a value brings its pages back."""
        for segment in self.live():
            if hasattr(segment, "madvise"):
                segment.madvise(mmap.MADV_DONTNEED)  # the file still has the pages

    def live(self) -> list[mmap.mmap]:
        """Return the files that hold values in use."""
        return [segment for ref in self._segments if (segment := ref()) is not None]

    def holds(self, address: int) -> bool:
        """Tell whether an address is inside one of the files."""
        for segment in self.live():
            start = np.frombuffer(segment, np.uint8).__array_interface__["data"][0]
            if start <= address < start + len(segment):
                return True
        return False

    def room(self, size: int) -> NDArray[np.uint8]:
        """Return so many bytes of a file."""
        with self._lock:
            segment, used = self._open
            if used + size > len(segment):
                segment, used = self._segment(max(size, SEGMENT, self.reserved // 8)), 0
            self._open = segment, used + -(-size // ALIGNED) * ALIGNED
            return segment[used : used + size]

    def _segment(self, size: int) -> NDArray[np.uint8]:
        try:
            with open_unnamed(size, self.folder) as file:
                segment = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise OutputError(
                f"cannot write {size / MIB:,.0f} MiB of temporary files to {self.folder} "
                f"({error}); free disk space, name another folder in TMPDIR, or give more memory"
            ) from error
        self._segments = [*(weakref.ref(live) for live in self.live()), weakref.ref(segment)]
        self.reserved = sum(len(live) for live in self.live())
        return np.frombuffer(segment, np.uint8)


class Move:
    """One move of a value and all its parts to files.

    Parameters
    ----------
    files
        Where to.
    least
        Bytes from which an array is moved.
    """

    def __init__(self, files: MappedFiles, least: int) -> None:
        self._files, self._least = files, least
        # by id; the value is stored too, so that no other can get its id meanwhile
        self._made: dict[int, tuple[Any, Any]] = {}

    def value(self, value: Any) -> Any:
        """Return the moved value; a part that occurs twice is moved once."""
        if id(value) not in self._made:
            self._made[id(value)] = value, self._moved(value)
        return self._made[id(value)][1]

    def _moved(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, pa.Table):
            columns = [self._column(column) for column in value.columns]
            return pa.Table.from_arrays(columns, schema=value.schema)
        if isinstance(value, pa.Array):
            is_held = value.nbytes < self._least or self._files.holds(_address(value))
            return value if is_held else self._column(pa.chunked_array([value])).chunk(0)
        if isinstance(value, Mapping) and type(value) is dict:
            return {name: self.value(part) for name, part in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.value(part) for part in value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value)
        return value

    def _dataclass(self, value: Any) -> Any:
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        kept = {name: self.value(part) for name, part in parts.items()}
        if all(kept[name] is part for name, part in parts.items()):
            return value
        moved = copy.copy(value)  # not replace: what was checked once is not checked again
        for name, part in kept.items():
            object.__setattr__(moved, name, part)
        return moved

    def _array(self, array: NDArray[Any]) -> NDArray[Any]:
        start = array.__array_interface__["data"][0]
        if array.nbytes < self._least or array.dtype.hasobject or self._files.holds(start):
            return array
        moved = self._files.room(array.nbytes).view(array.dtype).reshape(array.shape)
        moved[...] = array
        moved.flags.writeable = array.flags.writeable  # compiled code has a version for each
        return moved

    def _column(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        chunks = [chunk for chunk in column.chunks if chunk.nbytes]
        held = all(self._files.holds(_address(chunk)) for chunk in chunks)
        if column.nbytes < self._least or held:
            return column
        table = pa.table({"values": column})
        sizes = pa.MockOutputStream()
        _write(table, sizes)
        room = self._files.room(sizes.size())
        _write(table, pa.FixedSizeBufferWriter(pa.py_buffer(room)))
        room.flags.writeable = (
            False  # as buffers of Arrow are: compiled code has a version for each
        )
        return pa.ipc.open_stream(pa.py_buffer(room)).read_all().column(0)


def _write(table: pa.Table, target: Any) -> None:
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)


def _address(array: pa.Array) -> int:
    """Return where the largest buffer of an array stands."""
    buffers = [buffer for buffer in array.buffers() if buffer is not None]
    return int(max(buffers, key=lambda buffer: buffer.size).address) if buffers else 0
