"""Where bytes live: the contract that every place of files keeps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

__all__ = ["Entry", "Files"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a folder.

    Parameters
    ----------
    path
        Its whole path, in the form of the folder's.
    size
        Its bytes.
    """

    path: str
    size: int


class Files(Protocol):
    """A place that holds files by path. Paths are text; what they mean is the place's own."""

    def open_input(self, path: str) -> BinaryIO:
        """Open a file for reading, from its start, seekable.

        Raises
        ------
        InputError
            There is no such file, or it cannot be read.
        """
        ...

    def open_output(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an exception.

        If anything fails inside the block, also by Ctrl-C, an existing file stays unchanged.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        ...

    def check_writable(self, path: str) -> None:
        """Check before long work whether a file can be written.

        Raises
        ------
        OutputError
            It cannot; the message says what to do.
        """
        ...

    def is_folder(self, path: str) -> bool:
        """Tell whether the path holds other files rather than bytes of its own."""
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of that path; a folder is none.

        Raises
        ------
        InputError
            It cannot be found out.
        """
        ...

    def size(self, path: str) -> int:
        """Return how many bytes a file has.

        Raises
        ------
        InputError
            There is no such file, or it cannot be looked at.
        """
        ...

    def entries(self, path: str) -> Sequence[Entry]:
        """Return the files in a folder and in the folders in it, by path; none where it is empty.

        Raises
        ------
        InputError
            The folder cannot be looked at.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file; that there is none is no mistake.

        Raises
        ------
        OutputError
            It is still there.
        """
        ...
