"""``matchloop train``: learn from labels and save the model."""

from __future__ import annotations

from typing import Annotated

import typer

import matchloop as ml
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    EnforceLabels,
    File,
    Kinds,
    LabelFiles,
    LabelsAre,
    MaxSize,
    MemoryLimit,
    OptionalKey,
    PerSource,
    PrecisionRecall,
    Seed,
    Source,
    Threshold,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.words import print_json, say
from matchloop.errors import counted

__all__ = ["train"]

Output = Annotated[
    str,
    typer.Option("--output", "-o", metavar="FILE", help="Model file to write.", show_default=False),
]


@reads_tables
def train(
    file: File,
    output: Output,
    key: OptionalKey = None,
    source: Source = None,
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
    kinds: Kinds = None,
    block: Block = None,
    precision_recall: PrecisionRecall = None,
    threshold: Threshold = None,
    accuracy_cost: AccuracyCost = 0.5,
    enforce_labels: EnforceLabels = False,
    per_source: PerSource = "many",
    max_size: MaxSize = None,
    memory: MemoryLimit = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn from labels and save the model.

    Without --labels, fits the structure of the table. The model file holds no pickle.
    """
    ml.check_writable(output)
    with StageProgress("train") as progress:
        records = read_table(file, key, source=source, kinds=kinds, memory=memory)
        answers = read_labels_for(records, labels, labels_are)
        matcher = make_matcher(
            precision_recall=precision_recall,
            threshold=threshold,
            accuracy_cost=accuracy_cost,
            enforce_labels=enforce_labels,
            per_source=per_source,
            max_size=max_size,
            block=block,
            seed=seed,
        ).fit(records, answers, on_stage=progress)
        matcher.save(output)
    if as_json:
        print_json({"output": output, "rows": len(records), "assumed": matcher.assumed})
        return
    say(f"wrote {output}, learned on {counted(len(records), 'record')}")
    if matcher.assumed:
        say(matcher.assumed)
