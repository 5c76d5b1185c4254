"""``matchloop train``: learn from labels and save the model."""

from __future__ import annotations

from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.matching_options import Matching
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, File, MemoryLimit
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.words import print_json, say
from matchloop.errors import counted

__all__ = ["train"]

Output = Annotated[
    str,
    typer.Option("--output", "-o", metavar="FILE", help="Model file to write.", show_default=False),
]


@reads_tables
@takes_groups
def train(
    file: File,
    output: Output,
    *,
    columns: Columns,
    labelling: Labelling,
    matching: Matching,
    memory: MemoryLimit = None,
    as_json: AsJson = False,
) -> None:
    """Learn from labels and save the model.

    Without --labels, fits the structure of the table. The model file holds no pickle.
    """
    ml.check_writable(output)
    with StageProgress("train") as progress:
        records = columns.read(file, memory=memory)
        answers = labelling.read(records)
        matcher = matching.matcher().fit(records, answers, on_stage=progress)
        matcher.save(output)
    if as_json:
        print_json({"output": output, "rows": len(records), "assumed": matcher.assumed})
        return
    say(f"wrote {output}, learned on {counted(len(records), 'record')}")
    if matcher.assumed:
        say(matcher.assumed)
