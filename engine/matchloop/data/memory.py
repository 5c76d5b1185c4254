"""Where values wait until a later stage reads them: in memory, or in temporary files."""

from __future__ import annotations

import mmap
import os
import re
import shutil
from pathlib import Path
from typing import TypeVar

from matchloop.data.freeing import return_freed_memory
from matchloop.data.mapped_files import MappedFiles
from matchloop.errors import OutputError, UsageError

__all__ = ["LARGE", "LEAST_LIMIT", "UNLIMITED", "BoundedMemory", "Memory", "memory_of"]

T = TypeVar("T")

MIB = 1 << 20
LEAST_LIMIT = 512 * MIB
"""Smallest memory limit: an idle process with compiled code takes some 300 MiB."""

LEAST = 1 << 18
"""Values of fewer bytes stay in memory."""

LARGE = 1 << 21
"""Bytes from which an array is worth a file of its own accord, without a limit (a convention)."""

EASED_FROM = 0.5
"""Share of the limit from which pages of the files are given back (a convention)."""

USED_SHARE = 0.25
"""Share of the limit that the ranges in use may take (a convention)."""

MOST_RANGES = 32

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Memory:
    """Unlimited memory: every value stays where it is, unless it is large and set aside."""

    limit: int | None = None
    """Most bytes that the process may take; None where there is no limit."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._files = MappedFiles(None if folder is None else os.fspath(folder))

    @property
    def folder(self) -> str:
        """Folder of the temporary files."""
        return self._files.folder

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

        Without a limit, what can be given back is given back in any case: it takes microseconds.
        """
        return_freed_memory()
        self._files.let_go()

    def set_aside(self, value: T) -> T:
        """Keep a value that is read only before and after the long stages, as :meth:`keep` does.

        Without a limit, arrays of :data:`LARGE` bytes and more wait in files, if the disk has room.
        """
        try:
            return self._files.keep(value, LARGE)
        except OutputError:
            return value

    def ranges(self, used: int) -> int:
        """Return into how many ranges to cut what is kept, to use so many of them at a time."""
        return 1

    def free_disk(self) -> int:
        """Return the free bytes of the folder of temporary files."""
        return shutil.disk_usage(self.folder).free


UNLIMITED = Memory()


class BoundedMemory(Memory):
    """Memory under a limit: large values wait in temporary files and are mapped into memory.

    The system reads pages of a file when they are used, and :meth:`ease` takes them out of the
    memory of the process again.

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
        super().__init__(folder)
        self.limit: int = limit

    def keep(self, value: T) -> T:
        """Move the large arrays of a value to files; see :meth:`Memory.keep`.

        Raises
        ------
        OutputError
            The disk is full.
        """
        kept = self._files.keep(value, LEAST)
        self.ease()
        return kept

    def set_aside(self, value: T) -> T:
        """Keep a value; see :meth:`Memory.set_aside`."""
        return self.keep(value)

    def ease(self, *, always: bool = False) -> None:
        """Give memory back to the system where the process nears the limit, or ``always``."""
        if not always and _resident() < EASED_FROM * self.limit:
            return
        return_freed_memory()
        self._files.let_go()

    def ranges(self, used: int) -> int:
        """Return into how many ranges to cut what is kept, to use so many of them at a time."""
        return min(
            MOST_RANGES, max(1, -(-used * self._files.reserved // int(USED_SHARE * self.limit)))
        )


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


def _resident() -> int:
    """Return the resident bytes of this process; where unknown, more than any limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 1 << 62
    return pages * mmap.PAGESIZE
