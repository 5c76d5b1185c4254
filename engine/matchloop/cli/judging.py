"""The results of ``matchloop evaluate``, as plain values for JSON and as the content of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.progress import StageProgress
from matchloop.data.matches import CONFIDENCE, MATCH_ID
from matchloop.data.pairs import Scores, pair_ids, unpacked
from matchloop.errors import InputError

if TYPE_CHECKING:
    from matchloop.quality.evaluation import Evaluation, PairQuality, PartitionQuality
    from matchloop.quality.sampled_audit import (
        CalibrationBin,
        HonestQuality,
        Interval,
        QualityPoint,
    )
    from matchloop.report import QualityReport, ThresholdRow, WrongPair

__all__ = ["Told", "by_audit", "by_judged", "by_labels", "by_truth"]

Told: TypeAlias = "tuple[dict[str, Any], QualityReport]"

Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

SHOWN = 100
"""Wrong pairs that are told at most."""

COUNTED = "none: counted, not estimated"

BIASED = (
    "the estimate on held-out labels is biased: the rows were chosen because they are hard, so it "
    "can be far too low, or far too high; blocking and groups are left out"
)


HONEST = (
    "Draw an audit, answer it and evaluate with it: matchloop ask --audit 100, then matchloop "
    "evaluate --audit."
)


def by_truth(
    records: ml.Records,
    judge: Callable[[NDArray[np.int64]], PartitionQuality],
    groups: NDArray[np.int64],
    true: NDArray[np.int64],
    matcher: ml.Matcher | None,
    matches: ml.Matches | None,
    rng: np.random.Generator,
) -> Told:
    """Measure the quality of groups against the true pairs.

    Parameters
    ----------
    records
        The table.
    judge
        Compares a grouping with the truth.
    groups
        Group of each record.
    true
        Numbers of the true pairs.
    matcher, matches
        The matcher and its result; None where the groups came with the table.
    rng
        Draws some of the pairs of very large groups.
    """
    from matchloop.quality.sampled_audit import known_calibration, known_curve, pairs_inside
    from matchloop.report import QualityReport, ThresholdRow, Tile

    quality = judge(groups)
    scores = None if matches is None else matches.scores
    inside = pair_ids(*pairs_inside(groups, records.sources, rng))
    wrongly = inside[~np.isin(inside, true)]
    left, right = unpacked(true)
    apart = true[groups[left] != groups[right]]
    notes = []
    curve: tuple[QualityPoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    if scores is not None:
        is_match = np.isin(scores.pairs.ids(), true)
        missed = len(true) - int(is_match.sum())
        curve = known_curve(scores.probability, is_match, missed)
        calibration = known_calibration(scores.probability, is_match)
        notes.append(f"{missed:,} of {len(true):,} true pairs were never compared")
    else:
        notes.append("the groups came with the table, so there are no scores to draw a curve of")
    figures = [
        ("pairwise precision", f"{quality.precision:.4f}"),
        ("pairwise recall", f"{quality.recall:.4f}"),
        ("pairwise F1", f"{quality.f1:.4f}"),
        ("B-cubed precision", f"{quality.bcubed_precision:.4f}"),
        ("B-cubed recall", f"{quality.bcubed_recall:.4f}"),
        ("B-cubed F1", f"{quality.bcubed_f1:.4f}"),
        ("groups of several found exactly", f"{quality.exact:.4f}"),
        ("groups", f"{quality.groups.groups:,}"),
        ("groups in truth", f"{quality.truth.groups:,}"),
    ]
    thresholds: tuple[ThresholdRow, ...] = ()
    if matcher is not None and matches is not None:
        qualities = ml.quality_by_threshold(records, matcher, matches=matches)
        at_each = [judge(expected.match_id) for expected in qualities]
        thresholds = tuple(
            ThresholdRow(expected, _counted(it.precision), _counted(it.recall))
            for expected, it in zip(qualities, at_each, strict=True)
        )
    report = QualityReport(
        "How good the groups are",
        f"{len(records):,} records, held against the truth.",
        tuple(Tile(name, value) for name, value in figures[:3]),
        tuple((name, value, COUNTED) for name, value in figures),
        curve,
        calibration,
        _wrong(records, wrongly, apart, scores),
        {} if matcher is None else _ordered(matcher.column_importances),
        tuple(notes),
        _made_with(),
        thresholds,
        None if matcher is None else matcher.merges_from,
    )
    return quality.to_dict(), report


def by_judged(
    records: ml.Records,
    quality: PairQuality,
    groups: NDArray[np.int64],
    matches: Pairs,
    others: Pairs,
) -> Told:
    """Measure the quality of groups on the pairs that have an answer, and on no others."""
    from matchloop.report import QualityReport, Tile

    count = len(matches[0]) + len(others[0])
    figures = [
        ("pairwise precision", f"{quality.precision:.4f}"),
        ("pairwise recall", f"{quality.recall:.4f}"),
        ("pairwise F1", f"{quality.f1:.4f}"),
        ("pairs judged", f"{count:,}"),
        ("pairs that match", f"{quality.true:,}"),
    ]
    ids, other_ids = pair_ids(*matches), pair_ids(*others)
    apart = groups[matches[0]] != groups[matches[1]]
    together = groups[others[0]] == groups[others[1]]
    report = QualityReport(
        "How good the groups are",
        f"{len(records):,} records, held against {count:,} judged pairs.",
        tuple(Tile(name, value) for name, value in figures[:3]),
        tuple((name, value, COUNTED) for name, value in figures),
        wrong=_wrong(records, other_ids[together], ids[apart], None),
        notes=(
            "the truth has answers on some pairs: other pairs were not judged, so that no figure "
            "speaks for the whole table",
        ),
        made_with=_made_with(),
    )
    return {"pairs": quality.to_dict(), "judged": count}, report


def by_audit(
    records: ml.Records,
    labels: ml.Labels,
    matcher: ml.Matcher,
    file: str,
    progress: StageProgress,
) -> Told:
    """Estimate the quality of groups from the answers to a sampled audit."""
    from matchloop.quality.sampled_audit import (
        AuditDraw,
        audited_calibration,
        audited_curve,
        quality_of,
    )
    from matchloop.report import QualityReport, ThresholdRow, Tile

    draw = AuditDraw.load(file)
    prepared = matcher.prepare(records, on_stage=progress)
    loaded = matcher.is_fitted
    fitted = matcher if loaded else matcher.fit(prepared, labels, on_stage=progress)
    matches = fitted.find_matches(prepared, on_stage=progress)
    population, pairs, is_match = draw.judged(records, labels, matches.match_id)
    quality = quality_of(population, draw.stratum, pairs, is_match, drawn=len(draw))
    held = None
    if not loaded:
        try:
            held = ml.estimate_quality(prepared, labels, matcher, on_stage=progress)
        except InputError:
            held = None  # too few sets to hold some out
    at = pairs[is_match != population.together[pairs]]
    ids, together = population.ids()[at], population.together[at]
    spoken = draw.weights[np.isin(draw.drawn, pairs)]
    figures = _audit_figures(quality, held)
    thresholds = []
    for expected in ml.quality_by_threshold(prepared, fitted, matches=matches):
        under, its, answers = draw.judged(records, labels, expected.match_id)
        measured = quality_of(under, draw.stratum, its, answers, draws=500)
        thresholds.append(ThresholdRow(expected, measured.precision, measured.recall))
    report = QualityReport(
        "How good the groups are",
        f"{len(records):,} records; estimated from {quality.answered:,} pairs drawn by design, "
        "which nothing learned from.",
        tuple(
            Tile(
                name,
                f"{estimate.value:.3f}",
                f"95 % interval {estimate.low:.3f} to {estimate.high:.3f}",
            )
            for name, estimate in (
                ("precision", quality.precision),
                ("recall", quality.recall),
                ("F1", quality.f1),
            )
        ),
        figures,
        audited_curve(population, draw.stratum, pairs, is_match),
        audited_calibration(population, pairs, is_match, spoken),
        _wrong(records, ids[together], ids[~together], matches.scores),
        _ordered(fitted.column_importances),
        (*quality.notes, *([BIASED] if held is not None else [])),
        _made_with(),
        tuple(thresholds),
        fitted.merges_from,
    )
    values: dict[str, Any] = {"audit": quality.to_dict(), "held_out": None}
    if held is not None:
        values["held_out"] = {"biased": True, **held.to_dict()}
    return values, report


def by_labels(
    records: ml.Records, labels: ml.Labels, matcher: ml.Matcher, progress: StageProgress
) -> Told:
    """Compute Glue's metrics on held-out labels, and list the labels that the groups contradict."""
    from matchloop.report import QualityReport, ThresholdRow, Tile

    prepared = matcher.prepare(records, on_stage=progress)
    metrics = ml.estimate_quality(prepared, labels, matcher, on_stage=progress)
    fitted = matcher.fit(prepared, labels)
    matches = fitted.find_matches(prepared)
    pairs = labels.pairs(records)
    together = matches.match_id[pairs.left] == matches.match_id[pairs.right]
    ids, against = pairs.ids(), together != pairs.is_match
    lines = _metric_lines(metrics)
    report = QualityReport(
        "What held-out labels say",
        f"{metrics.test_sets:,} labelling sets were measured on, {metrics.train_sets:,} learned "
        "from, as Glue does. This is no estimate of the quality of the groups.",
        (
            Tile("labelled pairs", f"{len(pairs):,}", "counted"),
            Tile("labels that the groups contradict", f"{int(against.sum()):,}", "counted"),
            *(Tile(name, value, "biased", is_biased=True) for name, value, _ in lines[1:4]),
        ),
        lines,
        wrong=_wrong(records, ids[against & together], ids[against & ~together], None),
        importances=metrics.column_importances,
        notes=(BIASED, HONEST),
        made_with=_made_with(),
        thresholds=tuple(
            ThresholdRow(expected)
            for expected in ml.quality_by_threshold(prepared, fitted, matches=matches)
        ),
        threshold=fitted.merges_from,
        warning=f"Nothing on this page says how good the groups are. {HONEST}",
    )
    return {**metrics.to_dict(), "biased": True}, report


