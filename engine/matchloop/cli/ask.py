"""``matchloop ask``: write the questions whose answers teach the most."""

from __future__ import annotations

from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.options import (
    AsJson,
    File,
    Key,
    Kinds,
    LabelFiles,
    Seed,
    Source,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.registry import known
from matchloop.strategies import BUILTIN, DEFAULT, GROUP

__all__ = ["ask"]

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Labelling file to write: fill in its label column and give it back with --labels.",
        show_default=False,
    ),
]
Sets = Annotated[
    int, typer.Option("--sets", metavar="N", min=1, help="How many sets of rows to ask about.")
]
Rows = Annotated[
    int, typer.Option("--rows", metavar="N", min=2, help="About how many rows a set holds.")
]
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="How pairs are chosen: " + ", ".join(known(BUILTIN, GROUP)),
    ),
]


def ask(
    file: File,
    key: Key,
    output: Output,
    source: Source = None,
    labels: LabelFiles = None,
    kinds: Kinds = None,
    sets: Sets = 10,
    rows: Rows = 10,
    strategy: Strategy = DEFAULT,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Ask for the labels that teach most.

    Writes about ten sets of about ten rows in Glue's format. Rows of a set that mean the same
    get the same label; a row left blank is not counted.
    """
    ml.check_writable(output)
    with StageProgress("ask") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        loop = ml.LabelingLoop(
            records, read_labels_for(records, labels), strategy=strategy, seed=seed
        )
        progress("choose questions", 0.0)
        questions = loop.ask(sets=sets, rows=rows)
        questions.to_csv(output)
    report = {"output": output, "sets": sets, "rows": len(questions)}
    if as_json:
        print_json(report)
    else:
        say(f"wrote {output}: {len(questions)} rows; give rows of a set that match the same label")
