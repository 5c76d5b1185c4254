"""Examine the labels that a transform has now, file by file."""

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
    """Report on the labels that count: later answers have taken the place of earlier ones.

    Answers to an audit are not examined; they are what the others must not tell.

    Raises
    ------
    MatchloopError
        There are no labels to learn from, a threshold is of no check, or the table cannot be read.
    """
    transform = work.transform()
    records, labels = read_taught(work, transform)
    if labels is None or labels.of_audit.all():
        raise InputError("the transform has no labels to learn from; import some first")
    apart = labels.of_audit
    files = _by_source(labels.chosen(~apart))
    prepared = compare_pairs(work, records, matcher_of(transform))
    found = check_labels(
        prepared,
        list(files.values()),
        names=list(files),
        held_out=labels.chosen(apart) if apart.any() else None,
        thresholds=work.run.arguments.get("Thresholds"),
        on_stage=work.on_stage,
    )
    report = found.to_dict()
    if folder := work.run.arguments.get("OutputS3Path"):
        check_names(records.table.column_names)
        asked = found.ask_again(SETS)
        uri = join(str(folder), file_name(work.run, "askagain"))
        write_labelling(work, asked.to_table(), uri, key=key_of(transform))
        report["ask_again"] = {"uri": uri, "sets": len(asked.sets)}
    work.log(f"failed checks: {', '.join(found.failed) or 'none'}")
    return lambda tx: keep_report(tx, work.run, report)


def _by_source(labels: Labels) -> dict[str, Labels]:
    """Tell labels apart by file; a set is never torn: it belongs to the latest that spoke of it."""
    names = pc.fill_null(labels.provenance["source"], "").to_pylist()
    times = pc.fill_null(labels.provenance["time"].cast("int64"), -1).to_pylist()
    sets = labels.set_ids.to_pylist()
    latest: dict[str, tuple[int, str]] = {}
    for one, time, name in zip(sets, times, names, strict=True):
        latest[one] = max(latest.get(one, (-1, "")), (time, name))
    file_of = [latest[one][1] for one in sets]
    return {
        name or "answers": labels.chosen(np.array([own == name for own in file_of], np.bool_))
        for name in dict.fromkeys(file_of)
    }
