"""The metrics of ``/metrics``: requests of this process, and runs and labels of the store.

Each process counts the requests that it answered. Values of the store are read at each scrape, so
all processes on one store report the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from matchloop_api.observing.logs import log
from matchloop_api.store import ACTIVE, RunStatus, RunType, Store

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of what :meth:`Metrics.text` returns."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_NONE = "none"
_disable_created_metrics: Callable[[], None] = disable_created_metrics


class Metrics:
    """The metrics of a process, in a registry of their own.

    Parameters
    ----------
    store
        The server's.
    """

    def __init__(self, store: Store) -> None:
        _disable_created_metrics()  # would add two unused lines to each series
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "matchloop_requests",
            "Requests answered.",
            ("operation", "dialect", "status", "code"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "matchloop_request_seconds",
            "Seconds from a request's first byte read to its answer.",
            ("operation", "dialect"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_StoreCollector(store))

    def answered(
        self, *, operation: str, dialect: str, status: int, code: str, seconds: float
    ) -> None:
        """Count a request.

        Parameters
        ----------
        operation
            An operation of the table; empty if none was called. Never text of a caller, because
            each new label value stays in memory forever.
        dialect
            The dialect's name, empty outside of the operations.
        status, code
            HTTP status, and the code of the error, empty for a success.
        seconds
            Duration of the request.
        """
        operation, dialect = operation or _NONE, dialect or _NONE
        self._requests.labels(operation, dialect, str(status), code or "OK").inc()
        self._seconds.labels(operation, dialect).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format; it reads the store, so it may block."""
        return generate_latest(self._registry)


class _StoreCollector(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> list[Metric]:
        return []  # the registry asks for names only; reading the store is unnecessary

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("matchloop_store_up", "Whether the store can be read: 1 or 0.")
        try:
            families = list(self._read())
        except Exception as fault:
            log("the store cannot be read for metrics", level="error", fault=type(fault).__name__)
            families = []
        up.add_metric([], float(bool(families)))
        yield up
        yield from families

    def _read(self) -> Iterator[Metric]:
        with self._store.reading() as tx:
            counts = tx.runs.counts()
            transforms, labels = tx.transforms.count(), tx.transforms.label_count()
        runs = GaugeMetricFamily(
            "matchloop_task_runs", "Task runs in the store.", labels=("type", "status")
        )
        for kind in RunType:
            for status in RunStatus:
                runs.add_metric([kind, status], counts.get((kind, status), (0, None))[0])
        yield runs
        waiting = [count for (_, status), count in counts.items() if status is RunStatus.STARTING]
        working = [
            count
            for (_, status), count in counts.items()
            if status in ACTIVE and status is not RunStatus.STARTING
        ]
        oldest = min((since for _, since in waiting), default=None)
        age = 0.0 if oldest is None else (datetime.now(UTC) - oldest).total_seconds()
        for name, says, value in (
            ("task_runs_waiting", "Task runs that wait for a worker.", sum(n for n, _ in waiting)),
            (
                "task_runs_running",
                "Task runs in the hands of a worker.",
                sum(n for n, _ in working),
            ),
            ("task_run_oldest_waiting_seconds", "Age of the oldest run that waits.", max(age, 0.0)),
            ("transforms", "Transforms in the store.", transforms),
            ("labels", "Labelled rows, merged.", labels),
        ):
            yield GaugeMetricFamily(f"matchloop_{name}", says, value=float(value))
