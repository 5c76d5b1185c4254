"""Files on this machine."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from matchloop.data.files.base import Entry
from matchloop.errors import OutputError, TableError, UsageError

__all__ = ["LocalFiles", "local_path"]

_BUFFER = 1 << 20
_ADVICE = {
    errno.ENOSPC: "free some space or choose another path",
    errno.EDQUOT: "free some space or choose another path",
    errno.EACCES: "choose a path you may write to",
    errno.EPERM: "choose a path you may write to",
    errno.EROFS: "choose a path you may write to",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Files on this machine; keeps the contract of :class:`matchloop.data.files.Files`.

    A path may also be written as ``file:///folder/file``, in which ``%20`` is a space.
    """

    def open_input(self, path: str) -> BinaryIO:
        """Open a file for reading."""
        try:
            return Path(local_path(path)).open("rb", buffering=_BUFFER)
        except FileNotFoundError:
            if os.path.islink(local_path(path)):
                raise TableError(f"{path} is a link to a file that is not there") from None
            raise TableError(f"no such file: {path}; check the path") from None
        except IsADirectoryError:
            if os.path.islink(local_path(path)):
                raise TableError(
                    f"{path} is a link to a folder, which is not followed; put the folder itself "
                    "there"
                ) from None
            raise TableError(f"{path} is a folder, a file was expected") from None
        except (OSError, ValueError) as error:
            raise TableError(f"cannot read {path}: {_reason(error)}") from error

    @contextmanager
    def open_output(self, path: str) -> Iterator[BinaryIO]:
        """Write beside the file under another name, and rename when all is on the disk."""
        self.check_writable(path)
        target = Path(os.path.realpath(local_path(path)))
        if target.exists() and not target.is_file():  # a pipe or a terminal: nothing to rename
            with _reported(path), target.open("wb") as file:
                yield file
            return
        unfinished = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.part")
        try:
            with _reported(path):
                with unfinished.open("xb", buffering=_BUFFER) as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                if target.exists():
                    unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
                unfinished.replace(target)
                _sync_folder(target.parent)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def check_writable(self, path: str) -> None:
        """Look at the folder: it must be there and take new files."""
        try:
            target = Path(os.path.realpath(local_path(path)))
            if target.is_dir():
                raise OutputError(f"cannot write {path}: it is a folder; add a file name")
            if target.exists() and not target.is_file():
                return
            if not target.parent.is_dir():
                raise OutputError(
                    f"cannot write {path}: there is no folder {target.parent}; create it first"
                )
            if not os.access(target.parent, os.W_OK | os.X_OK):
                raise OutputError(
                    f"cannot write {path}: the folder {target.parent} takes no new files; "
                    "choose a path you may write to"
                )
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot write {path}: {_reason(error)}") from error

    def is_folder(self, path: str) -> bool:
        """Tell whether the path is a folder."""
        try:
            return Path(local_path(path)).is_dir()
        except (OSError, ValueError):
            return False

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of that path."""
        try:
            return Path(local_path(path)).is_file()
        except (OSError, ValueError):
            return False

    def size(self, path: str) -> int:
        """Return how many bytes a file has."""
        with self.open_input(path) as file:
            return os.fstat(file.fileno()).st_size

    def entries(self, path: str) -> Sequence[Entry]:
        """Walk the folder.

        A link to another folder is not followed. It is an entry, and so is a link to a missing
        file: opening it raises the reason. If they were skipped, rows would be lost silently.
        """
        top = local_path(path)
        listed = []
        for folder, folders, names in os.walk(top, onerror=_refused(path)):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in (*names, *links):
                whole = os.path.join(folder, name)
                with suppress(FileNotFoundError):  # gone since
                    listed.append(Entry(_as_given(path, whole), _size(whole)))
        return sorted(listed, key=lambda entry: entry.path)

    def remove(self, path: str) -> None:
        """Remove the file, or the link to it."""
        try:
            Path(local_path(path)).unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot remove {path}: {_reason(error)}") from error


def local_path(path: str) -> str:
    """Return the path on this machine that a path or a ``file://`` URI names.

    Raises
    ------
    UsageError
        The URI names another machine, or is cut short.
    """
    if path[:7].lower() != "file://":
        return path
    host, slash, rest = path[7:].partition("/")
    if host.lower() not in ("", "localhost") or not slash:
        raise UsageError(f"{path} names no file on this machine; expected file:///folder/file")
    try:
        decoded = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 where its % signs are decoded") from None
    drive = os.name == "nt" and decoded[1:2] == ":"
    return decoded if drive else f"/{decoded}"


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return os.lstat(path).st_size  # a link to nothing has the size of its own text


def _as_given(folder: str, whole: str) -> str:
    return whole if folder == local_path(folder) else f"file://{quote(whole)}"


def _refused(path: str) -> Callable[[OSError], None]:
    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise TableError(f"cannot read {path}: {_reason(error)}") from error

    return refuse


@contextmanager
def _reported(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0)
        raise OutputError(
            f"cannot write {path}: {_reason(error)}; nothing was written"
            + (f"; {advice}" if advice else "")
        ) from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def _sync_folder(folder: Path) -> None:
    """Put the new name on the disk, where the system can open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
