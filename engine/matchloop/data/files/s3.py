"""Files in S3, or any store that speaks its protocol: ``s3://bucket/key``.

The standard variables of the environment configure it: ``AWS_ENDPOINT_URL_S3`` or
``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``,
``AWS_SESSION_TOKEN``.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from matchloop.data.files.base import Entry
from matchloop.errors import MatchloopError, MissingExtra, OutputError, TableError

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import S3Store

__all__ = ["S3Files"]

_BUFFER = 1 << 20
_SPOOLED = 1 << 24  # an output up to this size waits in memory, a larger one on the disk
_PIECE = 1 << 23
_MOST_PIECES = 9_000
_ENVIRONMENT = re.compile(r"AWS_\w+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d+ [A-Za-z ]+)")
_SECRET = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_REASONS = {
    "NoSuchBucket": "there is no such bucket; check its name, or create it",
    "SignatureDoesNotMatch": f"the store does not accept the signature; {_SECRET}",
    "InvalidAccessKeyId": f"the store does not know the access key; {_SECRET}",
    "AccessDenied": "the access key has no permission for it; grant it, or use another key",
    "ExpiredToken": "the session token has expired; set a fresh AWS_SESSION_TOKEN",
    "RequestTimeTooSkewed": "the clock of this machine is off; set it",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_REGION",
}


@dataclass(frozen=True, slots=True)
class S3Files:
    """Files in S3; keeps the contract of :class:`matchloop.data.files.Files`."""

    def open_input(self, path: str) -> BinaryIO:
        """Open a file; its bytes are fetched when they are read, a megabyte or more at a time."""
        store, key = _located(path)
        meta = self._head(path)
        raw = _Ranges(store, path, key, int(meta["size"]), meta.get("e_tag"))
        return cast(BinaryIO, io.BufferedReader(raw, _BUFFER))

    @contextmanager
    def open_output(self, path: str) -> Iterator[BinaryIO]:
        """Collect the bytes, and send them when the block has ended without an exception."""
        store, key = _located(path, OutputError)
        import obstore

        self.check_writable(path)
        with tempfile.SpooledTemporaryFile(_SPOOLED) as file:
            try:
                yield cast(BinaryIO, file)
                size = file.seek(0, io.SEEK_END)
                file.seek(0)
            except OSError as error:
                raise OutputError(
                    f"cannot write {path}: {error.strerror or error} in {tempfile.gettempdir()}; "
                    "nothing was written; free some space, or set TMPDIR"
                ) from error
            piece = max(_PIECE, size // _MOST_PIECES)
            with _reported(path, OutputError, "write"):
                source: Any = file.read() if size <= _PIECE else file
                obstore.put(store, key, source, chunk_size=piece, max_concurrency=4)

    def check_writable(self, path: str) -> None:
        """Look at the bucket: it must be there, and the credentials must be good."""
        store, key = _located(path, OutputError)
        if not key or path.endswith("/"):
            raise OutputError(f"cannot write {path}: it is a folder; add a file name")
        code, error = _look(store, key)
        if error is not None and code != "AccessDenied":  # who may not list may yet write
            raise OutputError(f"cannot write {path}: {_reason(code, error)}") from error

    def is_folder(self, path: str) -> bool:
        """Tell whether there are files whose names begin with the path and a slash."""
        store, key = _located(path)
        import obstore

        with _reported(path, TableError, "read"):
            objects = next(iter(obstore.list(store, key.rstrip("/"), chunk_size=1)), [])
        return bool(objects) and (path.endswith("/") or not self.exists(path))

    def exists(self, path: str) -> bool:
        """Tell whether there is a file of that path."""
        store, key = _located(path)
        import obstore

        if not key or path.endswith("/"):
            return False
        try:
            with _reported(path, TableError, "read"):
                obstore.head(store, key)
        except TableError as error:
            if isinstance(error.__cause__, FileNotFoundError) and _look(store, key)[1] is None:
                return False
            raise
        return True

    def size(self, path: str) -> int:
        """Return how many bytes a file has."""
        return int(self._head(path)["size"])

    def entries(self, path: str) -> Sequence[Entry]:
        """List the files whose names begin with the path and a slash."""
        store, key = _located(path)
        import obstore

        bucket = path[len("s3://") :].partition("/")[0]
        with _reported(path, TableError, "read"):
            return sorted(
                (
                    Entry(f"s3://{bucket}/{meta['path']}", int(meta["size"]))
                    for metas in obstore.list(store, key.rstrip("/"))
                    for meta in metas
                    if meta["path"] != key.rstrip("/")  # the mark of a folder, an object itself
                ),
                key=lambda entry: entry.path,
            )

    def remove(self, path: str) -> None:
        """Remove the file."""
        store, key = _located(path, OutputError)
        import obstore

        with _reported(path, OutputError, "remove"), suppress(FileNotFoundError):
            obstore.delete(store, key)

    def _head(self, path: str) -> Any:
        store, key = _located(path)
        import obstore

        if not key or path.endswith("/"):
            raise TableError(f"{path} is a folder, a file was expected")
        with _reported(path, TableError, "read"):
            return obstore.head(store, key)


class _Ranges(io.RawIOBase):
    """The bytes of an object, each range by a request of its own."""

    def __init__(self, store: S3Store, path: str, key: str, size: int, tag: str | None) -> None:
        self._store, self._path, self._key = store, path, key
        self._size, self._tag = size, tag
        self._at = 0
        self._copy: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"no place {start + offset} in a file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        data = self._read(self._at, end)
        if len(data) != end - self._at:
            raise TableError(f"cannot read {self._path}: the store sent other bytes than asked for")
        buffer[: len(data)] = data
        self._at = end
        return len(data)

    def readall(self) -> bytes:
        pieces = []
        while piece := self.read(_PIECE):  # the class above would read eight kilobytes at a time
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
        super().close()

    def _read(self, start: int, end: int) -> memoryview | bytes:
        if self._copy is None:
            try:
                with _reported(self._path, TableError, "read"):
                    return memoryview(self._get((start, end)).bytes())
            except TableError as error:
                if "non-partial response" not in str(error.__cause__):
                    raise
            self._copy = self._copied()
        self._copy.seek(start)
        return self._copy.read(end - start)

    def _get(self, part: tuple[int, int] | None) -> GetResult:
        import obstore

        # never a half of one file and a half of another
        options: dict[str, Any] = {"if_match": self._tag} if self._tag else {}
        if part not in (None, (0, self._size)):
            options["range"] = part
        return obstore.get(self._store, self._key, options=cast(Any, options))

    def _copied(self) -> IO[bytes]:
        """Fetch the whole file, where a store (rclone's) does not keep to ranges."""
        copy = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115 closed with the file
        with _reported(self._path, TableError, "read"):
            for piece in self._get(None).stream(_PIECE):
                copy.write(piece)
        return copy


def _located(path: str, error: type[MatchloopError] = TableError) -> tuple[S3Store, str]:
    bucket, _, key = path[len("s3://") :].partition("/")
    if not bucket:
        raise error(f"{path} names no bucket; expected s3://bucket/key")
    parts = key.removesuffix("/").split("/")
    if key and not all(parts) or any(part in (".", "..") for part in parts):
        raise error(f"{path} has an empty part, '.' or '..' in its key, which is not offered")
    if _CONTROL.search(key):
        raise error(f"{path!r} has a control character in its key; choose another name")
    environment = {k.upper(): v for k, v in os.environ.items() if _ENVIRONMENT.fullmatch(k)}
    try:
        return _store(bucket, tuple(sorted(environment.items()))), key
    except (ValueError, OSError) as problem:
        raise error(f"cannot reach {path}: {_first_line(problem)}") from problem


@lru_cache(maxsize=64)
def _store(bucket: str, environment: tuple[tuple[str, str], ...]) -> S3Store:
    try:
        from obstore.store import S3Store
    except ImportError:
        raise MissingExtra(
            "s3:// needs the package obstore; install it with: pip install 'matchloop[s3]'"
        ) from None
    variables = dict(environment)
    endpoint = variables.get("AWS_ENDPOINT_URL_S3") or variables.get("AWS_ENDPOINT_URL")
    where: Any = {"endpoint": endpoint.rstrip("/")} if endpoint else {}
    return S3Store(
        bucket,
        **where,
        region=variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or "us-east-1",
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": (endpoint or "").lower().startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        },
        retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=20)},
    )


