"""``matchloop lab report``: one page about the results of the laboratory, and its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matchloop.cli.compare import Axis, Metric, Only, OracleName, Reference, ResultFolders
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import say
from matchloop.errors import counted

__all__ = ["report"]


def report(
    results: ResultFolders,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The HTML page to write.")
    ] = Path("matchloop-report.html"),
    figures: Annotated[
        Path | None,
        typer.Option(
            "--figures",
            metavar="FOLDER",
            help="Also write every figure as PNG and PDF.",
            show_default=False,
        ),
    ] = None,
    metric: Metric = "f1",
    axis: Axis = "labels",
    reference: Reference = None,
    oracle: OracleName = None,
    only: Only = None,
) -> None:
    """Write a page with the figures and tests of simulations.

    The page needs no other file. The same results give the same bytes.
    """
    from matchloop.lab.simulation.report import draw_report, write_figures, write_report

    with StageProgress("report") as progress:
        progress("compare and draw", 0.1)
        drawn = draw_report(
            results,
            metric=metric,
            axis=axis,
            reference=reference,
            oracle=oracle,
            only=tuple(only or ()),
        )
        progress("write", 0.7)
        write_report(drawn, output)
        written = write_figures(drawn, figures) if figures is not None else []
    say(f"{output}: {counted(len(drawn.charts), 'figure')} of {counted(drawn.runs, 'run')}")
    if written:
        say(f"{figures}: {counted(len(written), 'file')}")
