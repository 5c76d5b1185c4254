"""The contract of a store: transactions over a few small parts.

Every access is inside a transaction. A reading transaction sees one state. A writing transaction
runs alone and commits when its block ends without an exception::

    with store.writing() as tx:
        tx.transforms.add(transform)
        tx.tags.put(arn, tags)

A store may be used from any thread and process, a transaction from one thread only.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from matchloop_api.store.label_queue import SqlLabelQueue
from matchloop_api.store.parts import Keys, Ledger, Payloads, Resources, Runs, Tags, Transforms

if TYPE_CHECKING:
    from matchloop_api.store.deadlines import Deadline

__all__ = ["Store", "Transaction"]


class Transaction(Protocol):
    """The parts of a store inside one transaction."""

    transforms: Transforms
    runs: Runs
    ledger: Ledger
    payloads: Payloads
    resources: Resources
    tags: Tags
    keys: Keys
    label_queue: SqlLabelQueue


class Store(Protocol):
    """The store of the server's data."""

    @property
    def secret(self) -> bytes:
        """A random value, the same for every process of the store; it signs page tokens."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that only reads."""
        ...

    def writing(
        self, *, durable: bool = True, deadline: Deadline | None = None
    ) -> AbstractContextManager[Transaction]:
        """Begin a transaction that writes, never inside another one of the same thread.

        Parameters
        ----------
        durable
            Whether the writes must survive a power failure once the block has ended. False is
            faster and suits leases and progress; the transaction stays atomic.
        deadline
            When the request behind it is abandoned. The transaction waits no longer for its turn,
            and a late one is rolled back.

        Raises
        ------
        OperationTimeoutException
            Others were writing for too long, or the request was abandoned; nothing has changed.
        StoreFailure
            The disk is full or has failed; nothing has changed.
        """
        ...

    def check_writable(self) -> None:
        """Check with a small write that the store can be written; a busy store passes.

        Raises
        ------
        StoreFailure
            It cannot.
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
