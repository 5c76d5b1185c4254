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
    """The caller, the server and the time of a request.

    Parameters
    ----------
    store, settings
        The server's.
    caller
        Who sent the request.
    request_id
        The id of the request, in its answer and in every log line about it.
    now
        The time of arrival, in UTC.
    operation
        The name of the operation.
    """

    store: Store
    settings: Settings
    caller: Caller
    request_id: str
    now: datetime
    operation: str = ""
