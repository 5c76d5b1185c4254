"""``matchloop evaluate``: how good groups are against the truth, or a model on held-out labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

import matchloop as ml
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    File,
    Key,
    Kinds,
    LabelFiles,
    PrecisionRecall,
    Seed,
    Source,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, UsageError, some

if TYPE_CHECKING:
    from matchloop.evaluation import Evaluation, PartitionQuality

__all__ = ["evaluate"]

Truth = Annotated[
    str | None,
    typer.Option(
        "--truth",
        metavar="FILE",
        help="Table with the key column and one that says what each record is, or with two columns "
        "of keys that match.",
        show_default=False,
    ),
]


def evaluate(
    file: File,
    key: Key,
    source: Source = None,
    truth: Truth = None,
    labels: LabelFiles = None,
    kinds: Kinds = None,
    block: Block = None,
    precision_recall: PrecisionRecall = 0.5,
    accuracy_cost: AccuracyCost = 0.5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Say how good a matching is.

    With --truth, compares the groups of FILE (its match_id, or a fresh matching where it has
    none) with the true ones. With --labels alone, learns from 70 % of the labelling sets and
    measures on the others, under Glue's names.
    """
    if truth is None and not labels:
        raise UsageError("evaluate needs --truth or --labels to compare with")
    with StageProgress("evaluate") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        known = read_labels_for(records, labels)
        matcher = make_matcher(
            precision_recall=precision_recall, accuracy_cost=accuracy_cost, block=block, seed=seed
        )
        if truth is not None:
            quality = _against_truth(records, truth, matcher, known, progress)
            told, lines = quality.to_dict(), _quality_lines(quality)
        else:
            assert known is not None
            metrics = ml.estimate_quality(records, known, matcher, on_stage=progress)
            told, lines = metrics.to_dict(), _metric_lines(metrics)
    if as_json:
        print_json(told)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in lines:
        table.add_row(name, value)
    Console(highlight=False).print(table)


def _against_truth(
    records: ml.Records,
    truth: str,
    matcher: ml.Matcher,
    labels: ml.Labels | None,
    progress: StageProgress,
) -> PartitionQuality:
    from matchloop.evaluation import compare_with_clusters, compare_with_pairs, pairs_of_keys
    from matchloop.io import read_table as read_any
    from matchloop.matches import MATCH_ID, match_ids_of

    given = read_any(truth)
    left_out = None
    if MATCH_ID in records.table.column_names and labels is None:
        groups = match_ids_of(records.table)
    else:
        say(f"no {MATCH_ID} to compare, so the table is matched first")
        fitted = matcher.fit(records, labels, on_stage=progress)
        groups = fitted.find_matches(records, on_stage=progress).match_id
        if labels is not None:
            pairs = labels.pairs(records)
            left_out = (pairs.left, pairs.right)
    names = given.column_names
    if records.key in names and len(names) > 1:
        entity = _entities(records, given, truth)
        return compare_with_clusters(groups, entity, sources=records.sources, left_out=left_out)
    if len(names) < 2:
        raise InputError(
            f"{truth} has one column, {some(names)}; expected '{records.key}' and what each record "
            "is, or two columns of keys"
        )
    left, right = (column.cast("string").to_pylist() for column in given.columns[:2])
    return compare_with_pairs(
        groups, pairs_of_keys(records, left, right), sources=records.sources, left_out=left_out
    )


def _entities(records: ml.Records, given: object, truth: str) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    assert isinstance(given, pa.Table)
    column = next(name for name in given.column_names if name != records.key)
    at = pc.index_in(records.keys, value_set=given[records.key].cast("string").combine_chunks())
    if at.null_count:
        missing = records.keys.filter(pc.is_null(at))
        raise InputError(
            f"{truth} lacks {len(missing)} keys of the table: {some(missing[:6].to_pylist())}; "
            "say of every record what it is"
        )
    codes = given[column].cast("string").combine_chunks().dictionary_encode().indices
    return np.asarray(codes.fill_null(-1), np.int64)[np.asarray(at, np.int64)]


def _quality_lines(quality: PartitionQuality) -> list[tuple[str, str]]:
    return [
        ("pairwise precision", f"{quality.precision:.4f}"),
        ("pairwise recall", f"{quality.recall:.4f}"),
        ("pairwise F1", f"{quality.f1:.4f}"),
        ("B-cubed precision", f"{quality.bcubed_precision:.4f}"),
        ("B-cubed recall", f"{quality.bcubed_recall:.4f}"),
        ("B-cubed F1", f"{quality.bcubed_f1:.4f}"),
        ("groups found exactly", f"{quality.exact:.4f}"),
        ("groups", f"{quality.groups.groups:,}"),
        ("groups in truth", f"{quality.truth.groups:,}"),
    ]


def _metric_lines(quality: Evaluation) -> list[tuple[str, str]]:
    matrix = quality.confusion_matrix
    lines = [
        ("area under the precision-recall curve", f"{quality.area_under_pr_curve:.4f}"),
        ("precision", f"{quality.precision:.4f}"),
        ("recall", f"{quality.recall:.4f}"),
        ("highest F1", f"{quality.f1:.4f}"),
        ("true positives", f"{matrix.NumTruePositives:,}"),
        ("false positives", f"{matrix.NumFalsePositives:,}"),
        ("true negatives", f"{matrix.NumTrueNegatives:,}"),
        ("false negatives", f"{matrix.NumFalseNegatives:,}"),
        ("sets learned from", f"{quality.train_sets:,}"),
        ("sets measured on", f"{quality.test_sets:,}"),
    ]
    for name, importance in quality.column_importances.items():
        lines.append((f"importance of {name}", f"{importance:.3f}"))
    return lines
