"""A worker: claims task runs and carries each out in a process of its own.

The worker itself only supervises: it renews leases, stops runs that are to stop or out of time,
and cleans up after its processes. It computes nothing, for two reasons. A run inside compiled code
never delays a renewal, and a run that exhausts the memory loses only its own process.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path

from matchloop.errors import counted
from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import RunStatus, Store, TaskRun
from matchloop_api.tasks.carrying import INTERRUPTED, carry_out
from matchloop_api.tasks.endings import remove_unfinished, settle
from matchloop_api.tasks.held import Held
from matchloop_api.tasks.lifelines import deaf_descendants, watch_parent
from matchloop_api.tasks.logs import RunLog, log_path
from matchloop_api.tasks.state import Kept
from matchloop_api.tasks.sweeping import sweep

__all__ = ["KINDS", "PRELOADED", "TEMPORARY", "Worker"]

KINDS = "matchloop_api.tasks.kinds:KINDS"
"""Where the code of each type of run is."""

TEMPORARY = ".running"
"""Folder in the data folder for the temporary files of runs."""

PRELOADED = (
    "matchloop.matching.matcher",
    "matchloop.active_learning.loop",
    "matchloop.quality.estimating",
    "pyarrow.parquet",
)
"""Modules that are imported once, before the first run, because that takes seconds."""

# A run waits at most this long for a free worker, and a look costs one small read.
_POLL_S = 0.1
# From SIGTERM to SIGKILL: enough to store a checkpoint, short enough for a stop to seem instant.
_TERM_S = 0.6
# Leftovers only take disk space, so an hour is soon enough.
_SWEEP_S = 3600.0
# Shortest and longest pause before a crashed run starts again; it doubles with each attempt.
_RETRY_S = (0.1, 5.0)

_log = logging.getLogger("matchloop.worker")


class Worker:
    """Carries out task runs until it is stopped.

    Parameters
    ----------
    store, settings
        The server's. ``settings.workers`` runs are carried out at once.
    kinds
        Where the code of each type of run is, as ``module:name``.
    parent
        The id of the process that this worker belongs to; the worker stops when it ends.
    preloaded
        Modules that the fork server imports once, for all runs.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        kinds: str = KINDS,
        parent: int | None = None,
        preloaded: Sequence[str] = PRELOADED,
    ) -> None:
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._store = store
        self._settings = settings
        self._places = Places(settings)
        self._kinds = kinds
        self._is_orphan = None if parent is None else watch_parent(parent)
        self._preloaded = preloaded
        self._held: dict[str, Held] = {}
        self._stop = threading.Event()
        self._stop_by: float | None = None
        self._renewed = time.monotonic()
        self._swept = -_SWEEP_S
        self._processes: ForkServerContext = multiprocessing.get_context("forkserver")
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="ending")

    def stop(self) -> None:
        """Claim no more runs; after a grace period, return those in progress to the queue."""
        self._stop.set()

    def stop_on_signals(self) -> None:
        """Stop on SIGTERM and Ctrl-C."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stop())

    def run(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Carry out runs until stopped.

        Parameters
        ----------
        on_ready
            Called once the worker is able to claim its first run.
        """
        self._warm_up()
        on_ready()
        try:
            while not self._is_done():
                self._turn()
                self._wait()
        finally:
            for held in self._held.values():
                held.signal(signal.SIGKILL)
            self._threads.shutdown(wait=True)

    def _warm_up(self) -> None:
        """Start the fork server, which imports the engine once for all runs."""
        kinds = self._kinds.partition(":")[0]
        self._processes.set_forkserver_preload([carry_out.__module__, kinds, *self._preloaded])
        process = self._processes.Process(target=os.getpid)
        with deaf_descendants():
            process.start()
        process.join()
        process.close()

    def _is_done(self) -> bool:
        if self._is_orphan is not None and self._is_orphan():
            self.stop()
        return self._stop.is_set() and not self._held

    def _wait(self) -> None:
        watched: list[Connection | int] = []
        for held in self._held.values():
            if held.process is not None:
                watched.append(held.process.sentinel)
            if held.connection is not None:
                watched.append(held.connection)
        if watched:
            wait(watched, timeout=_POLL_S)
        else:
            self._stop.wait(_POLL_S)

    def _turn(self) -> None:
        for held in self._held.values():
            held.listen()
        reached = self._reached(self._look)
        for held in list(self._held.values()):
            held.press()
            self._reap(held)
        if self._stop.is_set():
            self._give_up()
        elif reached and self._reached(self._claim) and not self._held:
            self._sweep()

    def _reached(self, step: Callable[[], None]) -> bool:
        """Run a step that needs the store and return whether the store answered.

        While the store is unreachable, the runs keep working until their leases expire.
        """
        try:
            step()
        except Exception as error:  # the drivers of the databases raise errors of many types
            _log.warning("the store does not answer: %s", error)
            # With expired leases another worker may claim these runs, so two would write.
            if time.monotonic() - self._renewed > self._settings.lease_s:
                for held in self._held.values():
                    held.to, held.release = None, False
                    held.signal(signal.SIGKILL)
            self._stop.wait(_POLL_S)
            return False
        return True

    def _look(self) -> None:
        """Renew the leases when due, and check the status of each run."""
        now = time.monotonic()
        if not self._held:
            self._renewed = now
            return
        # A quarter of the lease: three renewals may fail before another worker claims the runs.
        if now - self._renewed > self._settings.lease_s / 4:
            with self._store.writing(durable=False) as tx:
                statuses = tx.runs.renew(
                    self.owner,
                    list(self._held),
                    now=datetime.now(UTC),
                    lease_s=self._settings.lease_s,
                )
            self._renewed = now
        else:
            with self._store.reading() as tx:
                rows = [tx.runs.get(run_id) for run_id in self._held]
            statuses = {row.id: row.status for row in rows if row and self._is_ours(row)}
        for run_id, held in self._held.items():
            status = statuses.get(run_id)
            if status is None or status is RunStatus.STOPPING:
                self._ask_to_end(held, RunStatus.STOPPED)
            elif status is RunStatus.RUNNING and held.worked_s > held.run.timeout_s:
                self._ask_to_end(held, RunStatus.TIMEOUT)

    def _is_ours(self, row: TaskRun) -> bool:
        return row.owner == self.owner and row.attempt == self._held[row.id].run.attempt

    def _claim(self) -> None:
        while len(self._held) < self._settings.workers and not self._stop.is_set():
            # Taken before the claim, so that this worker never counts on more lease than it has.
            before = time.monotonic()
            with self._store.writing() as tx:
                run = tx.runs.claim(
                    self.owner, now=datetime.now(UTC), lease_s=self._settings.lease_s
                )
            if run is None:
                return
            if not self._held:
                self._renewed = before
            held = Held(run=run, kept=Kept.of(run.checkpoint), begun=time.monotonic())
            self._held[run.id] = held
            if run.status is RunStatus.STOPPING:
                self._settle(held, RunStatus.STOPPED)
            elif held.attempts > self._settings.max_attempts:
                self._settle(held, RunStatus.FAILED)
            elif held.worked_s > run.timeout_s:
                self._settle(held, RunStatus.TIMEOUT)
            else:
                self._begin(held)

    def _begin(self, held: Held) -> None:
        folder = self._folder(held)
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        here, there = self._processes.Pipe(duplex=True)
        held.process = self._processes.Process(
            target=carry_out,
            args=(held.run.id, held.run.attempt, self._settings, self._kinds, str(folder), there),
            name=held.run.id,
            daemon=False,
        )
        held.connection = here
        with deaf_descendants():
            held.process.start()
        there.close()
        _log.info("run %s, attempt %d: begun", held.run.id, held.run.attempt)

    def _ask_to_end(self, held: Held, to: RunStatus | None) -> None:
        if held.settling is not None or held.kill_at is not None:
            return
        held.to, held.release = to, to is None
        held.kill_at = time.monotonic() + _TERM_S
        held.signal(signal.SIGTERM)

    def _reap(self, held: Held) -> None:
        """Handle the end of a process: give its run back, or end the attempt."""
        if held.settling is not None:
            self._see_settled(held)
            return
        if held.process is not None:
            if held.process.is_alive():
                return
            held.listen()
            held.exit_code = held.process.exitcode
            if held.process.pid is not None:
                # Its descendants may still run, and hold memory and files.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(held.process.pid, signal.SIGKILL)
            held.process.join()
            held.process.close()
            held.process = None
        self._reached(lambda: self._conclude(held))

    def _conclude(self, held: Held) -> None:
        with self._store.reading() as tx:
            row = tx.runs.get(held.run.id)
        if row is None or not self._is_ours(row) or row.status is RunStatus.STOPPING:
            self._settle(held, RunStatus.STOPPED)
        elif held.to is RunStatus.TIMEOUT:
            self._settle(held, RunStatus.TIMEOUT)
        elif held.release or (self._stop.is_set() and held.exit_code == INTERRUPTED):
            self._give_back(held, row, excused=1, pause_s=0.0)
        else:
            RunLog.of(row, self._settings).write(f"the process ended: {held.ended}")
            _log.warning("run %s: its process ended: %s", row.id, held.ended)
            if held.attempts >= held.most_attempts(self._settings.max_attempts):
                self._settle(held, RunStatus.FAILED)
            else:
                least, most = _RETRY_S
                pause_s = min(most, least * 2.0 ** (held.attempts - 1))
                self._give_back(held, row, excused=0, pause_s=pause_s)

    def _settle(self, held: Held, to: RunStatus) -> None:
        held.to = to
        held.settling = self._threads.submit(
            settle,
            self._store,
            self._places,
            held.run.id,
            held.run.attempt,
            to,
            error=self._died_too_often(held) if to is RunStatus.FAILED else None,
            outputs=frozenset(held.outputs),
        )

    def _see_settled(self, held: Held) -> None:
        if held.settling is None or not held.settling.done():
            return
        if (error := held.settling.exception()) is None:
            status = held.settling.result()
            RunLog.of(held.run, self._settings).write(str(status or "given up").lower())
            self._let_go(held)
            return
        _log.warning("run %s could not be ended: %s", held.run.id, error)
        held.settling = None  # the next look tries again

    def _give_back(self, held: Held, row: TaskRun, *, excused: int, pause_s: float) -> None:
        """Release the run after a pause, so that any worker may claim it."""
        kept = Kept.of(row.checkpoint).with_outputs(held.outputs)
        kept = replace(kept, worked_s=held.worked_s, excused=kept.excused + excused)
        with self._store.writing() as tx:
            now = datetime.now(UTC)
            tx.runs.checkpoint(row.id, row.attempt, kept.as_checkpoint())
            # A lease as long as the pause: no worker claims the run before it has expired.
            tx.runs.renew(self.owner, [row.id], now=now, lease_s=pause_s)
        remove_unfinished(self._places, kept.outputs)
        self._let_go(held)

    def _let_go(self, held: Held) -> None:
        shutil.rmtree(self._folder(held), ignore_errors=True)
        if held.connection is not None:
            held.connection.close()
        del self._held[held.run.id]
        _log.info("run %s, attempt %d: over", held.run.id, held.run.attempt)

    def _give_up(self) -> None:
        """Return the runs in progress to the queue after a grace period."""
        now = time.monotonic()
        if self._stop_by is None:
            self._stop_by = now + self._settings.stop_grace_s
        if now > self._stop_by:
            for held in self._held.values():
                self._ask_to_end(held, None)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept > _SWEEP_S:
            self._swept = time.monotonic()
            self._threads.submit(sweep, self._store, self._settings.data_dir / TEMPORARY)

    def _died_too_often(self, held: Held) -> str:
        how = "" if held.exit_code is None else f", the last time {held.ended}"
        times = held.most_attempts(self._settings.max_attempts)
        return (
            f"the run was begun {counted(times, 'time')} and its process ended each "
            f"time before it was done{how}; the log of the run has more: {log_path(held.run)}"
        )

    def _folder(self, held: Held) -> Path:
        folder = self._settings.data_dir.absolute() / TEMPORARY
        return folder / f"{held.run.id}-{held.run.attempt}"
