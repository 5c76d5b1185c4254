"""The folder beside the table: the store, the lock, and the choices of the last time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matchloop.data.files import local_path
from matchloop.errors import InputError, UsageError

__all__ = ["Folder"]

_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")


class Folder:
    """The folder of the work on a table: ``people.matchloop`` beside ``people.csv``.

    Parameters
    ----------
    file
        The table.
    kind
        The ending of the folder's name, a different one for each command.

    Raises
    ------
    UsageError
        The table is not on this machine.
    """

    def __init__(self, file: str, kind: str = "matchloop") -> None:
        if "://" in file and not file.startswith("file://"):
            raise UsageError(
                f"the page works beside the table, and {file} is not on this machine; copy it here"
            )
        self.file = Path(local_path(file) or file)
        name = self.file.name
        bare = name[:-3] if name.lower().endswith(".gz") else name
        suffix = next((ending for ending in _SUFFIXES if bare.lower().endswith(ending)), "")
        self.stem = bare[: len(bare) - len(suffix)] or name
        self.path = self.file.parent / f"{self.stem}.{kind}"

    @property
    def store_url(self) -> str:
        """URL of the store."""
        return f"sqlite:///{(self.path / 'matchloop.sqlite').absolute()}"

    @property
    def audit(self) -> Path:
        """The draw of the audit."""
        return self.path / "audit"

    def output(self, kind: str) -> Path:
        """Return the path of an output beside the table, such as ``people.labels.csv``."""
        return self.file.parent / f"{self.stem}.{kind}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if needed and hold it; a second run on it is refused.

        Raises
        ------
        InputError
            The folder cannot be made, or another process holds it.
        """
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise InputError(
                f"cannot make the folder {self.path}: {error.strerror}; copy the table to a folder "
                "you may write to"
            ) from None
        try:
            self._hold(lock)
            yield
        finally:
            os.close(lock)

    def _hold(self, lock: int) -> None:
        try:
            import fcntl
        except ImportError:  # not on Windows
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"another matchloop page works on {self.file}; end it with Ctrl-C first"
            ) from None

    def remember(self, facts: Mapping[str, Any]) -> None:
        """Store facts for the next time; they replace those before as a whole."""
        made = self.path / "choices.json.new"
        with made.open("w", encoding="utf-8") as file:
            json.dump(facts, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        made.replace(self.path / "choices.json")

    def remembered(self) -> dict[str, Any]:
        """Return the facts of the last time; none where there was none.

        Raises
        ------
        InputError
            The file is damaged.
        """
        path = self.path / "choices.json"
        try:
            stored_facts = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            stored_facts = None
        if not isinstance(stored_facts, dict):
            raise InputError(f"{path} cannot be read; move the folder {self.path} away to restart")
        return stored_facts
