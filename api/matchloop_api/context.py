"""What an operation knows besides its request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matchloop_api.auth.roles import Role
from matchloop_api.settings import Settings
from matchloop_api.store import Store

__all__ = ["Caller", "Context"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Parameters
    ----------
    access_key_id
        The key that signed it; empty where the server asks for no signature.
    role
        What the key allows.
    name
        Whose key it is.
    """

    access_key_id: str
    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks what server, and when.

    Parameters
    ----------
    store, settings
        The server's.
    caller
        Who sent the request.
    request_id
        The id that stands in the answer and in every log line about the request.
    now
        When the request came in, with UTC as its time zone.
    """

    store: Store
    settings: Settings
    caller: Caller
    request_id: str
    now: datetime
