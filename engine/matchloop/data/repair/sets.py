"""Check set ids and labels for gaps, repeats and oddities."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa

from matchloop.data.labels import LABEL, LABELING_SET_ID
from matchloop.data.labels.meaning import alike, check_answers, says_answers
from matchloop.data.labels.plain import exact_codes
from matchloop.data.labels.report import MANY_ROWS
from matchloop.data.labels.sets import check_order, files_of, set_apart
from matchloop.data.repair.disguises import cleaned, names_of_kind
from matchloop.data.repair.entries import Entry
from matchloop.data.repair.finding import Status
from matchloop.data.repair.grid import trimmed
from matchloop.data.repair.keys import ERRORS
from matchloop.errors import LabelFileError

__all__ = ["check_sets", "clean_names", "tell_apart"]


def clean_names(entries: list[Entry]) -> None:
    """Normalize set ids and labels, before keys are examined."""
    kept = [entry for entry in entries if not entry.removed]
    _fill_down(kept)
    for column in (LABELING_SET_ID, LABEL):
        for entry in kept:
            written = _get(entry, column)
            text = cleaned(written) if written.startswith(("=", "'")) else trimmed(written)
            if ERRORS.fullmatch(text) or text.startswith("="):
                message = f"a formula or an error of a spreadsheet stands in place of the {column}"
                entry.find("formula", Status.OPEN, message, column=column, found=written)
                text = ""
            elif text != written:
                message = f"spaces or signs around the {column} that do not belong to it"
                entry.find(
                    "spaces", Status.REPAIRED, message, column=column, found=written, proposed=text
                )
            short = re.fullmatch(r"(\d+)[.,]0+", text)
            if short:
                message = f"the {column} was written as a number with decimals"
                entry.find(
                    "decimals",
                    Status.REPAIRED,
                    message,
                    column=column,
                    found=written,
                    proposed=short[1],
                )
                text = short[1]
            _put(entry, column, text)
    odd = [entry for entry in kept if names_of_kind(entry.set_id)]
    if len(odd) < len(kept):
        for entry in odd:
            message = "the set id looks as if a spreadsheet had changed it"
            entry.find(
                "set_changed",
                Status.OPEN,
                message,
                column=LABELING_SET_ID,
                found=entry.set_id,
            )


def check_sets(entries: list[Entry], key: str | None) -> list[tuple[str, Status, str]]:
    """Check the sets as wholes, and remove rows that repeat an earlier one.

    Returns
    -------
    list of tuple
        Kind, status and message of findings on the whole file.
    """
    kept = [entry for entry in entries if not entry.removed]
    for entry in kept:
        if not entry.set_id and entry.label:
            message = "the row has a label and no set"
            entry.find("set_missing", Status.OPEN, message, column=LABELING_SET_ID)
    if kept and not any(entry.label for entry in kept):
        message = f"no row has a label; fill in the column '{LABEL}'"
        return [("labels_none", Status.OPEN, message)]
    sets: dict[str, list[Entry]] = {}
    unanswered = {entry.set_id for entry in kept if not entry.label}
    for entry in kept:
        if not entry.label:
            message = "the row has no label and says nothing"
            entry.find("label_blank", Status.NOTE, message, column=LABEL)
        elif entry.set_id:
            sets.setdefault(entry.set_id, []).append(entry)
    for name, rows in sets.items():
        _check_labels(rows)
        _check_doubles(rows, key)
        left = [row for row in rows if not row.removed]
        if len(left) == 1:
            message = "the set holds one labelled row, which says nothing"
            status = Status.NOTE if name in unanswered else Status.OPEN  # a row may be left blank
            left[0].find("set_single", status, message, column=LABELING_SET_ID, found=name)
        if len(left) > MANY_ROWS:
            message = f"the set holds more than {MANY_ROWS} rows, which people rarely get right"
            left[0].find(
                "set_large",
                Status.OPEN,
                message,
                column=LABELING_SET_ID,
                found=f"{name}: {len(left):,} rows",
            )
    labelled = [row for rows in sets.values() for row in rows if not row.removed]
    if not any(finding.kind == "label_answers" for row in labelled for finding in row.findings):
        try:
            check_answers(
                *(
                    pa.array([_get(row, column) for row in labelled], pa.string())
                    for column in (LABELING_SET_ID, LABEL)
                )
            )
        except LabelFileError as error:
            return [("label_answers", Status.OPEN, str(error))]
    return []


def tell_apart(entries: list[Entry], key: str | None) -> list[tuple[str, Status, str]]:
    """Give sets of joined files distinct ids, where a header separates the files.

    Returns
    -------
    list of tuple
        Kind, status and message of findings on the whole file.
    """
    kept = [entry for entry in entries if not entry.removed and entry.set_id]
    seams = [(entry.row.sheet, entry.row.part) for entry in kept]
    numbers = {seam: number for number, seam in enumerate(dict.fromkeys(seams))}
    records = [
        entry.key or (repr(entry.values) if key is None else entry.values.get(key, ""))
        for entry in kept
    ]
    codes = exact_codes(pa.array(records, pa.string()))[0]
    set_ids = pa.array([entry.set_id for entry in kept], pa.string())
    parts = np.array([numbers[seam] for seam in seams], np.int64)
    apart = set_apart(set_ids, lambda: codes, files_of(set_ids, parts))
    for entry, name in zip(kept, apart.set_ids.to_pylist(), strict=True):
        if name != entry.set_id:
            message = "a file above has a set of this id with other rows; the set got another id"
            entry.find(
                "set_again",
                Status.REPAIRED,
                message,
                column=LABELING_SET_ID,
                found=entry.set_id,
                proposed=name,
            )
            entry.set_id = name
    try:
        check_order(apart.set_ids, lambda: codes)
    except LabelFileError as error:
        return [("set_again", Status.OPEN, str(error))]
    return []


def _get(entry: Entry, column: str) -> str:
    return entry.label if column == LABEL else entry.set_id


def _put(entry: Entry, column: str, text: str) -> None:
    if column == LABEL:
        entry.label = text
    else:
        entry.set_id = text


def _fill_down(entries: list[Entry]) -> None:
    """Repeat set ids that merged cells left only on the first row of a set."""
    filled = [entry.set_id for entry in entries if trimmed(entry.set_id)]
    blank = len(entries) - len(filled)
    if not blank or not filled or not trimmed(entries[0].set_id):
        return
    repeated = any(a.set_id == b.set_id and trimmed(a.set_id) for a, b in pairwise(entries))
    if repeated or len(set(filled)) < len(filled) or blank < len(filled):
        return
    current = ""
    for entry in entries:
        if trimmed(entry.set_id):
            current = entry.set_id
        else:
            entry.set_id = current
            message = "the set id stands on the first row of its set only, as merged cells leave it"
            entry.find(
                "set_merged", Status.REPAIRED, message, column=LABELING_SET_ID, proposed=current
            )


def _check_labels(rows: list[Entry]) -> None:
    forms: dict[str, set[str]] = {}
    for row in rows:
        forms.setdefault(alike(row.label), set()).add(row.label)
    for row in rows:
        same = forms[alike(row.label)]
        if len(same) > 1:
            counts = Counter(other.label for other in rows if other.label in same)
            common = counts.most_common(1)[0][0]
            if row.label != common:
                message = "the label differs from another of its set by case, spaces or zeros only"
                row.find(
                    "label_case",
                    Status.OPEN,
                    message,
                    column=LABEL,
                    found=row.label,
                    proposed=common,
                )
    if says_answers(row.label for row in rows):
        message = (
            "the labels of the set answer yes or no; rows that match have to have the same label, "
            "rows that do not another"
        )
        shown = ", ".join(sorted({row.label for row in rows}))
        rows[0].find("label_answers", Status.OPEN, message, column=LABEL, found=shown)


def _check_doubles(rows: list[Entry], key: str | None) -> None:
    seen: dict[str, Entry] = {}
    for row in rows:
        name = row.key
        if name is None:
            written = row.values.get(key, "") if key is not None else repr(row.values)
            name = f"?{written}"
            if not written:
                continue
        before = seen.setdefault(name, row)
        if before is row:
            continue
        where = {"column": key or "", "found": row.key or row.values.get(key or "", "")}
        if before.label == row.label:
            row.removed = "repeated"
            message = "the row repeats an earlier one of its set; it was left out"
            row.find("row_repeated", Status.REPAIRED, message, **where)
        else:
            message = (
                f"the key stands twice in its set, with another label (row {before.row.number})"
            )
            row.find(
                "key_twice",
                Status.OPEN,
                message,
                expected=f"one of the labels {before.label!r} and {row.label!r}",
                **where,
            )
