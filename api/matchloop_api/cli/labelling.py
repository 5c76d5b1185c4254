"""Run the labelling page of one table until Ctrl-C, then write the files."""

from __future__ import annotations

import getpass
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import uvicorn

from matchloop.data.io import read_table
from matchloop.data.labels.columns import check_names
from matchloop.errors import InputError, UsageError, some
from matchloop_api.cli.connections import Connection
from matchloop_api.identifiers import new_transform_id
from matchloop_api.labelling.local.application import Door, create_application
from matchloop_api.labelling.local.backing import LocalBacking
from matchloop_api.labelling.local.choices import Choices, with_key
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.store import Store, Transform, open_store

__all__ = ["run"]

HOST = "127.0.0.1"
STOP_S = 2
"""Seconds that requests at hand get when the command ends."""


def run(
    file: str,
    *,
    key: str | None,
    source: str | None,
    labels: Sequence[str],
    port: int,
    open_browser: bool,
    say: Callable[[str], None],
) -> None:
    """Serve the page until Ctrl-C or SIGTERM, then write the files.

    Parameters
    ----------
    file
        The table.
    key, source, labels
        As for the other commands; if there is no key, one is proposed.
    port
        Port to listen on; 0 takes the port of the last run if it is free, otherwise any.
    open_browser
        Whether to open the page.
    say
        Receives a line for the person.

    Raises
    ------
    MatchloopError
        The table or a label file cannot be used, another run works on the table, or the port is
        taken.
    """
    folder = Folder(file)
    notes: list[str] = []
    table = read_table(folder.file, key=key, notes=notes)
    if table.num_rows == 0 or table.num_columns == 0:
        raise InputError(f"{file} has no rows; expected a header and at least two records")
    check_names(table.column_names)
    with folder.locked():
        store = open_store(folder.store_url)
        try:
            facts = _facts(folder, table, key, source)
            transform = _transform(store, folder, facts)
            folder.remember(facts)
            backing = LocalBacking(
                store,
                transform,
                folder,
                table,
                Choices(**facts["choices"]),
                is_confirmed=bool(facts.get("confirmed")),
                labels=labels,
                say=say,
            )
            listening = _listen(port, facts.get("port", 0))
            folder.remember({**folder.remembered(), "port": listening.getsockname()[1]})
            _serve(store, transform, backing, folder, listening, open_browser, say)
        finally:
            store.close()


def _serve(
    store: Store,
    transform: str,
    backing: LocalBacking,
    folder: Folder,
    listening: socket.socket,
    open_browser: bool,
    say: Callable[[str], None],
) -> None:
    door = Door(store.secret, folder.path, _person())
    app = create_application(store, transform, backing, door)
    link = f"http://{HOST}:{listening.getsockname()[1]}{door.path}"
    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )

    def ready() -> None:
        say(f"label {folder.file} at {link} (Ctrl-C ends and writes the results)")
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: None)  # uvicorn's handlers run before these
    try:
        backing.begin()
        _Server(config, ready).run([listening])
        for line in _written(backing):
            say(line)
    finally:
        backing.teacher.stop()


class _Server(uvicorn.Server):
    """Reports when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _written(backing: LocalBacking) -> list[str]:
    paths = [str(path) for path in backing.write()]
    return [f"wrote {', '.join(paths)}", *(f"again: {line}" for line in backing.commands())]


def _facts(folder: Folder, table: pa.Table, key: str | None, source: str | None) -> dict[str, Any]:
    """Return the earlier choices or a proposal; refuse a table that no longer fits."""
    facts = folder.remembered()
    if not facts.get("confirmed"):
        choices = Choices(with_key(table, key), source)
        return {**facts, "choices": choices.body(), "columns": table.column_names}
    if facts["columns"] != table.column_names:
        raise InputError(
            f"{folder.file} has the columns {some(table.column_names, 10)}; it was labelled with "
            f"{some(facts['columns'], 10)}; bring these back, or move {folder.path} away"
        )
    for name, value in (("key", key), ("source", source)):
        before = facts["choices"].get(name)
        if value is not None and value != before:
            raise UsageError(
                f"--{name} {value}: the table was labelled with {before}; leave the option out, or "
                f"move {folder.path} away to begin again"
            )
    return facts


def _transform(store: Store, folder: Folder, facts: dict[str, Any]) -> str:
    """Return the id of the table's transform; add the transform at the first run."""
    now = datetime.now(UTC)
    with store.writing() as tx:
        stored_id = facts.get("transform")
        if stored_id is not None and tx.transforms.get(stored_id) is not None:
            return str(stored_id)
        parameters: Mapping[str, Any] = {"PrimaryKeyColumnName": facts["choices"]["key"]}
        made = Transform(
            id=new_transform_id(),
            name=folder.file.name,
            status="NOT_READY",
            created_at=now,
            modified_at=now,
            definition={"Parameters": {"FindMatchesParameters": parameters}},
            schema=(),
        )
        tx.transforms.add(made)
    facts["transform"] = made.id
    return made.id


def _listen(port: int, before: int) -> socket.socket:
    """Listen on a port, by default that of the last run, so that the browser's cookie is valid.

    Raises
    ------
    UsageError
        The requested port is taken.
    """
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
        return made
    raise InputError("no port is free on this machine; end other programs first")


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name
        return ""
