"""Deadlines: a request that was answered as too late must not take effect afterwards.

The thread that works on a request and the one that answers it agree on one thing: whether the work
may still be committed. Whichever comes first decides. A request that was given up is rolled back,
so its client may send it again; one that is being committed is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from matchloop_api.errors import OperationTimeoutException
from matchloop_api.store.base import Store, Transaction

__all__ = ["Deadline", "HurriedStore"]

_SHARE = 0.8
"""How much of the time left a writer waits for its turn: the rest is for its work and its answer.
"""


class Deadline:
    """When a request is given up.

    Parameters
    ----------
    seconds
        From now.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._committed = False
        self._given_up = False

    @property
    def left_s(self) -> float:
        """Seconds until then."""
        return max(0.0, self._until - time.monotonic())

    @property
    def wait_s(self) -> float:
        """Seconds that a writer may wait for its turn."""
        return _SHARE * self.left_s

    def commit(self) -> None:
        """Decide that the work takes effect.

        Raises
        ------
        OperationTimeoutException
            The request was given up before.
        """
        with self._lock:
            if self._given_up:
                raise OperationTimeoutException("the request was given up; nothing was changed")
            self._committed = True

    def give_up(self) -> bool:
        """Decide that the work takes no effect; return False where some of it has."""
        with self._lock:
            self._given_up = not self._committed
            return self._given_up


class HurriedStore:
    """A store as one request sees it: what it writes obeys the request's deadline.

    Parameters
    ----------
    store
        The store.
    deadline
        The request's.
    """

    def __init__(self, store: Store, deadline: Deadline) -> None:
        self._store = store
        self._deadline = deadline

    @property
    def secret(self) -> bytes:
        """The store's secret."""
        return self._store.secret

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Begin a transaction that only reads."""
        with self._store.reading() as tx:
            yield tx

    @contextmanager
    def writing(
        self, *, durable: bool = True, deadline: Deadline | None = None
    ) -> Iterator[Transaction]:
        """Begin a transaction that writes, unless the request is given up before it ends."""
        with self._store.writing(durable=durable, deadline=deadline or self._deadline) as tx:
            yield tx

    def check_writable(self) -> None:
        """Find out whether the store can be written."""
        self._store.check_writable()

    def close(self) -> None:
        """Let go of every connection."""
        self._store.close()