def _counted(value: float) -> Interval:
    from matchloop.quality.sampled_audit import Interval

    return Interval(value, value, value)


def _audit_figures(
    quality: HonestQuality, held: Evaluation | None
) -> tuple[tuple[str, str, str], ...]:
    estimated = [
        ("pairwise precision", quality.precision),
        ("pairwise recall, blocking's losses included", quality.recall),
        ("pairwise F1", quality.f1),
        ("recall of what twice the blocking finds", quality.reached_recall),
        ("F1 on what twice the blocking finds", quality.reached_f1),
        ("share of matches that blocking finds", quality.blocking_recall),
        ("B-cubed precision", quality.bcubed_precision),
    ]
    lines = [
        (name, f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}")
        if estimate is not None
        else (name, "-", "none: groups hold several records of one source, never asked")
        for name, estimate in estimated
    ]
    lines.append(("B-cubed recall", "-", "none: pairs do not tell how large a true group is"))
    all_ = quality.matches
    lines.append(
        ("matches in the table", f"{all_.value:,.0f}", f"{all_.low:,.0f} to {all_.high:,.0f}")
    )
    lines.append(("pairs joined", f"{quality.predicted:,}", COUNTED))
    lines.append(("audit pairs answered", f"{quality.answered:,} of {quality.asked:,}", COUNTED))
    if held is not None:
        lines.append(("F1 on held-out labels", f"{held.f1:.3f}", "none: biased, see the notes"))
    return tuple(lines)