@contextmanager
def _reported(path: str, kind: type[MatchloopError], verb: str) -> Iterator[None]:
    from obstore.exceptions import BaseError, PermissionDeniedError, PreconditionError

    try:
        yield
    except PreconditionError as error:
        raise kind(f"cannot {verb} {path}: it changed meanwhile; try again") from error
    except (BaseError, OSError, ValueError) as error:
        match = _CODE.search(str(error))
        code = match[1] if match else None
        if code is None and isinstance(error, (FileNotFoundError, PermissionDeniedError)):
            code = _look(*_located(path))[0]  # an answer to HEAD says nothing of the reason
        if isinstance(error, FileNotFoundError) and code in (None, "NoSuchKey"):
            raise kind(f"no such file: {path}; check the path") from error
        raise kind(f"cannot {verb} {path}: {_reason(code, error)}") from error


def _look(store: S3Store, key: str) -> tuple[str | None, Exception | None]:
    """List the objects below a key to find the code and the error of the store."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        next(iter(obstore.list(store, key.rstrip("/"), chunk_size=1)), None)
    except (BaseError, OSError) as error:
        match = _CODE.search(str(error))
        return (match[1] if match else None), error
    return None, None


def _reason(code: str | None, error: Exception) -> str:
    text = str(error)
    if code in _REASONS:
        return _REASONS[code]
    if code is not None:
        return f"the store answers {code}"
    if "403 Forbidden" in text:
        return f"the store refuses; {_SECRET}, and what the key may do"
    if (status := _STATUS.search(text)) is not None:
        return f"the store answers {status[1]}; check AWS_ENDPOINT_URL"
    if "error sending request" in text or "onnect" in text:
        return "the store does not answer; check AWS_ENDPOINT_URL and the network"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
