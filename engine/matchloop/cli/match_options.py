"""The options of ``matchloop match`` alone."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

__all__ = [
    "DryRun",
    "Engine",
    "ExplainBlocking",
    "Incremental",
    "Master",
    "Output",
    "RemoveDuplicates",
    "ReportFile",
    "Thresholds",
]

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Table to write: the input rows in their order with match_id and "
        "match_confidence_score; .csv, .jsonl or .parquet. Only --dry-run goes without it.",
        show_default=False,
    ),
]
Incremental = Annotated[
    str | None,
    typer.Option(
        "--incremental",
        metavar="EXISTING",
        help="Table matched earlier (with match_id); FILE holds the new records only. Changes "
        "are written beside the output.",
        show_default=False,
    ),
]
ExplainBlocking = Annotated[
    bool,
    typer.Option(
        "--explain-blocking",
        help="Also say which rule found how many pairs and, with labels, what was lost.",
    ),
]
Thresholds = Annotated[
    bool,
    typer.Option(
        "--thresholds",
        help="Also print a table of thresholds: pairs joined, groups, and the precision and recall "
        "that the model expects of them.",
    ),
]
Engine = Annotated[
    Literal["local", "spark"],
    typer.Option(
        "--engine",
        metavar="local|spark",
        help="Where candidate pairs are compared and scored: here, or by the Spark at --master. "
        "Both write the same bytes.",
    ),
]
Master = Annotated[
    str,
    typer.Option(
        "--master",
        metavar="URL",
        help="Spark's master: local[4], spark://host:7077, or sc://host:15002 for Spark Connect.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Only estimate the candidate pairs, memory, disk and time; write nothing.",
    ),
]
ReportFile = Annotated[
    str | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Also write a page about the groups, as the command report does of the output.",
        show_default=False,
    ),
]
RemoveDuplicates = Annotated[
    bool,
    typer.Option("--remove-duplicates", help="Write only the first row of each group."),
]
