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


def explain(
    file: File,
    left_key: Left,
    right_key: Right,
    key: Key,
    source: Source = None,
    labels: LabelFiles = None,
    model: Model = None,
    kinds: Kinds = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Explain why two records match, or do not.

    Draws what each column adds to the probability, or takes from it.
    """
    if model is not None and labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    with StageProgress("explain") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        if model is not None:
            matcher = ml.Matcher.load(model)
        else:
            known = read_labels_for(records, labels)
            matcher = make_matcher(seed=seed).fit(records, known, on_stage=progress)
        explanation = matcher.explain(records, left_key, right_key)
    if as_json:
        print_json(explanation.to_dict())
    else:
        Console(highlight=False).print(waterfall(explanation))
