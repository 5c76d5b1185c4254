"""Processes that end with the one they work for."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection

__all__ = [
    "Interrupted",
    "deaf_descendants",
    "end_group",
    "end_with",
    "heed_signals",
    "watch_parent",
]

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl(2)
_ASKING = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """The worker asks this process to stop: clean up and go."""


def heed_signals() -> None:
    """Make SIGTERM an exception in this process; Ctrl-C is the worker's to answer."""

    def interrupt(signum: int, frame: object) -> None:
        raise Interrupted

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKING)


@contextmanager
def deaf_descendants() -> Iterator[None]:
    """Let what is started in the block hear neither Ctrl-C nor SIGTERM.

    Both reach every process of a terminal or a service at once, and the one that the others are
    forked from must not be the first to go; it ends with the worker.
    """
    resource_tracker.ensure_running()  # which would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(worker: Connection) -> None:
    """Lead a process group of its own, and end it at once when the worker is gone.

    Two ways, as each has a gap: the system's signal is Linux's and comes for the process that
    forked this one, which ends with the worker; the closed connection is noticed everywhere,
    but only while Python code runs.
    """
    os.setpgid(0, 0)
    _leave_fork_server()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == 1:
            os.killpg(0, signal.SIGKILL)
    threading.Thread(target=_watch, args=(worker,), name="lifeline", daemon=True).start()


def end_group(pid: int, signum: int) -> None:
    """Send a signal to a process and to all that it started; that they are gone is no mistake."""
    for send in (os.killpg, os.kill):
        try:
            send(pid, signum)
        except (ProcessLookupError, PermissionError):
            continue
        return


def watch_parent(parent: int) -> Callable[[], bool]:
    """Return what tells whether the process that this one belongs to has ended.

    That is best told by the system giving this process another parent, which happens also where
    nobody asks how the old one ended. A process that is not the parent must be asked for by id.
    """
    if os.getppid() == parent:
        return lambda: os.getppid() != parent

    def is_gone() -> bool:
        try:
            os.kill(parent, 0)
        except PermissionError:
            return False
        except ProcessLookupError:
            return True
        return False

    return is_gone


def _leave_fork_server() -> None:
    """Close this process's copy of what keeps the process it was forked from alive.

    Python gives every process one, so that it can start others by the same way. With it, that
    process would outlive the worker for as long as any run goes on, and no signal would come.
    """
    server = getattr(forkserver, "_forkserver", None)
    handle = getattr(server, "_forkserver_alive_fd", None)
    if isinstance(handle, int):
        with suppress(OSError):
            os.close(handle)


def _watch(worker: Connection) -> None:
    try:
        while True:
            worker.recv_bytes()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)