def _metric_lines(quality: Evaluation) -> tuple[tuple[str, str, str], ...]:
    matrix = quality.confusion_matrix
    biased = "none: biased, see the notes"
    return (
        ("area under the precision-recall curve", f"{quality.area_under_pr_curve:.4f}", biased),
        ("precision", f"{quality.precision:.4f}", biased),
        ("recall", f"{quality.recall:.4f}", biased),
        ("highest F1", f"{quality.f1:.4f}", biased),
        ("true positives", f"{matrix.NumTruePositives:,}", COUNTED),
        ("false positives", f"{matrix.NumFalsePositives:,}", COUNTED),
        ("true negatives", f"{matrix.NumTrueNegatives:,}", COUNTED),
        ("false negatives", f"{matrix.NumFalseNegatives:,}", COUNTED),
        ("sets learned from", f"{quality.train_sets:,}", COUNTED),
        ("sets measured on", f"{quality.test_sets:,}", COUNTED),
    )


def _wrong(
    records: ml.Records,
    wrongly: NDArray[np.int64],
    apart: NDArray[np.int64],
    scores: Scores | None,
) -> tuple[WrongPair, ...]:
    """List wrong pairs by how sure the model was, false matches and missed matches in turn."""
    from matchloop.report import Differing, WrongPair

    shown = []
    differing = Differing(records) if len(wrongly) + len(apart) else None
    for ids, together in ((wrongly, True), (apart, False)):
        first, second = unpacked(ids)
        probability = _probability(ids, scores)
        sure = np.nan_to_num(probability if together else 1 - probability, nan=0.0)
        for at in np.argsort(-sure, kind="stable")[: SHOWN // 2]:
            rows = int(first[at]), int(second[at])
            left, right = (_values(records, row) for row in rows)
            value = None if np.isnan(probability[at]) else float(probability[at])
            columns = () if differing is None else differing.columns(*rows)
            compared = None if scores is None else value is not None
            agreeing = tuple(name for name in columns if name in left)
            shown.append(WrongPair(together, value, left, right, agreeing, compared))
    kinds = [[pair for pair in shown if pair.together is together] for together in (True, False)]
    mixed = [pair for both in zip(*kinds, strict=False) for pair in both]
    rest = min(len(kind) for kind in kinds)
    return tuple(mixed + kinds[0][rest:] + kinds[1][rest:])


def _probability(ids: NDArray[np.int64], scores: Scores | None) -> NDArray[np.float64]:
    probability = np.full(len(ids), np.nan)
    if scores is None or len(scores) == 0:
        return probability
    own = scores.pairs.ids()
    at = np.minimum(np.searchsorted(own, ids), len(own) - 1)
    is_scored = own[at] == ids
    probability[is_scored] = scores.probability[at[is_scored]]
    return probability


def _values(records: ml.Records, row: int) -> dict[str, str | None]:
    own = (records.key, MATCH_ID, CONFIDENCE)
    names = [records.key, *(name for name in records.table.column_names if name not in own)]
    values = ((name, records.table[name][row].as_py()) for name in names)
    return {name: None if value is None else str(value) for name, value in values}


def _ordered(importances: dict[str, float]) -> dict[str, float]:
    return dict(sorted(importances.items(), key=lambda item: (-item[1], item[0])))


def _made_with() -> str:
    return f"matchloop {ml.__version__}"
