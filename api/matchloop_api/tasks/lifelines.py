"""Processes that end together with the process that they work for."""

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
    """Raised when the worker asks this process to stop: clean up and exit."""


def heed_signals() -> None:
    """Raise an exception on SIGTERM and ignore Ctrl-C, which the worker handles."""

    def interrupt(signum: int, frame: object) -> None:
        raise Interrupted

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKING)


@contextmanager
def deaf_descendants() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM for the processes that the block starts.

    Both signals reach every process of a terminal or a service at once. The fork server must not
    be the first to end; it ends with the worker.
    """
    resource_tracker.ensure_running()  # which would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(worker: Connection) -> None:
    """Start a process group of its own, and kill the group when the worker ends.

    There are two ways because each has a gap. The signal exists on Linux only, and it follows the
    end of the fork server, which ends with the worker. The closed connection is noticed on every
    system, but only while Python code runs.
    """
    os.setpgid(0, 0)
    _leave_fork_server()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == 1:
            os.killpg(0, signal.SIGKILL)
    threading.Thread(target=_watch, args=(worker,), name="lifeline", daemon=True).start()


def end_group(pid: int, signum: int) -> None:
    """Send a signal to a process group; do nothing if the group has ended."""
    for send in (os.killpg, os.kill):
        try:
            send(pid, signum)
        except (ProcessLookupError, PermissionError):
            continue
        return


def watch_parent(parent: int) -> Callable[[], bool]:
    """Return a function that returns whether the process that this one belongs to has ended.

    The surest sign is a new parent of this process: it comes even if nobody collects the exit
    code of the old one. A process that is not the parent is looked up by its id.
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
    """Close this process's copy of the descriptor that keeps the fork server alive.

    Python gives a copy to every process, so that each can start others. With an open copy the
    fork server would outlive the worker until the run ends, and no signal would come.
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
