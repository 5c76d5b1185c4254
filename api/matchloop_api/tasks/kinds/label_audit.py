"""Check the current labels of a transform, file by file."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from matchloop.data.labels import Labels
from matchloop.data.labels.columns import check_names
from matchloop.errors import InputError
from matchloop.quality.label_checks import check_labels
from matchloop_api.places import join
from matchloop_api.tasks.naming import file_name
from matchloop_api.tasks.outputs import write_labelling
from matchloop_api.tasks.parameters import key_of, matcher_of
from matchloop_api.tasks.reports import keep_report
from matchloop_api.tasks.taught import compare_pairs, read_taught
from matchloop_api.tasks.work import Commit, Work

__all__ = ["label_audit"]

SETS = 20


def label_audit(work: Work) -> Commit:
    """Report on the labels that count: a later answer replaces an earlier one.

    Audit answers are held out and must not leak into the other labels, so they are not checked.

    Raises
    ------
    MatchloopError
        There are no labels to learn from, a threshold names no check, or the table cannot be read.
    """
    transform = work.transform()
    records, labels = read_taught(work, transform)
    if labels is None or labels.of_audit.all():
        raise InputError("the transform has no labels to learn from; import some first")
    apart = labels.of_audit
    files = _by_source(labels.chosen(~apart))
    prepared = compare_pairs(work, records, matcher_of(transform))
    check = check_labels(
        prepared,
        list(files.values()),
        names=list(files),
        held_out=labels.chosen(apart) if apart.any() else None,
        thresholds=work.run.arguments.get("Thresholds"),
        on_stage=work.on_stage,
    )
    report = check.to_dict()
    if folder := work.run.arguments.get("OutputS3Path"):
        check_names(records.table.column_names)
        questions = check.ask_again(SETS)
        uri = join(str(folder), file_name(work.run, "askagain"))
        write_labelling(work, questions.to_table(), uri, key=key_of(transform))
        report["ask_again"] = {"uri": uri, "sets": len(questions.sets)}
    work.log(f"failed checks: {', '.join(check.failed) or 'none'}")
    return lambda tx: keep_report(tx, work.run, report)


def _by_source(labels: Labels) -> dict[str, Labels]:
    """Split labels by file; a whole set goes to the latest file that labels it."""
    names = pc.fill_null(labels.provenance["source"], "").to_pylist()
    times = pc.fill_null(labels.provenance["time"].cast("int64"), -1).to_pylist()
    sets = labels.set_ids.to_pylist()
    latest: dict[str, tuple[int, str]] = {}
    for set_id, time, name in zip(sets, times, names, strict=True):
        latest[set_id] = max(latest.get(set_id, (-1, "")), (time, name))
    file_of = [latest[set_id][1] for set_id in sets]
    return {
        name or "answers": labels.chosen(np.array([own == name for own in file_of], np.bool_))
        for name in dict.fromkeys(file_of)
    }
