"""Generate a labelling file: the rows with the highest utility, with an empty label column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop import LabelingLoop, Records
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import LABELING_SET_ID, Labels
from matchloop.data.labels.columns import check_names
from matchloop.errors import InputError, counted
from matchloop_api.labelling.advice import keep_advice
from matchloop_api.labelling.changes import changed_groups
from matchloop_api.labelling.contents import Contents
from matchloop_api.labelling.doubting import advice_line, groups_of, second_look_sets
from matchloop_api.labelling.guide import guide_of
from matchloop_api.labelling.queue import add_sets
from matchloop_api.labelling.tables import rows_at, table_of
from matchloop_api.ledger import current_labels
from matchloop_api.places import join
from matchloop_api.store import RunQuery, RunStatus, RunType, TaskRun, Transaction
from matchloop_api.tasks.naming import file_name, number_of
from matchloop_api.tasks.outputs import write_labelling
from matchloop_api.tasks.parameters import key_of, matcher_of
from matchloop_api.tasks.reports import kept_draw, read_draw
from matchloop_api.tasks.state import Kept
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["generate"]

SETS = 10
ROWS = 10
FILES = 5
"""Latest files whose unanswered rows are not asked about again."""

ENOUGH = 5
"""Times the rows of a file that must be left to ask about, for others to be left out."""


def generate(work: Work) -> Commit | None:
    """Write about ten sets of about ten rows below ``OutputS3Path`` and queue them for the page.

    The seed and the names derive from the run's id. So another run asks other questions, and a
    second attempt of this run asks the same ones.

    Raises
    ------
    MatchloopError
        The table cannot be read, or no question is left.
    """
    transform = work.transform()
    records, labels = read_taught(work, transform)
    check_names(records.table.column_names)
    seed = number_of(work.run)
    matcher = matcher_of(transform, seed=seed)
    prepared = compare_pairs(work, records, matcher)
    loop = LabelingLoop(
        prepared,
        labels,
        seed=seed,
        matcher=matcher,
        askable=_askable(records, labels, _asked_lately(work)),
    )
    for rows in _measuring(work, records):
        loop.pass_over(rows)
    questions = loop.ask(sets=SETS, rows=ROWS, on_stage=work.on_stage)
    if len(questions) == 0:
        raise InputError(
            f"the table of {len(records):,} rows has nothing left to ask about: every pair that "
            "could match has a label"
        )
    work.on_stage("write", 0.0)
    uri = join(str(work.run.arguments["OutputS3Path"]), file_name(work.run, "labelingset"))
    table = _with_own_ids(questions, work.run.id)
    work.checkpoint(asked=records.keys.take(pa.array(questions.positions)).to_pylist())
    write_labelling(work, table, uri, key=key_of(transform))
    work.log(
        f"wrote {uri}: {counted(len(questions), 'row')} in {counted(len(questions.sets), 'set')}"
    )
    with work.store.reading() as tx:
        guide = guide_of(tx, transform.id)
        is_page_used = bool(tx.label_queue.opinions(transform.id))
    sets = _for_the_page(questions, table, _rounds_before(work))
    if guide["assisted"]:
        sets = [
            replace(contents, proposed=groups_of(loop, rows))
            for contents, rows in zip(sets, questions.sets, strict=True)
        ]
    advice = {}
    if is_page_used and loop.labels is not None:
        before = LabelingLoop(prepared, _labels_before(work, records), seed=seed, matcher=matcher)
        advice = _advice(loop, before)
        advice["doubted"] = list(second_look_sets(prepared, loop.labels))

    def commit(tx: Transaction) -> None:
        add_sets(tx, transform.id, sets, wanted=guide["people"])
        if advice:
            keep_advice(tx, transform.id, advice, now=datetime.now(UTC))

    return commit


def _advice(loop: LabelingLoop, before: LabelingLoop) -> dict[str, Any]:
    """Return what the end page shows of the model.

    ``before`` knows the labels of the run before, for the groups that newer ones changed.
    """
    outlook = loop.outlook(SETS * ROWS)
    groups = loop.match().match_id
    return {
        "advice": advice_line(outlook),
        "enough": outlook.stop,
        "groups": len(np.unique(groups)),
        "changed": changed_groups(loop.records, before.match().match_id, groups),
    }


def _labels_before(work: Work, records: Records) -> Labels | None:
    """Return the labels that the run of questions before this one learned from."""
    runs = _questions_before(work, limit=1)
    if not runs:
        return None
    with work.store.reading() as tx:
        labels = current_labels(
            tx, str(work.run.transform_id), key=records.key, at=runs[0].started_at
        )
    return None if labels is None or labels.of_audit.all() else labels


def _rounds_before(work: Work) -> int:
    """Return how many rounds of questions the transform had before this run."""
    return len(_questions_before(work, limit=10_000))


def _questions_before(work: Work, *, limit: int) -> Sequence[TaskRun]:
    """Return the transform's latest successful runs of questions."""
    query = RunQuery(
        transform_id=str(work.run.transform_id),
        type=RunType.LABELING_SET_GENERATION,
        status=RunStatus.SUCCEEDED,
        limit=limit,
    )
    with work.store.reading() as tx:
        return tx.runs.find(query)


def _for_the_page(questions: LabelingSet, table: pa.Table, round_: int) -> list[Contents]:
    """Return the sets of a file in the form of the labelling page's queue."""
    ids = list(dict.fromkeys(table[LABELING_SET_ID].to_pylist()))
    columns = table_of(questions.records)
    return [
        Contents(
            name=name,
            table=columns,
            rows=rows_at(questions.records, rows),
            round=round_,
            strategy=questions.strategy,
        )
        for name, rows in zip(ids, questions.sets, strict=True)
    ]


def _measuring(work: Work, records: Records) -> NDArray[np.int32]:
    """Return the pairs of the transform's audit; they are held out."""
    none = np.empty((0, 2), np.int32)
    with work.store.reading() as tx:
        payload = kept_draw(tx, str(work.run.transform_id))
    if payload is None:
        return none
    draw = read_draw(work.store, payload)
    return np.column_stack(draw.pairs) if draw.is_of(records) else none


def _asked_lately(work: Work) -> list[str]:
    """Return the keys of the rows that the transform's latest files asked about."""
    kept = [Kept.of(run.checkpoint) for run in _questions_before(work, limit=FILES)]
    return [str(key) for state in kept for key in state.facts.get("asked", ())]


def _askable(
    records: Records, labels: Labels | None, waiting_keys: list[str]
) -> NDArray[np.bool_] | None:
    """Return which rows do not wait for an answer; None if too few are left."""
    waiting = pc.is_in(records.keys, value_set=pa.array(waiting_keys, pa.string()))
    if labels is not None:
        answered = pc.is_in(records.keys, value_set=labels.values.column(records.key))
        waiting = pc.and_not(waiting, answered)
    askable = ~np.asarray(waiting)
    enough = askable.sum() >= max(ENOUGH * SETS * ROWS, len(records) / 2)
    return askable if waiting_keys and enough else None


def _with_own_ids(questions: LabelingSet, run_id: str) -> pa.Table:
    """Return the sets with ids of this run, so that no other file has the same ids."""
    mark = run_id.removeprefix("tsk-")[:12]
    ids = [
        f"{mark}-{number:02d}" for number, rows in enumerate(questions.sets, start=1) for _ in rows
    ]
    table = questions.to_table()
    return table.set_column(0, LABELING_SET_ID, pa.array(ids, pa.string()))
