"""The parts of a store inside one transaction, one protocol per kind of row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from matchloop_api.store.queries import RunQuery, TransformQuery
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

__all__ = ["Keys", "Ledger", "Payloads", "Resources", "Runs", "Tags", "Transforms"]


class Transforms(Protocol):
    """The transforms of the account."""

    def add(self, transform: Transform) -> None:
        """Add a transform. Raises KeyError if the name or id is taken."""
        ...

    def get(self, transform_id: str) -> Transform | None:
        """Return a row by id; None if there is none."""
        ...

    def named(self, name: str) -> Transform | None:
        """Return the row with a name; None if there is none."""
        ...

    def all(self) -> Sequence[Transform]:
        """Return all transforms, newest first, then by id."""
        ...

    def find(self, query: TransformQuery) -> Sequence[Transform]:
        """Return the transforms of a query without reading any others."""
        ...

    def find_ids(self, query: TransformQuery) -> Sequence[str]:
        """Return the ids of the transforms of a query."""
        ...

    def names(self, transform_ids: Collection[str]) -> Mapping[str, str]:
        """Return a mapping from each of these ids to the name."""
        ...

    def count(self) -> int:
        """Return the number of transforms."""
        ...

    def label_count(self) -> int:
        """Return the number of labelled rows of all transforms."""
        ...

    def replace(self, transform: Transform) -> None:
        """Replace the transform with the same id. Raises KeyError if the name is taken."""
        ...

    def remove(self, transform_id: str) -> None:
        """Remove a transform with its runs, ledger, reports and audit."""
        ...


class Runs(Protocol):
    """Task runs: a queue with leases, and the only place where a status moves."""

    def add(self, run: TaskRun) -> None:
        """Add a run with the status STARTING, for the next worker to claim."""
        ...

    def get(self, run_id: str) -> TaskRun | None:
        """Return a row by id; None if there is none."""
        ...

    def find(self, query: RunQuery) -> Sequence[TaskRun]:
        """Return the runs of a query."""
        ...

    def latest(self, limit: int, *, active: bool = False) -> Sequence[TaskRun]:
        """Return the latest runs of all transforms and crawlers, or the latest unfinished ones."""
        ...

    def active(self, transform_id: str | None = None) -> int:
        """Return the number of unfinished runs without crawls, of one transform or of all."""
        ...

    def counts(self) -> Mapping[tuple[RunType, RunStatus], tuple[int, datetime]]:
        """Return the number of runs and the oldest start, for each type and status."""
        ...

    def claim(self, owner: str, *, now: datetime, lease_s: float) -> TaskRun | None:
        """Claim the oldest run that waits or whose lease has expired; return None if there is none.

        The returned run is RUNNING (STOPPING stays STOPPING) and has this owner, a new lease and
        the next attempt number. No two workers get the same attempt.
        """
        ...

    def renew(
        self, owner: str, run_ids: Sequence[str], *, now: datetime, lease_s: float
    ) -> Mapping[str, RunStatus]:
        """Renew the leases of this owner's runs and return their statuses; skip runs of others."""
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
            The new status. A finished run stays unchanged. STOPPING moves only to STOPPED, never
            to FAILED or TIMEOUT. A run that no worker has begun stops at once.
        now
            The time; the completion time of a run that finishes.
        attempt
            If set, only this attempt may move the run.
        error
            Why it failed.

        Returns
        -------
        TaskRun | None
            The run after the call, moved or not. None if there is no such run or another attempt
            has it; the caller must then raise inside the transaction, to undo its writes.
        """
        ...

    def report(self, run_id: str, attempt: int, progress: Progress, *, now: datetime) -> None:
        """Record an attempt's progress."""
        ...

    def checkpoint(self, run_id: str, attempt: int, checkpoint: Mapping[str, Any]) -> None:
        """Store the checkpoint for the next attempt."""
        ...


class Ledger(Protocol):
    """The label ledger of each transform."""

    def add(self, event: LabelEvent) -> LabelEvent:
        """Add an entry and return it with its sequence number.

        Raises KeyError if its run has already added one.
        """
        ...

    def events(self, transform_id: str, *, until: datetime | None = None) -> Sequence[LabelEvent]:
        """Return a transform's entries in order, up to a given time."""
        ...

    def head(self, transform_id: str) -> int:
        """Return the sequence number of a transform's latest entry; 0 if it has none."""
        ...


class Payloads(Protocol):
    """Payloads that rows point to, stored in chunks so that no payload has to fit in memory."""

    def new(self, kind: str, *, now: datetime) -> str:
        """Begin a payload and return its id; it is invisible until a row points to it."""
        ...

    def append(self, payload_id: str, piece: bytes) -> None:
        """Append a chunk of at most a few megabytes."""
        ...

    def pieces(self, payload_id: str) -> Iterator[bytes]:
        """Return the chunks in order. Raises KeyError if there is no such payload."""
        ...

    def sweep(self, *, before: datetime) -> int:
        """Remove payloads begun before a time that nothing points to; return how many."""
        ...


class Resources(Protocol):
    """Databases, tables, crawlers, jobs and job runs."""

    def add(self, resource: Resource) -> None:
        """Add a resource. Raises KeyError if the name is taken."""
        ...

    def get(self, kind: str, name: str, *, scope: str = "") -> Resource | None:
        """Return the row with a name; None if there is none."""
        ...

    def all(self, kind: str, *, scope: str = "") -> Sequence[Resource]:
        """Return all resources of a kind in a scope, ordered by name."""
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
        """Return a part of the resources of a kind in a scope without reading the others.

        Parameters
        ----------
        kind, scope
            Which.
        tags
            Tags that a resource must all have.
        newest_first
            Sort by creation time, then by name, both descending; otherwise by name.
        offset, limit
            The part of the result to return.
        """
        ...

    def names(self, kind: str, *, scope: str = "") -> Sequence[str]:
        """Return the names of all of a kind in a scope, in order."""
        ...

    def some(self, kind: str, names: Collection[str], *, scope: str = "") -> Sequence[Resource]:
        """Return the resources with these names, in the order of the names; skip absent ones."""
        ...

    def replace(self, resource: Resource) -> None:
        """Replace the resource with the same name. Raises KeyError if there is none."""
        ...

    def remove(self, kind: str, name: str, *, scope: str = "") -> bool:
        """Remove a resource and return whether it was there."""
        ...

    def clear(self, kind: str, *, scope: str) -> None:
        """Remove all of a kind in a scope."""
        ...


class Tags(Protocol):
    """Tags by resource, named without region and account: ``mlTransform/tfm-...``."""

    def get(self, resource: str) -> Mapping[str, str]:
        """Return the tags of a resource; empty if it has none."""
        ...

    def put(self, resource: str, tags: Mapping[str, str]) -> None:
        """Replace the tags of a resource; an empty mapping removes them."""
        ...

    def all(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Return the tags of all tagged resources of a kind."""
        ...


class Keys(Protocol):
    """Access keys."""

    def add(self, key: AccessKey) -> None:
        """Add a key."""
        ...

    def get(self, key_id: str) -> AccessKey | None:
        """Return a key by id, even a revoked one."""
        ...

    def all(self) -> Sequence[AccessKey]:
        """Return all keys, oldest first."""
        ...

    def revoke(self, key_id: str, *, now: datetime) -> bool:
        """Revoke a key and return whether it was valid before."""
        ...
