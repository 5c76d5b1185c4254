"""The identity folder: tables written under new names, made current by one rename of the head.

::

    DIR/head.json                   names every file below with its hash; replaced as a run ends
    DIR/records/000007-….parquet    key, match_id, content_hash, since
    DIR/ids/000007-….parquet        match_id, status, into, since
    DIR/events/000007-….parquet     one file per run that changed something, never rewritten
    DIR/rows/000007-….parquet       the rows themselves, one file per run
    DIR/model/000007-….model        the model that later runs match by
    DIR/index/000007-….arrays       what a batch is looked up in; made of the rows and the model
    DIR/index/000007-….arrow        the same rows, read by position

A run that reads a part of the rows only writes what it changed: files of records and ids after the
first replace entries of those before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.data.files import LocalFiles, files_at, local_path
from matchloop.entities.identity.events import ORIGIN
from matchloop.errors import InputError, MatchloopError, OutputError
from matchloop.matching.matcher import Matcher

__all__ = ["ROOMS", "Head", "Part", "Store", "Writing"]

FORMAT, VERSIONS = "matchloop identity", (1, 2)
ROOMS = ("records", "ids", "events", "rows", "model", "index")
_SUFFIXES = "parquet|model|arrays|arrow"
_PART = re.compile(rf"(?:{'|'.join(ROOMS)})/\d{{6,}}-[0-9a-f]{{12}}\.(?:{_SUFFIXES})")
_OURS = re.compile(rf"(?:^|/)(?:\d{{6,}}-[0-9a-f]{{12}}\.(?:{_SUFFIXES})|\.[^/]*\.part)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the folder.

    Parameters
    ----------
    name
        Its path below the folder.
    sha256
        Hash of its bytes.
    count
        Rows in it; 0 for a model.
    """

    name: str
    sha256: str
    count: int = 0

    def __post_init__(self) -> None:
        if not _PART.fullmatch(self.name):  # a head from elsewhere must not name other files
            raise ValueError(f"no file of an identity folder: {self.name!r}")


@dataclass(frozen=True, slots=True)
class Head:
    """The current state of a folder: which files belong to it.

    Parameters
    ----------
    key, source, kinds
        How the records are read: as in :class:`matchloop.Records`, fixed by the first run.
    run
        Number of the last run; 0 before the first.
    next_id
        Lowest id that no group has had.
    seq, chain
        Number and hash of the last event.
    records, ids, model
        The table of records, that of ids, and the model, None before the first run.
    events, rows
        The files of events, and of rows, in their order.
    later_records, later_ids
        Files of records and ids that later runs changed, in their order; a record without an id
        was deleted.
    index
        The files of the index; none where there is none.
    """

    key: str
    source: str | None
    kinds: tuple[tuple[str, str], ...]
    run: int = 0
    next_id: int = 0
    seq: int = 0
    chain: str = ORIGIN
    records: Part | None = None
    ids: Part | None = None
    model: Part | None = None
    events: tuple[Part, ...] = ()
    rows: tuple[Part, ...] = ()
    later_records: tuple[Part, ...] = ()
    later_ids: tuple[Part, ...] = ()
    index: tuple[Part, ...] = ()

    def parts(self) -> Iterator[Part]:
        """Give every file of the head."""
        yield from (part for part in (self.records, self.ids, self.model) if part is not None)
        yield from (*self.events, *self.rows, *self.later_records, *self.later_ids, *self.index)

    def to_json(self) -> bytes:
        """Return the text of ``head.json``, the same for equal heads."""
        body = {"format": FORMAT, "version": VERSIONS[-1], **asdict(self)}
        return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes, name: str) -> Head:
        """Rebuild from :meth:`to_json`.

        Raises
        ------
        InputError
            The text is no head, or of a newer version.
        """
        try:
            body: dict[str, Any] = json.loads(text)
            if body.pop("format") != FORMAT:
                raise KeyError("format")
            if (version := body.pop("version")) not in VERSIONS:
                raise InputError(
                    f"{name} has version {version}, this matchloop reads up to {VERSIONS[-1]}; "
                    "update it"
                )
            for room in ("records", "ids", "model"):
                body[room] = None if body[room] is None else Part(**body[room])
            for room in ("events", "rows", "later_records", "later_ids", "index"):
                body[room] = tuple(Part(**part) for part in body.get(room, ()))
            body["kinds"] = tuple((column, kind) for column, kind in body["kinds"])
            return cls(**body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{name} is not the head of an identity folder ({error!r}); restore it from a copy"
            ) from None


