"""Labels from a table of pairs: the key of either record, and whether they match."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.data.labels.meaning import answer_of
from matchloop.data.labels.pair_columns import PairColumns, changed_key
from matchloop.data.records import Records
from matchloop.data.text import as_text
from matchloop.errors import LabelFileError, counted, some

__all__ = ["labels_of_pairs"]


def labels_of_pairs(
    table: pa.Table, columns: PairColumns, records: Records, provenance: Provenance | None = None
) -> Labels:
    """Make a set of two rows from each pair that has an answer.

    Parameters
    ----------
    table
        A row for each pair.
    columns
        Positions of the keys and of the answer.
    records
        The table that holds the records.
    provenance
        Provenance of the labels.

    Raises
    ------
    LabelFileError
        An answer cannot be read, no pair has one, or no pair has two keys that the table holds.
    """
    if columns.answer is None:
        raise LabelFileError(
            f"pairs of '{columns.left}' and '{columns.right}' have no column that says whether "
            f"they match; call it '{LABEL}'"
        )
    left, right = (as_text(table[name]).fill_null("") for name in (columns.left, columns.right))
    answers = as_text(table[columns.answer]).fill_null("").to_pylist()
    ends = [pc.index_in(side, value_set=records.keys) for side in (left, right)]
    in_table = np.asarray(pc.and_(*(end.is_valid() for end in ends)), np.bool_)
    if not in_table.any():
        raise LabelFileError(_unknown_keys(records, [*left.to_pylist(), *right.to_pylist()]))
    first, second = (np.asarray(end.fill_null(0), np.int64) for end in ends)
    verdicts = [_answer(answer, row) for row, answer in enumerate(answers, start=2)]
    answered = np.array([verdict is not None for verdict in verdicts], np.bool_)
    used = np.flatnonzero(in_table & (first != second) & answered)
    if len(used) == 0:
        raise LabelFileError("no pair of two records has an answer; write 1 or 0, yes or no")
    rows = np.column_stack((first[used], second[used])).reshape(-1)
    keys = records.keys.take(pa.array(rows)).to_pylist()
    names = [_name(keys[at], keys[at + 1]) for at in range(0, len(keys), 2) for _ in range(2)]
    labels = [label for at in used.tolist() for label in ("a", "a" if verdicts[at] else "b")]
    values = records.table.take(pa.array(rows))
    made = Labels.of(
        pa.Table.from_arrays(
            [pa.array(names), pa.array(labels), *values.columns],
            names=[LABELING_SET_ID, LABEL, *values.column_names],
        ),
        key=records.key,
        provenance=provenance,
    )
    counts = (
        ("has", "have", "a key that the table lacks", ~in_table),
        ("holds", "hold", "one record twice", in_table & (first == second)),
        ("has", "have", "no answer", in_table & (first != second) & ~answered),
    )
    notes = [
        counted(
            int(left_out.sum()),
            f"pair {does} {why} and was left out",
            f"pairs {do} {why} and were left out",
        )
        for does, do, why, left_out in counts
        if left_out.any()
    ]
    twice = _answered_twice(names[::2], [bool(verdicts[at]) for at in used.tolist()])
    if twice:
        notes.append(
            counted(twice, "pair stands", "pairs stand")
            + " twice with different answers; the later one counts"
        )
    return replace(made, report=replace(made.report, identical=0, replaced=0, notes=tuple(notes)))


def _answer(text: str, row: int) -> bool | None:
    try:
        return answer_of(text)
    except KeyError:
        raise LabelFileError(
            f"row {row} has {text!r} for an answer; write 1 or 0, yes or no, match or no match"
        ) from None


def _name(left: str, right: str) -> str:
    """Return the id of a pair, the same in every file and direction."""
    return f"pair-{sha256(chr(31).join(sorted((left, right))).encode()).hexdigest()[:10]}"


def _answered_twice(names: list[str], verdicts: list[bool]) -> int:
    answers: dict[str, set[bool]] = {}
    for name, answer in zip(names, verdicts, strict=True):
        answers.setdefault(name, set()).add(answer)
    return sum(len(kinds) > 1 for kinds in answers.values())


def _unknown_keys(records: Records, keys: list[str]) -> str:
    changed = changed_key(keys, records.keys.to_pylist())
    if changed is not None:
        return (
            f"no pair has two keys of the table: the file has {changed[0]!r} where the table has "
            f"{changed[1]!r}; keep the keys as text, with their zeros and without decimals"
        )
    return (
        f"no pair has two keys of the table; the pairs have {some(keys[:3])}, the table "
        f"{some(records.keys.slice(0, 3).to_pylist())}"
    )
