"""Serve the labelling page on this machine until Ctrl-C."""

from __future__ import annotations

import getpass
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn

from matchloop.errors import InputError, UsageError
from matchloop_api.cli.connections import Connection
from matchloop_api.cli.ready_server import ReadyServer
from matchloop_api.identifiers import new_transform_id
from matchloop_api.labelling.backing import Backing
from matchloop_api.labelling.local.application import Door, create_application
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.store import Store, Transform

__all__ = ["listen", "own_transform", "serve_page"]

HOST = "127.0.0.1"
STOP_S = 2
"""Seconds that requests at hand get when the command ends."""


def listen(port: int, folder: Folder) -> socket.socket:
    """Listen on a port, by default that of the last run, so that the browser's cookie is valid.

    Raises
    ------
    UsageError
        The requested port is taken.
    """
    before = folder.remembered().get("port", 0)
    for number in (port,) if port else (before, 0):
        try:
            made = socket.create_server((HOST, number))
        except OSError as error:
            if port:
                reason = (error.strerror or str(error)).lower()
                raise UsageError(
                    f"cannot listen on port {port}: {reason}; choose another --port"
                ) from None
            continue
        made.setblocking(False)
        folder.remember({**folder.remembered(), "port": made.getsockname()[1]})
        return made
    raise InputError("no port is free on this machine; end other programs first")


def serve_page(
    store: Store,
    transform: str,
    backing: Backing,
    folder: Folder,
    listening: socket.socket,
    *,
    open_browser: bool,
    on_ready: Callable[[str], None],
) -> None:
    """Serve the page of one transform until Ctrl-C or SIGTERM.

    Parameters
    ----------
    store, transform, backing
        What the page shows.
    folder
        Where the work is kept.
    listening
        What :func:`listen` returned.
    open_browser
        Whether to open the page.
    on_ready
        Receives the link once the page answers.
    """
    door = Door(store.secret, folder.path, _person())
    link = f"http://{HOST}:{listening.getsockname()[1]}{door.path}"
    config = uvicorn.Config(
        create_application(store, transform, backing, door),
        http=Connection,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )

    def ready() -> None:
        on_ready(link)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: None)  # uvicorn's handlers run before these
    ReadyServer(config, ready).run([listening])


def own_transform(store: Store, folder: Folder, name: str, parameters: dict[str, Any]) -> str:
    """Return the id of the folder's transform; add the transform at the first run."""
    stored_id = folder.remembered().get("transform")
    now = datetime.now(UTC)
    with store.writing() as tx:
        if stored_id is not None and tx.transforms.get(stored_id) is not None:
            return str(stored_id)
        made = Transform(
            id=new_transform_id(),
            name=name,
            status="NOT_READY",
            created_at=now,
            modified_at=now,
            definition={"Parameters": {"FindMatchesParameters": parameters}},
            schema=(),
        )
        tx.transforms.add(made)
    return made.id


def _person() -> str:
    """Return the name of the user of this machine; empty for a user without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
