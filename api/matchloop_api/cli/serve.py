"""``matchloop serve``: the Glue API server."""

from __future__ import annotations

from typing import Annotated

import typer

from matchloop.cli.option_groups import takes_groups
from matchloop_api.cli.stores import ChosenStore, server_packages

__all__ = ["EXAMPLE", "serve"]

EXAMPLE = "matchloop serve --data-dir shop --port 8080"


@takes_groups
def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on, 127.0.0.1 if not given; without access keys loopback only.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on, 8080 if not given; 0 takes a free one.",
            show_default=False,
        ),
    ] = None,
    chosen: ChosenStore,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Start no worker; task runs wait for another's.")
    ] = False,
) -> None:
    """Answer the Glue API: boto3, the aws cli, SDKs, Terraform.

    Prints one line when it is ready. Ctrl-C or SIGTERM stops it once the calls at hand are
    answered. See docs/server.md.
    """
    with server_packages():
        from matchloop_api.cli.serving import run, worker_environment

    settings = chosen.read(host=host, port=port)
    environment = None if no_worker else worker_environment(settings, file=chosen.settings)
    run(settings, worker=environment, on_ready=typer.echo)
