"""Carry out a run in a process of its own."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

from sqlalchemy.exc import InterfaceError, OperationalError

from matchloop.allocators import return_what_is_freed
from matchloop.errors import InputError, MatchloopError, raised
from matchloop_api.errors import OperationTimeoutException, ServiceError, StoreFailure
from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import (
    RunStatus,
    RunType,
    Store,
    TaskRun,
    Transaction,
    Transform,
    open_store,
)
from matchloop_api.tasks.endings import remove_outputs, settle
from matchloop_api.tasks.lifelines import Interrupted, end_with, heed_signals
from matchloop_api.tasks.logs import RunLog, log_path
from matchloop_api.tasks.meter import Meter
from matchloop_api.tasks.state import Kept
from matchloop_api.tasks.work import Commit, Kind

__all__ = ["INTERRUPTED", "STORE_AWAY", "Carried", "carry_out", "kinds_named"]

INTERRUPTED = 128 + signal.SIGTERM
"""Exit code of a process that was asked to stop, or whose run is no longer its own."""

STORE_AWAY = 75
"""Exit code of a process that could not reach the store: the run is begun again later."""

_AWAY = (OperationTimeoutException, StoreFailure, OperationalError, InterfaceError)
# Twice a second: a progress bar moves smoothly, and the write is small and not durable.
_REPORT_S = 0.5
# Seconds between checkpoints: the most working time that a kill can leave uncounted.
_KEEP_S = 5.0


class _Superseded(BaseException):
    """The run belongs to another attempt by now, so nothing of this attempt may count."""


class Carried:
    """A run in progress; implements :class:`matchloop_api.tasks.Work`.

    Parameters
    ----------
    run, store, settings
        As in that contract.
    worker
        The connection that announces each file to the worker before the file appears.
    """

    def __init__(
        self, run: TaskRun, store: Store, settings: Settings, worker: Connection | None = None
    ) -> None:
        self.run = run
        self.store = store
        self.settings = settings
        self.places = Places(settings)
        self.written: list[str] = []
        self._worker = worker
        self._kept = Kept.of(run.checkpoint)
        self._meter = Meter(run.type)
        self._log = RunLog.of(run, settings)
        self._begun = time.monotonic()
        self._keeping = threading.Lock()
        self._stage = ""

    def transform(self) -> Transform:
        """Return the transform of the run."""
        with self.store.reading() as tx:
            transform = tx.transforms.get(self.run.transform_id or "")
        if transform is None:
            raise InputError(f"the transform {self.run.transform_id} was deleted")
        return transform

    def on_stage(self, stage: str, fraction: float) -> None:
        """Record a stage and its progress."""
        self._meter.on_stage(stage, fraction)
        if stage != self._stage:
            self._stage = stage
            self.log(f"stage: {stage}")

    def compared(self, pairs: int) -> None:
        """Record how many candidate pairs were compared."""
        self._meter.compared(pairs)

    def log(self, message: str) -> None:
        """Write a line to the run's log file."""
        self._log.write(message)

    def checkpoint(self, **facts: Any) -> None:
        """Store facts for the next attempt."""
        self._keep(facts=facts)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Facts that this attempt and earlier ones stored."""
        return self._kept.facts

    @contextmanager
    def output(self, uri: str) -> Iterator[BinaryIO]:
        """Name a file in the checkpoint, write it, and check the lease before it appears."""
        self.places.path(
            uri
        )  # refuse a forbidden path before it is named: cleaning up removes every named file
        if self._worker is not None:
            self._worker.send(uri)
        self._keep(outputs=(uri,))
        with self.places.open_output(uri) as file:
            yield file
            self.check_mine()
        self.written.append(uri)

    def check_mine(self) -> None:
        """Raise if another attempt has the run, or if the run is to stop."""
        with self.store.reading() as tx:
            self._check(tx)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Report the progress to the store about twice a second, from a thread."""
        done = threading.Event()
        thread = threading.Thread(target=self._report_until, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=1.0)

    def succeed(self, commit: Commit | None) -> None:
        """Write the results and the status in one transaction, if the run is still ours."""
        with self.store.writing() as tx:
            now = datetime.now(UTC)
            last = replace(self._meter.read(), percent=100.0, left_s=0.0)
            tx.runs.report(self.run.id, self.run.attempt, last, now=now)
            moved = tx.runs.move(
                self.run.id, RunStatus.SUCCEEDED, now=now, attempt=self.run.attempt
            )
            if moved is None or moved.status is not RunStatus.SUCCEEDED:
                raise _Superseded
            if commit is not None:
                commit(tx)
        remove_outputs(self.places, set(self._kept.outputs) - set(self.written))

    def _check(self, tx: Transaction) -> TaskRun:
        run = tx.runs.get(self.run.id)
        if run is None or run.attempt != self.run.attempt or run.status is not RunStatus.RUNNING:
            raise _Superseded
        return run

    def _keep(
        self, *, facts: Mapping[str, Any] | None = None, outputs: tuple[str, ...] = ()
    ) -> None:
        with self._keeping:
            worked_s = Kept.of(self.run.checkpoint).worked_s + time.monotonic() - self._begun
            kept = replace(
                self._kept.with_outputs(outputs),
                facts={**self._kept.facts, **(facts or {})},
                worked_s=worked_s,
            )
            with self.store.writing() as tx:
                self._check(tx)
                tx.runs.checkpoint(self.run.id, self.run.attempt, kept.as_checkpoint())
            self._kept = kept

    def _report_until(self, done: threading.Event) -> None:
        last, kept_at = None, time.monotonic()
        while not done.wait(_REPORT_S):
            progress = self._meter.read()
            with suppress(
                Exception, _Superseded
            ):  # a failed progress report must never end the run
                if progress != last:
                    with self.store.writing(durable=False) as tx:
                        tx.runs.report(
                            self.run.id, self.run.attempt, progress, now=datetime.now(UTC)
                        )
                    last = progress
                if time.monotonic() - kept_at > _KEEP_S:
                    self._keep()
                    kept_at = time.monotonic()


