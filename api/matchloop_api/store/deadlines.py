"""Deadlines: a request that was answered with a timeout must not take effect afterwards.

One thread works on a request, another answers it. Whichever comes first decides whether the work
may still commit. A request that was given up is rolled back, so its client may send it again. A
request that is committing is waited for.
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
    """The time at which a request is given up.

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
        """Mark the work as committing.

        Raises
        ------
        OperationTimeoutException
            The request was already given up.
        """
        with self._lock:
            if self._given_up:
                raise OperationTimeoutException("the request was given up; nothing was changed")
            self._committed = True

    def give_up(self) -> bool:
        """Mark the work as given up; return False if some of it has committed."""
        with self._lock:
            self._given_up = not self._committed
            return self._given_up


class HurriedStore:
    """The store of one request: its writes obey the request's deadline.

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
        """Begin a transaction that writes; a request that is given up rolls it back."""
        with self._store.writing(durable=durable, deadline=deadline or self._deadline) as tx:
            yield tx

    def check_writable(self) -> None:
        """Check that the store can be written."""
        self._store.check_writable()

    def close(self) -> None:
        """Close every connection."""
        self._store.close()
