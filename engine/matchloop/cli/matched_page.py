"""The page about a matched table: what `match --report` and `report` write."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.match_run import MatchRun
from matchloop.cli.places import beside
from matchloop.errors import counted

if TYPE_CHECKING:
    from matchloop.quality.sampled_audit import HonestQuality
    from matchloop.report import MatchedReport, ThresholdRow, Tile

__all__ = ["describe_matched"]


def describe_matched(
    result: str,
    records: ml.Records,
    groups: NDArray[np.int64],
    run: MatchRun,
    answers: ml.Labels | None,
    audit: str | None,
    typed: Sequence[str] = (),
) -> MatchedReport:
    """Describe a matched table for its page.

    Parameters
    ----------
    result
        Path of the table.
    records, groups
        Its records, and the group of each.
    run
        The run over all records that matched or scored them: its groups may differ from
        ``groups`` where a person changed these.
    answers, audit
        Labels, and the draw whose answers are among them; None without any.
    typed
        Options that the table was matched with, for the commands that score it again.
    """
    from matchloop.quality.evaluation import expected_quality
    from matchloop.report import (
        MatchedReport,
        ThresholdRow,
        Tile,
        counter_evidence,
        describe_doubtful,
        describe_largest,
        size_bands,
    )

    assert run.prepared is not None  # only a batch in a folder of ids has none
    matcher, matches = run.matcher, run.matches
    scores, used = matches.scores, matcher.merges_from
    rows = [
        ThresholdRow(estimate)
        for estimate in ml.quality_by_threshold(run.prepared, matcher, matches=matches)
    ]
    expected = expected_quality(used, groups, scores, sources=records.sources)
    quality, measured = None, "None of them was measured."
    if audit is not None:
        assert answers is not None
        quality, rows = _audited(audit, records, answers, groups, rows)
        measured = (
            f"Measured figures come from {counted(quality.answered, 'answer')} to an audit, with "
            "intervals of 95 %."
        )
    sizes = np.unique(groups, return_counts=True)[1]
    matched = int(sizes[sizes > 1].sum())
    tiles = [
        Tile("records", f"{len(records):,}"),
        Tile("groups", f"{len(sizes):,}", f"{int((sizes > 1).sum()):,} of two records or more"),
        Tile("records with a match", f"{matched / len(records):.0%}", counted(matched, "record")),
        Tile("largest group", f"{int(sizes.max()):,}", "records"),
        *_quality_tiles(expected.precision, expected.recall, quality),
    ]
    against = counter_evidence(records, groups, scores, threshold=used, own=matches.match_id)
    if answers is None:
        learned = "The model learned from labels, of which none are given here"
        reason = "No label was given" if matcher.assumed else learned
        against.insert(0, f"{reason}: no person has confirmed any of these groups.")
    best = max(rows, key=lambda row: row.expected.f1).expected
    is_better = best.f1 > expected.f1 + 0.005
    if best.threshold != used and is_better:
        against.append(
            f"A threshold of {best.threshold:.2g} has a higher expected F1: {best.f1:.3f} in place "
            f"of {expected.f1:.3f}."
        )
    name = Path(result).name
    return MatchedReport(
        f"What was matched in {name}",
        f"{counted(len(records), 'record')} in {counted(len(sizes), 'group')}; "
        f"{counted(matched, 'record has', 'records have')} a match.",
        tuple(tiles),
        size_bands(groups),
        tuple(rows),
        used,
        scores.probability,
        describe_doubtful(records, groups, scores),
        describe_largest(records, groups, scores),
        _assumed(records, matcher, matches, answers),
        tuple(against),
        _commands(
            result,
            records,
            answers,
            best.threshold if is_better else used,
            used,
            typed,
            audited=audit is not None,
        ),
        f"matchloop {ml.__version__}",
        measured,
    )


def _audited(
    file: str,
    records: ml.Records,
    answers: ml.Labels,
    groups: NDArray[np.int64],
    rows: list[ThresholdRow],
) -> tuple[HonestQuality, list[ThresholdRow]]:
    """Estimate the quality of the groups, and of those at each threshold, from an audit."""
    from matchloop.quality.sampled_audit import AuditDraw, quality_of

    draw = AuditDraw.load(file)
    population, pairs, is_match = draw.judged(records, answers, groups)
    quality = quality_of(population, draw.stratum, pairs, is_match, drawn=len(draw))
    measured = []
    for row in rows:
        under, its, own = draw.judged(records, answers, row.expected.match_id)
        at = quality_of(under, draw.stratum, its, own, draws=500)
        measured.append(replace(row, precision=at.precision, recall=at.recall))
    return quality, measured


def _quality_tiles(precision: float, recall: float, quality: HonestQuality | None) -> list[Tile]:
    from matchloop.report import Tile

    if quality is None:
        return [
            Tile("expected precision", f"{precision:.3f}", "by the model, not measured"),
            Tile("expected recall", f"{recall:.3f}", "by the model, not measured"),
        ]
    return [
        Tile(
            name,
            f"{estimate.value:.3f}",
            f"95 % interval {estimate.low:.3f} to {estimate.high:.3f}",
        )
        for name, estimate in (("precision", quality.precision), ("recall", quality.recall))
    ]


def _assumed(
    records: ml.Records, matcher: ml.Matcher, matches: ml.Matches, answers: ml.Labels | None
) -> tuple[str, ...]:
    """Return what was taken for granted, a sentence each."""
    compared = ", ".join(f"{name} ({kind})" for name, kind in records.kinds.items())
    lines = [matcher.assumed] if matcher.assumed else []
    if answers is not None:
        lines.append(
            f"The labels are right: {counted(len(answers.pairs(records)), 'labelled pair')}."
        )
    lines.append(f"Records are grouped from a match probability of {matcher.merges_from:.2g} on.")
    if records.source is not None:
        lines.append(f"Records of one {records.source} are never compared with each other.")
    lines.append(f"Columns compared: {compared}.")
    return (*lines, *matches.notes)


def _commands(
    result: str,
    records: ml.Records,
    answers: ml.Labels | None,
    best: float,
    used: float,
    typed: Sequence[str],
    *,
    audited: bool,
) -> tuple[tuple[str, str], ...]:
    """Return reasons and commands, the most useful first."""
    table = f"{shlex.quote(result)} --key {shlex.quote(records.key)}"
    if records.source is not None:
        table += f" --source {shlex.quote(records.source)}"
    ask = (
        "Answer the questions that teach the model most:",
        f"matchloop ask {table} --sets 10 -o questions.csv",
    )
    measure = (
        "Measure how good the groups are, with intervals, by 100 pairs drawn at random:",
        f"matchloop ask {table} --audit 100 -o audit.csv",
    )
    move = (
        f"Group from {best:.2g} on, where the expected F1 is highest:",
        f"matchloop match {table} --threshold {best:.2g} -o matched.csv",
    )
    answered = ["--labels", beside(result, "review")]
    review = (
        "Answer the doubtful groups, here or, with --page, in the browser:",
        shlex.join(["matchloop", "review", result, "--key", records.key, *typed, *answered]),
    )
    golden = (
        "Make one row of each group, when the groups are good enough:",
        f"matchloop golden {shlex.quote(result)} --key {shlex.quote(records.key)} -o golden.csv",
    )
    first: list[tuple[str, str]] = [ask] if answers is None or audited else [measure, ask]
    if answers is None:
        first.append(measure)
    return (first[0], review, *first[1:], *([move] if best != used else []), golden)
