"""``matchloop worker``: carry out task runs."""

from __future__ import annotations

from typing import Annotated

import typer

from matchloop.cli.option_groups import takes_groups
from matchloop_api.cli.stores import ChosenStore, server_packages

__all__ = ["EXAMPLE", "worker"]

EXAMPLE = "matchloop worker --data-dir shop --workers 2"


@takes_groups
def worker(
    *,
    chosen: ChosenStore,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Task runs carried out at once.", show_default=False),
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
    """Carry out the task runs of the server, such as imports.

    Any number of workers share a store. Prints one line when it is ready. Ctrl-C or SIGTERM stops
    one; another worker continues its runs. See docs/server.md.
    """
    with server_packages():
        from matchloop_api.observing import configure_logs
        from matchloop_api.store import open_store
        from matchloop_api.tasks import Worker, check_engine

    settings = chosen.read(workers=workers)
    check_engine(settings)
    configure_logs(settings)
    store = open_store(settings.store_url)
    try:
        worker = Worker(store, settings, parent=parent)
        worker.stop_on_signals()
        worker.run(
            on_ready=lambda: typer.echo(
                f"worker {worker.owner} is ready; task runs at once: {settings.workers}"
            )
        )
    finally:
        store.close()