def carry_out(
    run_id: str, attempt: int, settings: Settings, kinds: str, folder: str, worker: Connection
) -> None:
    """Carry out an attempt of a run to its end; the main function of its process.

    Parameters
    ----------
    run_id, attempt
        What to carry out; nothing happens if another attempt has the run by now.
    settings
        The worker's.
    kinds
        Where the code of each kind is, as ``module:name``.
    folder
        Where temporary files go; the worker removes it.
    worker
        The connection to the worker; when it closes, this process ends.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    return_what_is_freed()
    heed_signals()
    end_with(worker)
    try:
        _carry_out(run_id, attempt, settings, kinds, worker)
    except (*_AWAY, InputError) as error:
        sys.stderr.write(f"the store does not answer: {error}\n")
        sys.stderr.flush()
        os._exit(STORE_AWAY)
    except (Interrupted, _Superseded):
        os._exit(INTERRUPTED)  # the worker moves the status and removes the files


def kinds_named(name: str) -> Mapping[RunType, Kind]:
    """Return the table of kinds that ``module:name`` names."""
    module, _, attribute = name.partition(":")
    kinds: Mapping[RunType, Kind] = getattr(import_module(module), attribute)
    return kinds


def _carry_out(
    run_id: str, attempt: int, settings: Settings, kinds: str, worker: Connection
) -> None:
    store = open_store(settings.store_url, migrate=False)
    with store.reading() as tx:
        run = tx.runs.get(run_id)
    if run is None or run.attempt != attempt or run.status is not RunStatus.RUNNING:
        return
    log = RunLog.of(run, settings)
    log.take_output()
    faulthandler.enable()
    log.write(f"attempt {attempt} of {run.type} {run.id} in process {os.getpid()}")
    carried = Carried(run, store, settings, worker)
    error = _try(carried, lambda: kinds_named(kinds)[run.type])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if error is None:
        log.write("succeeded")
        return
    status = settle(store, carried.places, run_id, attempt, RunStatus.FAILED, error=error)
    log.write(f"{str(status or 'superseded').lower()}: {error}")


def _try(carried: Carried, kind: Callable[[], Kind]) -> str | None:
    """Return why the run failed, None if it succeeded. An unreachable store is no failure."""
    try:
        with carried.reporting():
            commit = kind()(carried)
        carried.succeed(commit)
    except _AWAY:
        raise
    except (MatchloopError, ServiceError) as error:
        return " ".join(str(error).split())
    except MemoryError as error:
        carried._log.write_fault(error)
        return "the run needs more memory than its worker has; give the worker more"
    except Exception as error:
        if isinstance(raised(error), Interrupted):
            raise Interrupted from error
        carried._log.write_fault(error)
        return (
            "the run failed through a fault in matchloop, not in its input; "
            f"the log of the run has more: {log_path(carried.run)}"
        )
    return None
