"""``matchloop explain``: why two records match, or do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

import matchloop as ml
from matchloop.cli.options import (
    AsJson,
    File,
    Kinds,
    LabelFiles,
    LabelsAre,
    Model,
    OptionalKey,
    Seed,
    Source,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.waterfall import waterfall
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError

if TYPE_CHECKING:
    from matchloop.matching.backends import PreparedTable

__all__ = ["explain"]

Left = Annotated[
    str | None,
    typer.Argument(metavar="LEFT_KEY", help="Key of one record.", show_default=False),
]
Right = Annotated[
    str | None,
    typer.Argument(metavar="RIGHT_KEY", help="Key of the other record.", show_default=False),
]
Doubtful = Annotated[
    int | None,
    typer.Option(
        "--doubtful",
        metavar="N",
        min=1,
        help="Explain the N most doubtful pairs, in place of two records: those without a label "
        "whose probability is closest to the threshold.",
        show_default=False,
    ),
]


TaughtByOption = Annotated[
    bool,
    typer.Option(
        "--taught-by",
        help="Name the labels and sets that weigh most; learns about a dozen models anew.",
    ),
]


@reads_tables
def explain(
    file: File,
    key: OptionalKey = None,
    left_key: Left = None,
    right_key: Right = None,
    doubtful: Doubtful = None,
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

    Draws what each column adds to the probability, or takes from it. With --doubtful explains the
    pairs closest to the threshold. With --labels and --taught-by
    also says which labels weigh most, and what the model would say without them.
    """
    if doubtful is None and right_key is None:
        raise UsageError("explain needs the keys of two records, or --doubtful N")
    if doubtful is not None and left_key is not None:
        raise UsageError("two records and --doubtful were both given; give one of them")
    if doubtful is not None and taught_by:
        raise UsageError("--taught-by is of one pair; give the keys of two records")
    if taught_by and not labels:
        raise UsageError("--taught-by needs --labels: a model no longer holds what taught it")
    if model is not None and labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    with StageProgress("explain") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        known = None
        if model is not None:
            matcher = ml.Matcher.load(model)
        else:
            known = read_labels_for(records, labels, labels_are)
            matcher = make_matcher(seed=seed).fit(records, known, on_stage=progress)
        prepared = matcher.prepare(records)
        taught = None
        if doubtful is not None:
            pairs = _doubtful(prepared, matcher, known, doubtful)
        else:
            assert left_key is not None
            assert right_key is not None
            pairs = [(left_key, right_key)]
        explained = matcher.explain_pairs(prepared, pairs)
        if taught_by:
            from matchloop.matching.backends import prepare
            from matchloop.quality.label_checks import taught_by as find_teachers

            assert known is not None
            taught = find_teachers(prepare(records), known, *pairs[0], seed=seed)
    if as_json and doubtful is not None:
        print_json([one.to_dict() for one in explained])
        return
    if as_json:
        told = explained[0].to_dict()
        print_json(told if taught is None else {**told, "taught_by": taught.to_dict()})
        return
    console = Console(highlight=False)
    for number, explanation in enumerate(explained):
        if number:
            console.print()
        console.print(waterfall(explanation))
    if not explained:
        say("there is no pair in doubt: no pair without a label was compared")
    if taught is not None:
        for line in taught.lines():
            console.print(line, markup=False)


def _doubtful(
    prepared: PreparedTable, matcher: ml.Matcher, known: ml.Labels | None, count: int
) -> list[tuple[str, str]]:
    """Return the keys of the pairs without a label that are closest to the threshold."""
    scores = matcher.score(prepared)
    far = np.abs(scores.probability.astype(np.float64) - matcher.merges_from)
    if known is not None:
        far[np.isin(scores.pairs.ids(), known.pairs(prepared.records).ids())] = np.inf
    at = np.argsort(far, kind="stable")[:count]
    at = at[np.isfinite(far[at])]
    keys = prepared.records.keys
    left, right = (
        keys.take(pa.array(ends[at])) for ends in (scores.pairs.left, scores.pairs.right)
    )
    return list(zip(left.to_pylist(), right.to_pylist(), strict=True))
