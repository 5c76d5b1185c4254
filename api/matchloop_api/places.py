"""The files that may be read and written: the data folder and the named buckets.

A URI is ``file:///folder/file`` or ``file:/folder/file``, with ``%20`` for a space, or
``s3://bucket/key``, in which nothing is decoded. Every path from a caller is checked here. Links
are followed before the check, so that none leads outside. The store's own files in the data folder
can be neither read nor written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from matchloop.data.files import Entry, files_at, local_path
from matchloop.errors import MatchloopError
from matchloop_api.errors import InvalidInputException
from matchloop_api.settings import Settings

__all__ = ["Places", "join", "whole"]

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_KEY_BYTES = 1024
_OWN_FOLDERS = ("logs",)


def whole(uri: str) -> str:
    """Return a URI with all its slashes: ``file:/path`` is ``file:///path``.

    The short form is one of RFC 8089. The aws cli needs it: what begins with ``file://`` it takes
    for a file that holds the value.
    """
    short = uri[:6].lower() == "file:/" and uri[6:7] != "/"
    return f"file:///{uri[6:]}" if short else uri


def join(folder: str, name: str) -> str:
    """Return the URI of a file in a folder, whether or not the folder ends in a slash."""
    folder = whole(folder)
    written = quote(name) if folder[:7].lower() == "file://" else name
    return f"{folder.rstrip('/')}/{written}"


@dataclass(frozen=True, slots=True)
class Places:
    """The files that callers may name.

    Every method raises :class:`~matchloop_api.errors.InvalidInputException`, with one line on
    the reason, for a URI that is malformed, lies elsewhere, or cannot be used.

    Parameters
    ----------
    settings
        The data folder, the buckets and the store's URL.
    environ
        The variables with credentials; by default the process's environment.
    """

    settings: Settings
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def path(self, uri: str) -> str:
        """Return the path for :mod:`matchloop.data.files` that a URI names, once it is allowed."""
        if _CONTROL.search(uri):
            raise InvalidInputException(f"{uri!r} holds a control character, which no path has")
        uri = whole(uri)
        scheme = uri.partition("://")[0].lower()
        if scheme == "s3" and "://" in uri:
            return self._object(uri)
        if scheme == "file" and "://" in uri:
            return self._file(uri)
        raise InvalidInputException(f"'{uri}' is no place; give s3://bucket/key or file:///path")

    def check_readable(self, uri: str) -> None:
        """Check that there is a file, or a folder with files in it."""
        path = self.path(uri)
        with _said(uri, path):
            files = files_at(path)
            if not path.endswith("/") and files.exists(path):
                with files.open_input(path):
                    return
            if not files.entries(path):
                raise InvalidInputException(f"there is no file at {uri}")

    def check_writable(self, uri: str) -> None:
        """Check that a file could be written; folders that lack on the way are no hindrance."""
        path = self.path(uri)
        if path.startswith("s3://"):
            with _said(uri, path):
                files_at(path).check_writable(path)
            return
        target = Path(path)
        if target.is_dir():
            raise InvalidInputException(f"{uri} is a folder; add a file name")
        parent = next(folder for folder in target.parents if folder.exists() or folder.is_symlink())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise InvalidInputException(f"{uri} cannot be written: the folder takes no files")

    def exists(self, uri: str) -> bool:
        """Tell whether there is a file; a folder is none."""
        path = self.path(uri)
        with _said(uri, path):
            return files_at(path).exists(path)

    def size(self, uri: str) -> int:
        """Return how many bytes a file has."""
        path = self.path(uri)
        with _said(uri, path):
            return files_at(path).size(path)

    def entries(self, uri: str) -> Sequence[Entry]:
        """Return the files in a folder and in the folders in it, by URI.

        A link that leads out of the data folder is among them, and refused when it is opened: a
        table must not lose the rows behind it in silence.
        """
        path = self.path(uri)
        with _said(uri, path):
            entries = files_at(path).entries(path)
        if path.startswith("s3://"):
            return entries
        return [
            Entry(f"file://{quote(entry.path)}", entry.size)
            for entry in entries
            if self._allows(Path(entry.path))
        ]

    def open_input(self, uri: str) -> BinaryIO:
        """Open a file for reading, from its start, seekable."""
        path = self.path(uri)
        with _said(uri, path):
            return files_at(path).open_input(path)

    def open_output(self, uri: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an exception.

        Folders that lack are made. A failed writing raises the engine's OutputError.
        """
        path = self.path(uri)
        if not path.startswith("s3://"):  # a bucket is looked at when the file is opened
            self.check_writable(uri)
            with _said(uri, path):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
        return files_at(path).open_output(path)

    def remove(self, uri: str) -> None:
        """Remove a file; that there is none is no mistake."""
        path = self.path(uri)
        with _said(uri, path):
            files_at(path).remove(path)

    def _object(self, uri: str) -> str:
        bucket, _, key = uri.partition("://")[2].partition("/")
        if not _BUCKET.fullmatch(bucket):
            raise InvalidInputException(f"'{uri}' names no bucket; expected s3://bucket/key")
        parts = key.removesuffix("/").split("/")
        if key and not all(parts) or any(part in (".", "..") for part in parts):
            raise InvalidInputException(
                f"'{uri}' has an empty part, '.' or '..' in its key; write the key without them"
            )
        if len(key.encode(errors="replace")) > _KEY_BYTES:
            raise InvalidInputException(f"the key of '{uri[:80]}...' has over {_KEY_BYTES} bytes")
        named = self.settings.buckets
        if named and bucket not in named:
            raise InvalidInputException(
                f"the bucket '{bucket}' is not among this server's: {', '.join(named)}; "
                "its setting buckets names them"
            )
        if not named and not any(self.environ.get(name) for name in _CREDENTIALS):
            raise InvalidInputException(
                f"this server has no S3 credentials, so '{uri}' is out of its reach; "
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where it runs"
            )
        return f"s3://{bucket}/{key}"

    def _file(self, uri: str) -> str:
        try:
            path = local_path(uri)
            if _CONTROL.search(path):
                raise InvalidInputException(f"'{uri}' holds a control character")
            real = Path(os.path.realpath(path))
        except (MatchloopError, OSError, ValueError) as error:
            raise InvalidInputException(f"'{uri}' names no file here: {error}") from None
        if not self._allows(real):
            inside = self._allows(Path(os.path.abspath(path)))
            linked = " as a link on its way leads elsewhere" if inside else ""
            raise InvalidInputException(
                f"'{uri}' is not among the files of this server{linked}; "
                f"give one below file://{quote(str(self._folder))}/"
            )
        return str(real)

    @property
    def _folder(self) -> Path:
        return Path(os.path.realpath(self.settings.data_dir))

    def _allows(self, real: Path) -> bool:
        if not real.is_relative_to(self._folder):
            return False
        parts = real.relative_to(self._folder).parts
        if not parts:
            return True  # the folder itself: to list, its own files left out
        first = parts[0].casefold()
        if first.startswith((".", "matchloop.")) or first in _OWN_FOLDERS:
            return False
        store = self._store
        return store is None or not str(real).casefold().startswith(str(store).casefold())

    @property
    def _store(self) -> Path | None:
        """The store's file, where it is SQLite's; its journals have its name and more."""
        scheme, _, rest = self.settings.store_url.partition(":///")
        if not scheme.startswith("sqlite") or not rest:
            return None
        return Path(os.path.realpath(rest.partition("?")[0]))


@contextmanager
def _said(uri: str, path: str) -> Iterator[None]:
    """Rewrite an engine error so that it names the URI that the caller gave."""
    try:
        yield
    except (MatchloopError, OSError, ValueError) as error:
        text = " ".join(str(error).split()).replace(path, uri)
        raise InvalidInputException(text) from error
