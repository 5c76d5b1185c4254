"""The log lines and metrics of the server.

The application uses it like this::

    configure_logs(settings)                  # once for a process; uvicorn gets log_config=None
    observer = Observer(store)                # once for an application
    observer.answered(request_id=..., operation=..., dialect=..., caller=..., status=..., code=...,
                      seconds=..., received=..., sent=...)       # after every answer
    observer.metrics.text(), CONTENT_TYPE                        # GET /metrics
"""

from matchloop_api.observing.logs import configure_logs, log, log_request
from matchloop_api.observing.metrics import CONTENT_TYPE, Metrics
from matchloop_api.observing.observer import Observer

__all__ = ["CONTENT_TYPE", "Metrics", "Observer", "configure_logs", "log", "log_request"]
