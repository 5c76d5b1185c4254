"""Estimate the quality of a transform's groups from the answers to its sampled audit."""

from __future__ import annotations

from datetime import UTC, datetime

from matchloop.errors import InputError
from matchloop.quality.sampled_audit import quality_of
from matchloop_api.labelling.advice import intervals_of, keep_advice
from matchloop_api.store import Transaction
from matchloop_api.tasks.parameters import check_ready, matcher_of
from matchloop_api.tasks.reports import keep_report, kept_draw, read_draw
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["honest_quality"]

_BIASED = (
    "these rows were chosen because they are hard, so the estimate is often far too low, and for "
    "recall sometimes too high; blocking and groups are left out"
)


def honest_quality(work: Work) -> Commit:
    """Report precision, recall and F1 with intervals, beside Glue's metrics if there are any.

    The groups are those that a find-matches run would return now.

    Raises
    ------
    MatchloopError
        There is no audit, it has no answers, or the table has changed.
    """
    transform = work.transform()
    check_ready(transform)
    with work.store.reading() as tx:
        payload = kept_draw(tx, transform.id)
    if payload is None:
        raise InputError("the transform has no audit; start one with StartAuditDrawTaskRun")
    draw = read_draw(work.store, payload)
    records, labels = read_taught(work, transform)
    if labels is None:
        raise InputError("the transform has no labels; import some first")
    matcher = matcher_of(transform)
    prepared = compare_pairs(work, records, matcher)
    fitted = matcher.fit(prepared, labels, on_stage=work.on_stage)
    matches = fitted.find_matches(prepared, on_stage=work.on_stage)
    work.on_stage("estimate", 0.0)
    population, questions, answers = draw.judged(records, labels, matches.match_id)
    quality = quality_of(population, draw.stratum, questions, answers, drawn=len(draw))
    work.log(
        f"precision {quality.precision}, recall {quality.recall}, F1 {quality.f1} "
        f"({quality.reached_f1} on what twice the blocking finds); "
        f"{quality.answered} of {quality.asked} pairs answered"
    )
    report = {"audit": quality.to_dict(), "held_out": None}
    if transform.evaluation is not None:
        report["held_out"] = {
            **transform.evaluation["FindMatchesMetrics"],
            "biased": True,
            "note": _BIASED,
        }

    def commit(tx: Transaction) -> None:
        keep_report(tx, work.run, report)
        estimate = {"estimate": intervals_of(quality)}
        keep_advice(tx, transform.id, estimate, now=datetime.now(UTC))

    return commit
