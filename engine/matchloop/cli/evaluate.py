"""``matchloop evaluate``: how good groups are against the truth, or a model on held-out labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

import matchloop as ml
from matchloop.active_learning.stopping import count_changed
from matchloop.cli.columns import tell
from matchloop.cli.figures import print_figures
from matchloop.cli.judging import Told, by_audit, by_judged, by_labels, by_truth
from matchloop.cli.matching_options import MatchingOptions
from matchloop.cli.option_groups import OptionGroup, takes_groups
from matchloop.cli.options import (
    AsJson,
    File,
    Html,
    Model,
    Truth,
    TruthColumns,
    read_truth_for,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import reads_tables
from matchloop.cli.table_options import Columns, Labelling
from matchloop.cli.thresholds import print_thresholds
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError

if TYPE_CHECKING:
    from matchloop.quality.evaluation import GivenTruth, PartitionQuality

__all__ = ["evaluate"]

Audit = Annotated[
    str | None,
    typer.Option(
        "--audit",
        metavar="FILE",
        help="What `ask --audit` kept beside its questions; their answers come with --labels.",
        show_default=False,
    ),
]


@reads_tables
@takes_groups
def evaluate(
    context: typer.Context,
    file: File,
    *,
    columns: Columns,
    truth: Truth = None,
    truth_columns: TruthColumns = None,
    labelling: Labelling,
    audit: Audit = None,
    model: Model = None,
    html: Html = None,
    matching: Annotated[
        MatchingOptions, OptionGroup(without=("enforce_labels", "per_source", "max_size"))
    ],
    as_json: AsJson = False,
) -> None:
    """Measure how good a matching is.

    With --truth, compares the groups of FILE (its match_id, or a fresh matching where it has
    none) with the true ones. With --audit, estimates quality, with intervals, from the answers to
    the questions that `ask --audit` drew. With --labels alone, learns from 70 % of the labelling
    sets and measures on the others, under Glue's names: that is biased where the rows were chosen
    because they teach most.
    """
    if truth is None and not labelling.labels:
        raise UsageError("evaluate needs --truth or --labels to compare with")
    if truth is None and truth_columns is not None:
        raise UsageError("--truth-columns was given without --truth")
    if truth is not None and audit is not None:
        raise UsageError("--truth and --audit were both given; with the truth nothing is estimated")
    if model is not None and truth is None and audit is None:
        raise UsageError("--model needs --truth or --audit: Glue's estimate trains its own model")
    if html is not None:
        ml.check_writable(html)
    with StageProgress("evaluate") as progress:
        records = columns.read(file)
        answers = labelling.read(records)
        matcher = matching.matcher_of(context, model)
        if truth is not None:
            true = read_truth_for(records, truth, truth_columns)
            values, report = _against_truth(records, true, matcher, answers, progress)
        elif audit is not None:
            assert answers is not None
            values, report = by_audit(records, answers, matcher, audit, progress)
        else:
            assert answers is not None
            values, report = by_labels(records, answers, matcher, progress)
        changed = count_changed(answers, records)
        if changed is not None:
            values = {**values, "changed": changed.to_dict()}
            report = replace(report, notes=(*report.notes, changed.line()))
        if html is not None:
            from matchloop.report import write_quality_report

            named = replace(report, subtitle=f"{file}: {report.subtitle}")
            write_quality_report(named, html)
            say(f"wrote {html}")
    if as_json:
        print_json({**values, **report.to_dict()})
        return
    print_figures(report)
    if report.thresholds and report.threshold is not None:
        tell()
        print_thresholds(report.thresholds, report.threshold, report.expectation)
    for note in report.notes:
        say(f"note: {note}")


def _against_truth(
    records: ml.Records,
    true: GivenTruth,
    matcher: ml.Matcher,
    labels: ml.Labels | None,
    progress: StageProgress,
) -> Told:
    from matchloop.data.matches import MATCH_ID, match_ids_of
    from matchloop.data.pairs import pair_ids
    from matchloop.quality.evaluation import (
        compare_on_pairs,
        compare_with_clusters,
        compare_with_pairs,
    )
    from matchloop.quality.sampled_audit import pairs_inside

    left_out, fitted, matches = None, None, None
    if MATCH_ID in records.table.column_names and labels is None and not matcher.is_fitted:
        groups = match_ids_of(records.table)
    else:
        if not matcher.is_fitted:
            say(f"no {MATCH_ID} to compare, so the table is matched first")
        fitted = matcher if matcher.is_fitted else matcher.fit(records, labels, on_stage=progress)
        matches = fitted.find_matches(records, on_stage=progress)
        groups = matches.match_id
        if labels is not None:
            pairs = labels.pairs(records)
            left_out = (pairs.left, pairs.right)
    if true.pairs is not None and true.others is not None:
        judged = compare_on_pairs(
            groups, true.pairs, true.others, sources=records.sources, left_out=left_out
        )
        return by_judged(records, judged, groups, true.pairs, true.others)
    rng = np.random.default_rng(0)
    sources = records.sources

    def judge(judged: NDArray[np.int64]) -> PartitionQuality:
        if true.pairs is None:
            return compare_with_clusters(judged, true.groups, sources=sources, left_out=left_out)
        return compare_with_pairs(judged, true.pairs, sources=sources, left_out=left_out)

    if true.pairs is None:
        together = pair_ids(*pairs_inside(true.groups, sources, rng))
    else:
        together = np.unique(pair_ids(*true.pairs))
    return by_truth(records, judge, groups, together, fitted, matches, rng)
