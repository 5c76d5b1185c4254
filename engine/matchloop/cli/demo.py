"""``matchloop demo``: the whole loop on invented customers, in less than a minute."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import matchloop as ml
from matchloop.cli.columns import print_columns, tell
from matchloop.cli.options import AsJson, Seed
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.errors import MissingExtra

if TYPE_CHECKING:
    from matchloop.demo.run import Round

__all__ = ["demo"]

TableName = Annotated[
    str | None,
    typer.Argument(
        metavar="[TABLE]",
        help="Folder of a table with its truth (records.csv or tableA.csv and tableB.csv, and "
        "gold.csv), or its name below MATCHLOOP_DATA; invented customers if not given.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="HTML report to write, to open in a browser."
    ),
]
Rounds = Annotated[int, typer.Option("--rounds", metavar="N", min=0, help="Rounds of labels.")]


def demo(
    table: TableName = None,
    output: Output = Path("matchloop-demo.html"),
    rounds: Rounds = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Play the labelling loop on an example; write a report.

    Takes records whose truth is known. Matches without labels. Then in each round it chooses
    about 100 rows, labels them from the truth, learns, matches and evaluates.
    """
    from matchloop.demo import load_known_table, make_report, run_demo
    from matchloop.report import write_report

    _check_extra()
    ml.check_writable(output)
    began = time.perf_counter()
    with StageProgress("demo") as progress:
        example = load_known_table(table, seed=seed)
        run = run_demo(example, rounds=rounds, seed=seed, on_stage=progress)
        progress("write the report", 0.95)
        write_report(make_report(run, seed=seed), output)
    seconds = time.perf_counter() - began
    if as_json:
        curve = [{"rows": point.rows, **point.quality.to_dict()} for point in run.rounds]
        print_json({"table": example.name, "report": str(output), "rounds": curve})
        return
    tell(f"{example.name}: {len(example.records):,} records")
    heads = ["labelled rows", "precision", "recall", "F1", "groups"]
    print_columns(heads, [_row(point) for point in run.rounds], names=0)
    say(f"{run.rounds[-1].quality.truth.groups:,} groups in truth; {seconds:.0f} s in all")
    say(f"open the report: {output.resolve()}")
    say("try your own file: matchloop match people.csv -o matched.csv")


def _row(point: Round) -> list[str]:
    quality = point.quality
    rates = (quality.precision, quality.recall, quality.f1)
    return [
        f"{point.rows:,}",
        *(f"{rate:.3f}" for rate in rates),
        f"{quality.groups.groups:,}",
    ]


def _check_extra() -> None:
    """Raise before the work starts if the report could not be written."""
    if not all(find_spec(module) for module in ("jinja2", "matplotlib")):
        raise MissingExtra(
            "the demo writes a report, which needs matplotlib and jinja2; "
            "run: pip install 'matchloop[demo]'"
        )
