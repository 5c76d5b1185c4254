"""The contract of a store: transactions over a few small parts.

Every access is inside a transaction. A reading one sees one state; a writing one is alone with
what it touches and takes effect whole, when its block ends without an exception::

    with store.writing() as tx:
        tx.transforms.add(transform)
        tx.tags.put(arn, tags)

A store may be used from any thread and process; a transaction from one thread only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from matchloop_api.store.rows import (
    AccessKey,
    LabelEvent,
    Progress,
    Resource,
    RunStatus,
    RunType,
    TaskRun,
    Transform,
)

if TYPE_CHECKING:
    from matchloop_api.store.deadlines import Deadline
from matchloop_api.store.label_queue import SqlLabelQueue

__all__ = [
    "Keys",
    "Ledger",
    "Payloads",
    "Resources",
    "RunQuery",
    "Runs",
    "Store",
    "Tags",
    "Transaction",
    "TransformQuery",
    "Transforms",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformQuery:
    """Which transforms, in which order.

    Parameters
    ----------
    name, status, created_before, created_after, modified_before, modified_after
        Filters; None lets all through. The bounds themselves do not pass.
    glue_versions
        GlueVersions of which a transform has one, None for a definition without; empty lets all
        through.
    columns
        Members of which, for each of these, some column of the schema has all.
    tags
        Tags that a transform must all have.
    sort
        ``name``, ``status``, ``created_at`` or ``modified_at``; ties, and all without it, stand
        with the newest first, then by id.
    descending
        Whether the greatest stand first; ties are not turned round.
    offset, limit
        Which part of the result.
    """

    name: str | None = None
    status: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    modified_before: datetime | None = None
    modified_after: datetime | None = None
    glue_versions: tuple[str | None, ...] = ()
    columns: tuple[Mapping[str, Any], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    offset: int = 0
    limit: int = 100


class Transforms(Protocol):
    """The transforms of the account."""

    def add(self, transform: Transform) -> None:
        """Add one. Raises KeyError where the name or id is taken."""
        ...

    def get(self, transform_id: str) -> Transform | None:
        """Return one by id."""
        ...

    def named(self, name: str) -> Transform | None:
        """Return one by name."""
        ...

    def all(self) -> Sequence[Transform]:
        """Return all, newest first (then by id)."""
        ...

    def find(self, query: TransformQuery) -> Sequence[Transform]:
        """Return those that pass the query; no others are read."""
        ...

    def find_ids(self, query: TransformQuery) -> Sequence[str]:
        """Return the ids of those that pass the query."""
        ...

    def names(self, transform_ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of some, by id."""
        ...

    def count(self) -> int:
        """Return how many there are."""
        ...

    def label_count(self) -> int:
        """Return how many labelled rows they have together."""
        ...

    def replace(self, transform: Transform) -> None:
        """Put a changed one in the place of the one with its id. Raises KeyError as add does."""
        ...

    def remove(self, transform_id: str) -> None:
        """Remove one with its runs, its ledger, its reports and its audit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which task runs of a transform, in which order.

    Parameters
    ----------
    transform_id
        The transform.
    type, status, started_before, started_after
        Filters; None lets all through. The bounds themselves do not pass.
    types
        Further bounds the type.
    sort
        ``type``, ``status`` or ``started_at``; ties by start, then id.
    descending
        Whether the greatest stand first.
    offset, limit
        Which part of the result.
    """

    transform_id: str
    type: RunType | None = None
    types: tuple[RunType, ...] = tuple(RunType)
    status: RunStatus | None = None
    started_before: datetime | None = None
    started_after: datetime | None = None
    sort: str = "started_at"
    descending: bool = True
    offset: int = 0
    limit: int = 100


class Runs(Protocol):
    """Task runs: a queue with leases and the one place where their status moves."""

    def add(self, run: TaskRun) -> None:
        """Add one, STARTING, for the next worker to claim."""
        ...

    def get(self, run_id: str) -> TaskRun | None:
        """Return one by id."""
        ...

    def find(self, query: RunQuery) -> Sequence[TaskRun]:
        """Return those that pass the query."""
        ...

    def latest(self, limit: int, *, active: bool = False) -> Sequence[TaskRun]:
        """Return the latest started of all transforms and crawlers, or of those that still move."""
        ...

    def active(self, transform_id: str | None = None) -> int:
        """Return how many runs still move, crawls left out: of one transform, or of all."""
        ...

    def counts(self) -> Mapping[tuple[RunType, RunStatus], tuple[int, datetime]]:
        """Return how many runs there are of each type and status, and when the oldest started."""
        ...

    def claim(self, owner: str, *, now: datetime, lease_s: float) -> TaskRun | None:
        """Take the oldest run that waits, or whose worker's lease has ended, if there is one.

        It comes back RUNNING (STOPPING stays STOPPING), with this owner, a fresh lease and the
        next attempt. No two workers get the same attempt.
        """
        ...

    def renew(
        self, owner: str, run_ids: Sequence[str], *, now: datetime, lease_s: float
    ) -> Mapping[str, RunStatus]:
        """Renew the leases and return the statuses of those that are still this owner's."""
        ...

    def move(
        self,
        run_id: str,
        to: RunStatus,
        *,
        now: datetime,
        attempt: int | None = None,
        error: str | None = None,
    ) -> TaskRun | None:
        """Move a run to a status; the only function that does.

        Parameters
        ----------
        run_id
            The run.
        to
            Where to. A finished run stays as it is; STOPPING moves only to STOPPED, FAILED
            and TIMEOUT do not overtake it; a run that nobody has begun stops at once.
        now
            The time; a finished run completes at it.
        attempt
            Where given, only that attempt may move it.
        error
            Why it failed.

        Returns
        -------
        TaskRun | None
            The run as it is now, moved or not; None where there is none, or the attempt is
            another: the caller must then undo what it did (raise inside the transaction).
        """
        ...

    def report(self, run_id: str, attempt: int, progress: Progress, *, now: datetime) -> None:
        """Note how far an attempt is."""
        ...

    def checkpoint(self, run_id: str, attempt: int, checkpoint: Mapping[str, Any]) -> None:
        """Keep what the next attempt should know."""
        ...


