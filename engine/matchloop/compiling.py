"""Where compiled code is cached: a folder that can be written, whoever owns the package.

numba caches beside the source, else below the home folder, and raises where it can write to
neither: in a container whose file system is read-only, or for a user without a home.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

__all__ = ["VARIABLE", "find_cache"]

VARIABLE = "NUMBA_CACHE_DIR"


def find_cache() -> str | None:
    """Give numba a cache folder where it would find none itself.

    Returns
    -------
    str or None
        A private folder among the temporary ones, also set as ``NUMBA_CACHE_DIR`` so that child
        processes share it; None where numba finds a folder itself, or none can be written.
    """
    if any(map(_can_be_written, _folders())):
        return None
    folder = _private_folder()
    if folder is not None:
        os.environ[VARIABLE] = folder
        if (numba := sys.modules.get("numba")) is not None:
            numba.config.CACHE_DIR = folder
    return folder


def _folders() -> list[Path]:
    """Return the folders in which numba looks for its cache, in its order."""
    configured = os.environ.get(VARIABLE)
    package = Path(__file__).parent / "__pycache__"
    if sys.platform == "win32":
        user = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        user = os.path.expanduser("~/Library/Caches")
    else:
        user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return [
        *([Path(configured)] if configured else []),
        package,
        *([Path(user) / "numba"] if user else []),
    ]


def _can_be_written(folder: Path) -> bool:
    """Whether a folder, or the nearest one above that exists, takes new files."""
    while not folder.exists():
        if folder == folder.parent:
            return False
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _private_folder() -> str | None:
    """Return a folder that nobody else can write to: numba runs the code that it finds there."""
    for parent in _temporary():
        try:
            folder = os.path.join(parent, f"matchloop-cache-{_user()}")
            os.makedirs(folder, 0o700, exist_ok=True)
            if _is_private(folder):
                tempfile.TemporaryFile(dir=folder).close()
                return folder
            folder = tempfile.mkdtemp(prefix="matchloop-cache-", dir=parent)
        except OSError:
            continue
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder
    return None


def _temporary() -> list[str]:
    try:
        first = [tempfile.gettempdir()]
    except FileNotFoundError:
        first = []
    return [*first, "/dev/shm"] if os.path.isdir("/dev/shm") else first


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "user"


def _is_private(folder: str) -> bool:
    if not hasattr(os, "getuid"):
        return True  # on Windows the temporary folder is the user's own
    status = os.lstat(folder)
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return is_own and not status.st_mode & 0o077
