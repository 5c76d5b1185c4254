"""Temporary files without a name, on disk space that is reserved."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from typing import IO

__all__ = ["open_unnamed"]

MIB = 1 << 20

SPARE_BYTES = 1 << 30
"""Disk space that is left free."""


def open_unnamed(size: int, folder: str | None = None) -> IO[bytes]:
    """Open an empty file whose disk space is reserved, so that no write to it can fail.

    It has no name, so that the system removes it when the process ends, even after ``kill -9``.

    Parameters
    ----------
    size
        Most bytes of the file.
    folder
        Where it is; the folder of ``TMPDIR`` by default.

    Returns
    -------
    IO of bytes
        Open for reading and writing, at its start.

    Raises
    ------
    OSError
        The folder cannot be written, or its disk has no room.
    """
    free = shutil.disk_usage(tempfile.gettempdir() if folder is None else folder).free
    if free < size + SPARE_BYTES:
        raise OSError(f"{free / MIB:,.0f} MiB are free")
    with ExitStack() as closing:
        file = closing.enter_context(tempfile.TemporaryFile(prefix="matchloop-", dir=folder))
        _reserve(file, size)
        closing.pop_all()
    return file


def _reserve(file: IO[bytes], size: int) -> None:
    """Reserve disk space: a write to a memory map ends the process where the disk is full."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    zeros = bytes(min(size, MIB))
    for start in range(0, size, MIB):
        file.write(zeros[: size - start])
    file.seek(0)