class Ledger(Protocol):
    """The label ledger of each transform."""

    def add(self, event: LabelEvent) -> LabelEvent:
        """Add an entry and return it with its sequence number.

        Raises KeyError where its run has added one already.
        """
        ...

    def events(self, transform_id: str, *, until: datetime | None = None) -> Sequence[LabelEvent]:
        """Return a transform's entries in their order, those after a time left out."""
        ...

    def head(self, transform_id: str) -> int:
        """Return the sequence number of a transform's latest entry, 0 without one."""
        ...


class Payloads(Protocol):
    """Bytes that rows point to, kept in pieces so that none must fit in memory at once."""

    def new(self, kind: str, *, now: datetime) -> str:
        """Begin one and return its id. Nobody sees it until a row points to it."""
        ...

    def append(self, payload_id: str, piece: bytes) -> None:
        """Add a piece, of some megabytes at most."""
        ...

    def pieces(self, payload_id: str) -> Iterator[bytes]:
        """Return the pieces in order. Raises KeyError where there is no such payload."""
        ...

    def sweep(self, *, before: datetime) -> int:
        """Remove what was begun before a time and nothing points to; return how many."""
        ...


class Resources(Protocol):
    """Databases, tables, crawlers, jobs and job runs."""

    def add(self, resource: Resource) -> None:
        """Add one. Raises KeyError where the name is taken."""
        ...

    def get(self, kind: str, name: str, *, scope: str = "") -> Resource | None:
        """Return one by name."""
        ...

    def all(self, kind: str, *, scope: str = "") -> Sequence[Resource]:
        """Return all of a kind in a scope, by name."""
        ...

    def find(
        self,
        kind: str,
        *,
        scope: str = "",
        tags: Mapping[str, str] | None = None,
        newest_first: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Sequence[Resource]:
        """Return a part of those of a kind in a scope; no others are read.

        Parameters
        ----------
        kind, scope
            Which.
        tags
            Tags that a resource must all have.
        newest_first
            Sort by the time they were made, then by name, both descending; otherwise by name.
        offset, limit
            Which part of the result.
        """
        ...

    def names(self, kind: str, *, scope: str = "") -> Sequence[str]:
        """Return the names of all of a kind in a scope, in order."""
        ...

    def some(self, kind: str, names: Collection[str], *, scope: str = "") -> Sequence[Resource]:
        """Return those of some names, in the order of the names; who is not there is left out."""
        ...

    def replace(self, resource: Resource) -> None:
        """Put a changed one in its place. Raises KeyError where there is none."""
        ...

    def remove(self, kind: str, name: str, *, scope: str = "") -> bool:
        """Remove one and tell whether it was there."""
        ...

    def clear(self, kind: str, *, scope: str) -> None:
        """Remove all of a kind in a scope."""
        ...


class Tags(Protocol):
    """Tags by resource, named without region and account: ``mlTransform/tfm-...``."""

    def get(self, resource: str) -> Mapping[str, str]:
        """Return the tags of a resource, none where it has none."""
        ...

    def put(self, resource: str, tags: Mapping[str, str]) -> None:
        """Make these the tags of a resource; none removes them."""
        ...

    def all(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Return the tags of every resource of a kind that has any."""
        ...


class Keys(Protocol):
    """Access keys."""

    def add(self, key: AccessKey) -> None:
        """Add one."""
        ...

    def get(self, key_id: str) -> AccessKey | None:
        """Return one by id, revoked ones too."""
        ...

    def all(self) -> Sequence[AccessKey]:
        """Return all, oldest first."""
        ...

    def revoke(self, key_id: str, *, now: datetime) -> bool:
        """Revoke one and tell whether that changed anything."""
        ...


class Transaction(Protocol):
    """The parts of a store, in one transaction."""

    transforms: Transforms
    runs: Runs
    ledger: Ledger
    payloads: Payloads
    resources: Resources
    tags: Tags
    keys: Keys
    label_queue: SqlLabelQueue


class Store(Protocol):
    """Where everything is kept."""

    @property
    def secret(self) -> bytes:
        """A random value that every process of the store reads alike: it signs page tokens."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that only reads."""
        ...

    def writing(
        self, *, durable: bool = True, deadline: Deadline | None = None
    ) -> AbstractContextManager[Transaction]:
        """Begin a transaction that writes. Never inside another of the same thread.

        Parameters
        ----------
        durable
            Whether what is written must survive the loss of power, once the block has ended.
            False is quicker, for leases and progress; it never tears a transaction.
        deadline
            When the request behind it is given up: it waits no longer for its turn, and is rolled
            back rather than committed too late.

        Raises
        ------
        OperationTimeoutException
            Others were writing for too long, or the request was given up; nothing has changed.
        StoreFailure
            The disk is full or fails; nothing has changed.
        """
        ...

    def check_writable(self) -> None:
        """Find out by a small write whether the store can be written; that it is busy is no fault.

        Raises
        ------
        StoreFailure
            It cannot.
        """
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
