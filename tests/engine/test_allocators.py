"""Freed arrays leave the process, although smaller values were allocated among them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and os.confstr("CS_GNU_LIBC_VERSION")),
    reason="needs the GNU C library",
)

SCRIPT = """
import mmap, pathlib, sys
import numpy as np

def resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * mmap.PAGESIZE >> 20

if sys.argv[1] == "returning":
    from matchloop.allocators import return_what_is_freed
    return_what_is_freed()
np.ones(31 << 20, np.uint8)  # freed at once: from now on the C library keeps arrays of this size
before = resident()
large, small = [], []
for _ in range(50):
    large.append(np.ones(2 << 20, np.uint8))
    small.append(np.ones(1 << 10, np.uint8))
del large
print(resident() - before)
"""


def kept_after_freeing(how: str) -> int:
    """MiB that stay of 100 MiB of freed arrays."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


def test_freed_arrays_are_returned_while_values_between_them_live() -> None:
    assert kept_after_freeing("returning") < 10


def test_by_default_the_c_library_keeps_them() -> None:
    assert kept_after_freeing("default") > 50
