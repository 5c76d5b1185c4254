"""``matchloop explain``: why two records match, or do not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

import matchloop as ml
from matchloop.cli.options import (
    AsJson,
    File,
    Key,
    Kinds,
    LabelFiles,
    LabelsAre,
    Model,
    Seed,
    Source,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.waterfall import waterfall
from matchloop.cli.words import print_json
from matchloop.errors import UsageError

__all__ = ["explain"]

Left = Annotated[
    str, typer.Argument(metavar="LEFT_KEY", help="Key of one record.", show_default=False)
]
Right = Annotated[
    str, typer.Argument(metavar="RIGHT_KEY", help="Key of the other record.", show_default=False)
]


TaughtByOption = Annotated[
    bool,
    typer.Option(
        "--taught-by",
        help="Name the labels and sets that weigh most; learns about a dozen models anew.",
    ),
]


def explain(
    file: File,
    left_key: Left,
    right_key: Right,
    key: Key,
    source: Source = None,
    labels: LabelFiles = None,
    labels_are: LabelsAre = None,
    model: Model = None,
    kinds: Kinds = None,
    taught_by: TaughtByOption = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Explain why two records match, or do not.

    Draws what each column adds to the probability, or takes from it. With --labels and --taught-by
    also says which labels weigh most, and what the model would say without them.
    """
    if taught_by and not labels:
        raise UsageError("--taught-by needs --labels: a model no longer holds what taught it")
    if model is not None and labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    with StageProgress("explain") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        if model is not None:
            matcher = ml.Matcher.load(model)
        else:
            known = read_labels_for(records, labels, labels_are)
            matcher = make_matcher(seed=seed).fit(records, known, on_stage=progress)
        explanation = matcher.explain(records, left_key, right_key)
        taught = None
        if taught_by:
            from matchloop.backends import prepare
            from matchloop.label_audit import taught_by as find_teachers

            assert known is not None
            taught = find_teachers(prepare(records), known, left_key, right_key, seed=seed)
    if as_json:
        told = explanation.to_dict()
        print_json(told if taught is None else {**told, "taught_by": taught.to_dict()})
        return
    console = Console(highlight=False)
    console.print(waterfall(explanation))
    if taught is not None:
        for line in taught.lines():
            console.print(line, markup=False)
