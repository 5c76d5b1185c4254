"""``matchloop label``: group rows on a page in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from matchloop.cli.options import LabelFiles, Source
from matchloop_api.cli.stores import server_packages

__all__ = ["EXAMPLE", "label"]

EXAMPLE = "matchloop label people.csv"


def label(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Table to match: .csv, .tsv, .jsonl or .parquet, on this machine.",
            show_default=False,
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="COLUMN",
            help="Column that identifies each record; proposed on the page if not given.",
            show_default=False,
        ),
    ] = None,
    source: Source = None,
    labels: LabelFiles = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the link; open no browser.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65535,
            help="Port of the page on this machine; a free one if not given.",
            show_default=False,
        ),
    ] = 0,
) -> None:
    """Group rows on a page in the browser and match the table.

    The labels teach a model, and the table is matched by it.

    Prints the page's link. Ctrl-C, or Finish on the page, writes the matched table, the labels and
    the model beside FILE: for people.csv these are people.matched.csv, people.labels.csv and
    people.model. The same command later goes on where it stopped.
    """
    with server_packages():
        from matchloop_api.cli.labelling import run
    run(
        file,
        key=key,
        source=source,
        labels=labels or (),
        port=port,
        open_browser=not no_browser,
        say=typer.echo,
    )
