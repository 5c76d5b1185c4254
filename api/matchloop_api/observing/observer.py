"""Count and log every response with one call."""

from __future__ import annotations

from matchloop_api.observing.logs import log_request
from matchloop_api.observing.metrics import Metrics
from matchloop_api.store import Store

__all__ = ["Observer"]

_QUIET = frozenset({"/healthz", "/metrics"})


class Observer:
    """Counts and logs the responses of an application.

    Parameters
    ----------
    store
        The application's.
    """

    def __init__(self, store: Store) -> None:
        self.metrics = Metrics(store)

    def answered(
        self,
        *,
        request_id: str,
        status: int,
        seconds: float,
        operation: str = "",
        dialect: str = "",
        caller: str = "",
        code: str = "",
        received: int = 0,
        sent: int = 0,
        path: str = "",
        requested: str = "",
    ) -> None:
        """Count and log a response; the parameters are those of ``log_request``."""
        self.metrics.answered(
            operation=operation, dialect=dialect, status=status, code=code, seconds=seconds
        )
        log_request(
            request_id=request_id,
            operation=operation,
            dialect=dialect,
            caller=caller,
            status=status,
            code=code,
            seconds=seconds,
            received=received,
            sent=sent,
            path=path,
            requested=requested,
            quiet=path in _QUIET and status < 400,
        )
