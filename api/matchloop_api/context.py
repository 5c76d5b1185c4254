"""What an operation knows besides its request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matchloop_api.auth import Caller
from matchloop_api.settings import Settings
from matchloop_api.store import Store

__all__ = ["Caller", "Context"]


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
    operation
        The name of the operation that was called.
    """

    store: Store
    settings: Settings
    caller: Caller
    request_id: str
    now: datetime
    operation: str = ""