class Store:
    """Read and write an identity folder, on this machine or at ``s3://``.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path).rstrip("/") or "/"
        self._files = files_at(self.path)

    def head(self) -> Head | None:
        """Return the head, None where there was no run yet.

        Raises
        ------
        InputError
            It cannot be read.
        """
        name = self._name("head.json")
        if not self._files.exists(name):
            return None
        return Head.from_json(self._bytes(name), name)

    def table(self, part: Part) -> pa.Table:
        """Read a table and check its bytes.

        Raises
        ------
        InputError
            The file is missing or has other bytes than the head says.
        """
        return pq.read_table(pa.BufferReader(self.data(part)))

    def data(self, part: Part) -> bytes:
        """Read a file and check its bytes, as :meth:`table` does."""
        name = self._name(part.name)
        data = self._bytes(name)
        if sha256(data).hexdigest() != part.sha256:
            raise InputError(f"{name} was changed or cut short; restore the folder from a copy")
        return data

    def matcher(self, part: Part) -> Matcher:
        """Read a model and check its bytes, as :meth:`table` does."""
        self.data(part)
        return Matcher.load(self._name(part.name))

    @contextmanager
    def writing(self, base: Head | None) -> Iterator[Writing]:
        """Write the files of a run; other runs on this machine wait.

        Parameters
        ----------
        base
            The head that the run started from.

        Raises
        ------
        OutputError
            Another run was committed since, or the folder cannot be written.
        """
        with self._locked():
            if self.head() != base:
                raise OutputError(
                    f"another run changed {self.path} since this one started; nothing was written, "
                    "run again"
                )
            yield Writing(self, base)

    def commit(self, head: Head, base: Head | None) -> None:
        """Make the files of a run current, and remove those that no head needs any more.

        Files of the head before stay for one more run: somebody may be reading them.
        """
        with self._files.open_output(self._name("head.json")) as file:
            file.write(head.to_json())
        kept = {part.name for part in (*head.parts(), *(() if base is None else base.parts()))}
        start = len(self.path) + 1
        with suppress(MatchloopError):  # leftovers only cost space
            for entry in self._files.entries(self.path):
                name = entry.path[start:]
                if _OURS.search(name) and name not in kept:
                    self._files.remove(entry.path)

    @property
    def is_local(self) -> bool:
        """Whether the folder is on this machine."""
        return isinstance(self._files, LocalFiles)

    def local_file(self, part: Part) -> Path | None:
        """Return where a file of the folder is on this machine, None where it is not."""
        if not self.is_local:
            return None
        path = Path(local_path(self._name(part.name)))
        return path if path.is_file() else None

    def put_pieces(
        self, room: str, run: int, suffix: str, pieces: Sequence[memoryview], count: int
    ) -> Part:
        """Write a file from pieces, as :meth:`put` does."""
        digest = sha256()
        for piece in pieces:
            digest.update(piece)
        name = f"{room}/{run:06d}-{digest.hexdigest()[:12]}.{suffix}"
        with self._files.open_output(self._name(name)) as file:
            for piece in pieces:
                file.write(piece)
        return Part(name, digest.hexdigest(), count)

    def put(self, room: str, run: int, suffix: str, data: bytes, count: int = 0) -> Part:
        """Write a file under a name that no other bytes have."""
        digest = sha256(data).hexdigest()
        name = f"{room}/{run:06d}-{digest[:12]}.{suffix}"
        with self._files.open_output(self._name(name)) as file:
            file.write(data)
        return Part(name, digest, count)

    def check_writable(self) -> None:
        """Find out before long work whether the folder takes files.

        Raises
        ------
        OutputError
            It does not.
        """
        if self._files.exists(self.path):
            raise OutputError(f"cannot write {self.path}: it is a file, give a folder for the ids")
        if isinstance(self._files, LocalFiles) and not os.path.isdir(local_path(self.path)):
            self._files.check_writable(self.path)  # the folder above must take a new one
            return
        self._files.check_writable(self._name("head.json"))

    def _name(self, name: str) -> str:
        return f"{self.path}/{name}"

    def _bytes(self, name: str) -> bytes:
        with self._files.open_input(name) as file:
            return file.read()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, which the system lifts when the process ends."""
        if not isinstance(self._files, LocalFiles):
            yield
            return
        folder = Path(local_path(self.path))
        try:
            for room in ROOMS:
                (folder / room).mkdir(parents=True, exist_ok=True)
            lock = (folder / ".lock").open("ab")
        except OSError as error:
            raise OutputError(
                f"cannot write {self.path}: {error.strerror}; choose a folder you may write to"
            ) from error
        with lock:
            _lock(lock)
            yield


@dataclass(frozen=True, slots=True)
class Writing:
    """The files of a run that is not current yet.

    Parameters
    ----------
    store
        The folder.
    base
        The head before.
    """

    store: Store
    base: Head | None

    @property
    def run(self) -> int:
        """Number of the run."""
        return 1 if self.base is None else self.base.run + 1

    def table(self, room: str, table: pa.Table) -> Part:
        """Write a table as Parquet."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        data = sink.getvalue().to_pybytes()
        return self.store.put(room, self.run, "parquet", data, table.num_rows)

    def pieces(self, room: str, suffix: str, pieces: Sequence[memoryview], count: int = 0) -> Part:
        """Write a file from pieces."""
        return self.store.put_pieces(room, self.run, suffix, pieces, count)

    def model(self, data: bytes) -> Part:
        """Write a model, unless it is that of the head before."""
        before = None if self.base is None else self.base.model
        if before is not None and before.sha256 == sha256(data).hexdigest():
            return before
        return self.store.put("model", self.run, "model", data)


def _lock(file: BinaryIO) -> None:
    try:
        import fcntl
    except ImportError:  # a system without: the comparison of heads alone guards the folder
        return
    fcntl.flock(file, fcntl.LOCK_EX)
