"""Run the labelling page of one table until Ctrl-C, then write the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from matchloop.data.io import read_table
from matchloop.data.labels.columns import check_names
from matchloop.errors import InputError, UsageError, some
from matchloop_api.cli.page import listen, own_transform, serve_page
from matchloop_api.labelling.local.backing import LocalBacking
from matchloop_api.labelling.local.choices import Choices, with_key
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.store import open_store

__all__ = ["run"]


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
            parameters = {"PrimaryKeyColumnName": facts["choices"]["key"]}
            transform = own_transform(store, folder, folder.file.name, parameters)
            folder.remember({**facts, "transform": transform})
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
            listening = listen(port, folder)
            try:
                backing.begin()
                serve_page(
                    store,
                    transform,
                    backing,
                    folder,
                    listening,
                    open_browser=open_browser,
                    on_ready=lambda link: say(
                        f"label {folder.file} at {link} (Ctrl-C ends and writes the results)"
                    ),
                )
                for line in _written(backing):
                    say(line)
            finally:
                backing.teacher.stop()
        finally:
            store.close()


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
