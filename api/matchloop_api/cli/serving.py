"""Run the web application and a worker process that is restarted when it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import uvicorn

from matchloop.errors import UsageError
from matchloop_api.app import create_app
from matchloop_api.auth import Authenticator, check_exposure
from matchloop_api.cli.connections import Connection
from matchloop_api.cli.ready_server import ReadyServer
from matchloop_api.observing import configure_logs, log
from matchloop_api.settings import ENVIRONMENT, Settings, make_data_dir, unknown_variables
from matchloop_api.store import open_store
from matchloop_api.tasks import check_engine

__all__ = ["Keeper", "run", "worker_environment"]

BACKLOG = 2048
STOP_S = 10.0
"""Seconds that calls at hand get when the server is told to stop."""


def worker_environment(settings: Settings, *, file: Path | None) -> Mapping[str, str]:
    """Return the environment that passes the server's settings to a worker.

    Arguments are no option: every user of the machine can read them, and a database URL holds a
    password.
    """
    options = {
        "DATA_DIR": str(settings.data_dir.absolute()),
        "DATABASE_URL": settings.database_url,
        "SETTINGS": str(file.absolute()) if file else os.environ.get(f"{ENVIRONMENT}SETTINGS", ""),
    }
    return {**os.environ, **{f"{ENVIRONMENT}{name}": value for name, value in options.items()}}


def run(
    settings: Settings, *, worker: Mapping[str, str] | None, on_ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Parameters
    ----------
    settings
        Every setting.
    worker
        The environment of the worker process; None starts none.
    on_ready
        Called with one line, once the server answers.

    Raises
    ------
    UsageError
        The address is not available, or needs access keys.
    MatchloopError
        The engine of the settings lacks something that its worker needs.
    """
    if worker is not None:
        check_engine(settings)
    make_data_dir(settings)
    configure_logs(settings)
    for name in unknown_variables():
        log("a variable in the environment is no setting", level="warning", variable=name)
    store = open_store(settings.store_url)
    keeper = None if worker is None else Keeper(worker, grace_s=settings.stop_grace_s + STOP_S)
    try:
        check_exposure(settings.host, store)
        is_open = Authenticator(store, settings).is_open()
        listening = _listen(settings.host, settings.port)
        app = create_app(settings, store)
        config = uvicorn.Config(
            app,
            http=Connection,
            log_config=None,
            log_level="warning",
            access_log=False,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=int(STOP_S),
        )
        _end_quietly()
        if keeper is not None:
            keeper.start()
        where = f"http://{_shown(settings.host)}:{listening.getsockname()[1]}"
        ReadyServer(config, lambda: on_ready(_line(where, settings, keeper, is_open=is_open))).run(
            [listening]
        )
    finally:
        if keeper is not None:
            keeper.stop()
        store.close()


class Keeper:
    """Keeps one worker process running.

    Parameters
    ----------
    environment
        The worker's environment.
    grace_s
        Seconds between the request to stop and the kill.
    """

    def __init__(self, environment: Mapping[str, str], *, grace_s: float) -> None:
        self._environment = dict(environment)
        self._grace_s = grace_s
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker; its runs return to the queue."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def pid(self) -> int | None:
        """The worker's process id; None before the start."""
        return self._process.pid if self._process is not None else None

    def _keep(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            # a session of its own: Ctrl-C reaches only the server, which then stops the worker
            self._process = subprocess.Popen(
                [sys.executable, "-m", "matchloop", "worker", "--parent", str(os.getpid())],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                start_new_session=True,
            )
            while self._process.poll() is None and not self._stopping.wait(0.2):
                pass
            if self._stopping.is_set():
                self._end(self._process)
            elif time.monotonic() - began < 5:
                self._stopping.wait(2)  # no tight loop if the worker cannot start

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listen(host: str, port: int) -> socket.socket:
    name = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    try:
        made = socket.create_server((name, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"cannot listen on {host}:{port}: {reason}; choose another --port, or 0 for a free one"
        ) from None
    made.setblocking(False)
    return made


def _end_quietly() -> None:
    """Ignore further signals: uvicorn raises them again after it has stopped."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)


def _line(where: str, settings: Settings, keeper: Keeper | None, *, is_open: bool) -> str:
    alone = "" if keeper is not None else "; no worker: task runs wait for one"
    everyone = "; without access keys everyone on this machine may do everything" if is_open else ""
    return f"matchloop serves the Glue API on {where}; data in {settings.data_dir}{alone}{everyone}"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
