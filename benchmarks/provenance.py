"""Where a result comes from (versions, seed, commit, date), and files of results kept by row."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["HERE", "Results", "provenance"]

HERE = Path(__file__).resolve().parent
PACKAGES = (
    "matchloop",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "scikit-learn",
    "numba",
    "rapidfuzz",
)


def provenance(*, seed: int, **more: Any) -> dict[str, Any]:
    """Return what must stand beside every result.

    Parameters
    ----------
    seed
        The first seed of the run.
    more
        What else decides the result.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "commit": _commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "seed": seed,
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **more,
    }


class Results:
    """A JSON file of results, one entry per row, written after each so that a run can be taken up.

    Parameters
    ----------
    path
        The file.
    again
        Whether to measure rows anew that the file already has.
    """

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self.path = path
        self.again = again
        self.rows: dict[str, dict[str, Any]] = {}
        if path.exists():
            self.rows = json.loads(path.read_text())

    def has(self, name: str) -> bool:
        """Return whether a row is there and need not be measured."""
        return name in self.rows and not self.again

    def put(self, name: str, row: dict[str, Any]) -> None:
        """Add or replace a row and write the file at once, whole or not at all.

        The file is read again first, so that two runs can share it.
        """
        if self.path.exists():
            self.rows = json.loads(self.path.read_text())
        self.rows[name] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        ordered = dict(sorted(self.rows.items()))
        draft.write_text(json.dumps(ordered, indent=1, default=float) + "\n")
        draft.replace(self.path)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(HERE), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "../engine")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+changes" if changed else "")
