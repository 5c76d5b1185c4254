"""``matchloop worker``: carry out task runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matchloop.errors import MissingExtra

__all__ = ["EXAMPLE", "worker"]

EXAMPLE = "matchloop worker --data-dir shop --workers 2"


def worker(
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the store, logs and files.", show_default=False
        ),
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the store is; without it, SQLite in the data folder.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Task runs carried out at once.", show_default=False),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A TOML file of settings.", show_default=False),
    ] = None,
    parent: Annotated[
        int | None,
        typer.Option(
            metavar="PID",
            help="Stop when this process has ended; matchloop serve gives its own.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Carry out task runs: imports, questions, evaluations, matching, exports, crawls.

    Any number of workers share a store. Prints one line when it is ready. Ctrl-C or SIGTERM stops
    one; what it was at is taken up by another. See docs/server.md.
    """
    try:
        from matchloop_api.observing import configure_logs
        from matchloop_api.settings import read_settings
        from matchloop_api.store import open_store
        from matchloop_api.tasks import Worker
    except ImportError as error:
        raise MissingExtra(
            f"the server's packages are missing ({error.name}); "
            "install them with: pip install 'matchloop[server]'"
        ) from None

    chosen = read_settings(
        {"data_dir": data_dir, "database_url": database_url, "workers": workers}, file=settings
    )
    configure_logs(chosen)
    store = open_store(chosen.store_url)
    try:
        one = Worker(store, chosen, parent=parent)
        one.stop_on_signals()
        one.run(
            on_ready=lambda: typer.echo(
                f"worker {one.owner} is ready; task runs at once: {chosen.workers}"
            )
        )
    finally:
        store.close()
