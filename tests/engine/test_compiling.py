"""A package that nobody may write to, run by somebody without a home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import matchloop

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs file permissions")

SCRIPT = """
import ctypes, os, pathlib, sys
if os.getuid() == 0:  # permissions hold for root without its capabilities
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)()) == 0
import matchloop
import numba
assert matchloop.__file__.startswith(sys.argv[1]), matchloop.__file__
from matchloop.data.io import read_table
print(numba.config.CACHE_DIR)
print(read_table(sys.argv[1] + "/people.csv").num_rows)
print(len(list(pathlib.Path(numba.config.CACHE_DIR).rglob("*.nbi"))))
"""


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A copy of the package in a folder of its own, which its user cannot write to."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(
            Path(matchloop.__file__).parent,
            root / "matchloop",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (root / "people.csv").write_text("id,name\n1,Ann\n2,Bob\n")
        (root / "tmp").mkdir()
        for path in [root, *root.rglob("*")]:
            if path.name != "tmp":
                path.chmod(0o555 if path.is_dir() else 0o444)
        yield root
        for path in [root, *root.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)


def run(root: Path, **environment: str) -> list[str]:
    if not sys.platform.startswith("linux") and os.getuid() == 0:
        pytest.skip("root may write everywhere")
    paths = [str(root), *(path for path in sys.path if path.endswith("site-packages"))]
    base = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(root),
        "TMPDIR": str(root / "tmp"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)],
        cwd=root,
        env={**base, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("given", [{}, {"NUMBA_CACHE_DIR": "/proc/nonexistent"}])
def test_compiled_code_is_cached_among_temporary_files(
    read_only: Path, given: dict[str, str]
) -> None:
    cache, rows, files = run(read_only, **given)

    assert Path(cache).parent == read_only / "tmp"
    assert Path(cache).stat().st_mode & 0o077 == 0
    assert rows == "2"
    assert int(files) > 0


def test_a_folder_that_others_can_write_to_is_not_used(read_only: Path) -> None:
    planted = read_only / "tmp" / f"matchloop-cache-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)

    cache, rows, _ = run(read_only)

    assert Path(cache) != planted
    assert rows == "2"
    assert not Path(cache).exists()
