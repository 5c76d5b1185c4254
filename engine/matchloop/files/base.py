"""Where bytes live: the contract that every place of files keeps."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

__all__ = ["Files"]


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

        Whatever goes wrong inside the block, also Ctrl-C, leaves what stood there before.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        ...

    def check_writable(self, path: str) -> None:
        """Find out before long work whether a file could be written.

        Raises
        ------
        OutputError
            It could not; the message says what to do.
        """
        ...

    def is_folder(self, path: str) -> bool:
        """Tell whether the path holds other files rather than bytes of its own."""
        ...
