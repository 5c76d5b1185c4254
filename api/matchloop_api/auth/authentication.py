"""Authentication: keys, signatures, and the address of a server without keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from matchloop.errors import UsageError
from matchloop_api.auth.addresses import is_loopback
from matchloop_api.auth.browsers import refuse_foreign
from matchloop_api.auth.callers import ANYONE, Caller
from matchloop_api.auth.roles import Role
from matchloop_api.auth.sigv4 import Request, Scope, derive_key, verify
from matchloop_api.errors import MissingAuthenticationTokenException
from matchloop_api.settings import Settings
from matchloop_api.store import AccessKey, Store

__all__ = ["Authenticator", "check_exposure"]

FRESH_S = 1.0
"""Seconds after which the keys are read from the store again: a revoked key works no longer."""

_DERIVED = 1024


class Sent(Protocol):
    """The parts of a request that show its origin."""

    @property
    def method(self) -> str:
        """The method, in upper case."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, with names in lower case."""
        ...


class Authenticator:
    """Authenticates requests. A process has one; its methods may be called from any thread.

    While the store has no valid key, every request counts as an administrator's if the server
    listens on loopback. On any other address every request is refused.

    Parameters
    ----------
    store
        The store of the keys.
    settings
        The server's.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._keys: Mapping[str, AccessKey] = {}
        self._derived: dict[Scope, bytes] = {}
        self._read_at = float("-inf")

    def is_open(self) -> bool:
        """Return whether there is no valid key, so that no signature is required."""
        return not self._current()

    def refuse_foreign(self, request: Sent) -> None:
        """Refuse a request that a page of another site or a proxy of another machine causes.

        Raises
        ------
        AccessDeniedException
            The request is one of these.
        """
        refuse_foreign(
            request.method,
            request.headers,
            is_open=self.is_open(),
            trust_forwarded=bool(self._settings.trust_forwarded),
        )

    def authenticate(self, request: Request, *, now: datetime) -> Caller:
        """Return the caller of a request.

        Parameters
        ----------
        request
            The request with its complete body.
        now
            The time, in UTC.

        Raises
        ------
        AuthError
            The request does not prove its sender.
        AccessDeniedException
            There are no keys, and a page of another site may have sent the request.
        """
        keys = self._current()
        if not keys:
            if not is_loopback(self._settings.host):
                raise MissingAuthenticationTokenException(
                    "This server has no access key, and answers on loopback only without one; "
                    "make one with 'matchloop keys add'."
                )
            self.refuse_foreign(request)
            return ANYONE
        scope = verify(
            request,
            lambda scope: self._signing_key(keys, scope),
            now=now,
            skew_s=self._settings.clock_skew_s,
        )
        key = keys[scope.key_id]
        if len(self._derived) < _DERIVED:
            # Only requests with a valid signature fill this cache, so that nobody else can grow it.
            self._derived.setdefault(scope, derive_key(key.secret, scope))
        return Caller(key.id, Role(key.role), key.name)

    def _signing_key(self, keys: Mapping[str, AccessKey], scope: Scope) -> bytes | None:
        derived = self._derived.get(scope)
        key = keys.get(scope.key_id)
        if derived is None:
            derived = derive_key(key.secret if key else "nobody", scope)
        return derived if key else None

    def _current(self) -> Mapping[str, AccessKey]:
        if time.monotonic() - self._read_at < FRESH_S:
            return self._keys
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_S:
                keys = _usable(self._store)
                if keys != self._keys or len(self._derived) >= _DERIVED:
                    self._derived = {}
                self._keys = keys
                self._read_at = time.monotonic()
        return self._keys


def check_exposure(host: str, store: Store) -> None:
    """Refuse to listen beyond this machine without access keys.

    Raises
    ------
    UsageError
        The address is not loopback, and the store has no key.
    """
    if not is_loopback(host) and not _usable(store):
        raise UsageError(
            f"without access keys the server listens on loopback only, not on {host}; make a key "
            "with 'matchloop keys add NAME --role admin', or serve with --host 127.0.0.1"
        )


def _usable(store: Store) -> Mapping[str, AccessKey]:
    with store.reading() as tx:
        return {key.id: key for key in tx.keys.all() if key.revoked_at is None}
