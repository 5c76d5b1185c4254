"""Who may come in: keys, signatures, and the address a server without keys listens on."""

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
    """What of a request tells where it comes from."""

    @property
    def method(self) -> str:
        """In capitals."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in small letters."""
        ...


class Authenticator:
    """Tells who sent a request. One for a process; its methods may be called from any thread.

    While the store has no key that is not revoked, every request is let in as an administrator's,
    if the server listens on loopback; on another address every request is refused.

    Parameters
    ----------
    store
        Where the keys are.
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
        """Tell whether there is no key, so that no signature is asked for."""
        return not self._current()

    def refuse_foreign(self, request: Sent) -> None:
        """Refuse what a browser sends for a page of another site, or a proxy for another machine.

        Raises
        ------
        AccessDeniedException
            The request is one of those.
        """
        refuse_foreign(
            request.method,
            request.headers,
            is_open=self.is_open(),
            trust_forwarded=bool(self._settings.trust_forwarded),
        )

    def authenticate(self, request: Request, *, now: datetime) -> Caller:
        """Return who sent a request.

        Parameters
        ----------
        request
            The request, its body read.
        now
            The time, with UTC as its zone.

        Raises
        ------
        AuthError
            The request does not prove who sent it.
        AccessDeniedException
            Without keys: a page of another site may have sent it.
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
            # Only what a right signature asked for is kept, so that nobody else can fill this.
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
