"""Which allocators a process of ours uses: such that give back what is freed.

A library must leave the choice to its process, so that only commands and the server's tasks call
this.
"""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["LARGE_ARRAY", "return_what_is_freed"]

LARGE_ARRAY = 4 << 20
"""Bytes from which the C library maps an array by itself, so that freeing it returns its memory.
Of 1, 4 and 16 MiB, 1,000,000 records without labels took 59, 55 and 53 CPU seconds and 1,145,
1,174 and 1,216 MiB; with the 32 MiB to which it rises by default, some 200 MiB more than with 1."""

M_MMAP_THRESHOLD = -3  # of malloc.h


def return_what_is_freed() -> None:
    """Let Arrow and the C library return freed memory to the system.

    Arrow's own allocator keeps what is freed: 100 MiB at 300,000 records. Arrow reads the choice
    when it is first imported. The C library keeps freed arrays of up to 32 MiB where smaller
    values were allocated among them.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if not sys.platform.startswith("linux") or "MALLOC_MMAP_THRESHOLD_" in os.environ:
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # of the GNU C library
    if set_option is not None:
        set_option(M_MMAP_THRESHOLD, LARGE_ARRAY)
