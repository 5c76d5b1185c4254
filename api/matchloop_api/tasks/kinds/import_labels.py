"""Import a label file: check and store it while it streams, then add one ledger entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.freeing import return_freed_memory
from matchloop.data.labels import LABEL, LABELING_SET_ID, LabelReport, Labels
from matchloop.data.labels.columns import check_columns
from matchloop.data.labels.labels import TOO_MANY_ROWS
from matchloop.data.labels.meaning import check_answers, check_forms
from matchloop.data.labels.sets import SetsApart, check_order, files_of, record_codes, set_apart
from matchloop.data.records import Records
from matchloop.errors import LabelFileError, counted, some
from matchloop_api.datasets import records_of
from matchloop_api.ledger import add_entry, entry_tables, label_status, live_entries
from matchloop_api.payloads import write_payload
from matchloop_api.places import Places
from matchloop_api.store import EventKind, LabelEvent, Transaction
from matchloop_api.tasks.label_files import LabelFile, outlined
from matchloop_api.tasks.work import Commit, Work

__all__ = ["import_labels"]


def import_labels(work: Work) -> Commit:
    """Import the file of ``InputS3Path``; with ``Replace``, discard all earlier labels.

    Raises
    ------
    LabelFileError
        The file cannot be used; nothing has changed.
    """
    transform = work.transform()
    replace_all = bool(work.run.arguments.get("Replace", False))
    work.on_stage("read", 0.0)
    places = Places(work.settings)
    with work.store.reading() as tx:
        records = records_of(tx, transform, places)
    return_freed_memory()
    file = LabelFile(places, str(work.run.arguments["InputS3Path"]), records)
    outlines: list[pa.Table] = []
    payload, rows = write_payload(
        work.store, _rows(file, records, outlines), kind="labels", now=datetime.now(UTC)
    )
    work.on_stage("check", 0.0)
    outline = pa.concat_tables(outlines)
    outlines.clear()
    try:
        _check_sets(file, outline, records.key)
        new = Labels.of(outline, key=records.key)
        check_forms(new.set_ids, new.labels)
        check_answers(new.set_ids, new.labels)
    except LabelFileError as error:
        raise LabelFileError(f"{file.uri}: {error}") from None
    del outline
    return_freed_memory()
    entry = LabelEvent(
        transform_id=transform.id,
        kind=EventKind.IMPORT,
        at=datetime.now(UTC),
        actor=work.run.actor,
        replace_all=replace_all,
        rows=rows,
        payload=payload,
        source=file.uri,
        run_id=work.run.id,
    )
    with work.store.reading() as tx:
        old = None if replace_all else _outline_of(tx, transform.id, records)
        report = _report(file, new, old)
        del old
        return_freed_memory()
        expected = label_status(tx, transform.id, adding=entry, key=records.key)
    for line in (*file.notes, *report.lines()):
        work.log(line)
    work.log(f"{rows:,} labelled rows; the transform has {expected.label_count:,} with them")
    work.on_stage("write", 0.0)

    def commit(tx: Transaction) -> None:
        done = replace(entry, at=datetime.now(UTC), report=_plain(report, file))
        add_entry(tx, done, expected=expected)

    return commit


def _rows(file: LabelFile, records: Records, outlines: list[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of a file and append to ``outlines`` what merging needs of them."""
    for rows in file.batches():
        outlines.append(outlined(rows, records.key))
        yield rows


def _outline_of(tx: Transaction, transform_id: str, records: Records) -> Labels | None:
    """Return the outline of the current labels, read in chunks."""
    names = [LABELING_SET_ID, LABEL, *records.table.column_names]
    outlines: list[pa.Table] = []
    entries = live_entries(tx.ledger.events(transform_id))
    sizes = np.zeros(len(entries), np.int64)
    for number, rows in entry_tables(tx, entries):
        columns = [name for name in rows.column_names if not name.startswith("matchloop.")]
        source = entries[number].source or "the page"
        check_columns(names, columns, f"the labels imported from {source}")
        outlines.append(outlined(rows.select(names), records.key))
        sizes[number] += outlines[-1].num_rows
    if not outlines:
        return None
    table = pa.concat_tables(outlines)
    of_entry = np.repeat(np.arange(len(entries), dtype=np.int32), sizes)
    apart = _told_apart(table, records.key, of_entry)
    return Labels.of(table.set_column(0, LABELING_SET_ID, apart.set_ids), key=records.key)


def _told_apart(outline: pa.Table, key: str, parts: NDArray[np.integer]) -> SetsApart:
    set_ids = pa.concat_arrays([pa.array([], pa.string()), *outline[LABELING_SET_ID].chunks])
    return set_apart(set_ids, lambda: record_codes(outline.select([key]), key), parts)


def _check_sets(file: LabelFile, outline: pa.Table, key: str) -> None:
    """Refuse concatenated files whose set ids collide."""
    set_ids = pa.concat_arrays([pa.array([], pa.string()), *outline[LABELING_SET_ID].chunks])
    check_order(set_ids, lambda: record_codes(outline.select([key]), key))
    if not file.headers:
        return
    parts = np.searchsorted(file.headers, np.arange(outline.num_rows), side="right")
    renamed = _told_apart(outline, key, files_of(set_ids, parts)).renamed
    if renamed:
        raise LabelFileError(
            f"the file holds {len(file.headers):,} further headers, and the sets {some(renamed)} "
            "have other rows below them; import the concatenated files one by one"
        )


def _report(file: LabelFile, new: Labels, old: Labels | None) -> LabelReport:
    merged = new if old is None else old.merged(new)
    _check_sizes(merged)
    check_forms(merged.set_ids, merged.labels)
    parts = (new.report,) if old is None else (new.report, merged.report)
    notes = []
    if file.headers:
        left_out = "header among the rows was left out", "headers among the rows were left out"
        notes = [counted(len(file.headers), *left_out)]
    return LabelReport(
        blank=file.blank,
        identical=sum(part.identical for part in parts),
        replaced=sum(part.replaced for part in parts),
        unknown=file.unknown,
        differing=file.differing,
        single=new.report.single,
        large=new.report.large,
        notes=tuple(dict.fromkeys([*notes, *(note for part in parts for note in part.notes)])),
    )


def _check_sizes(labels: Labels) -> None:
    counts = pc.value_counts(pc.utf8_trim_whitespace(labels.set_ids))
    sizes = np.asarray(counts.field("counts"))
    if sizes.max(initial=0) > TOO_MANY_ROWS:
        name = counts.field("values")[int(sizes.argmax())].as_py()
        raise LabelFileError(
            f"set '{name}' holds {sizes.max():,} rows, at most {TOO_MANY_ROWS:,} can be used; "
            "sets of about ten rows are meant"
        )


def _plain(report: LabelReport, file: LabelFile) -> dict[str, object]:
    return {
        "rows": file.rows,
        "blank": report.blank,
        "identical": report.identical,
        "replaced": report.replaced,
        "unknown": len(report.unknown),
        "differing": report.differing,
        "single": len(report.single),
        "large": len(report.large),
        "told": report.lines(),
    }
