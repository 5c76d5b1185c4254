"""Labels of several files, kept apart: merged labels would hide repeats and contradictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.records import Records
from matchloop.errors import LabelFileError

__all__ = ["LabelFiles", "FileSet", "pairs_of_sets"]

TOO_MANY_ROWS = 500
"""Rows of one set above which it is refused: 500 rows are 124,750 pairs. A convention."""


@dataclass(frozen=True, slots=True, eq=False)
class FileSet:
    """One set of one file.

    Parameters
    ----------
    file
        Number of the file.
    name
        Its ``labeling_set_id``.
    rows
        Row positions in the table, shape (rows,), without repeats: the last answer counts.
    groups
        Number of the group of each row, shape (rows,).
    labels
        The label of each group, as in the file.
    """

    file: int
    name: str
    rows: NDArray[np.int32]
    groups: NDArray[np.int64]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LabelFiles:
    """The labels of one or more files.

    Parameters
    ----------
    records
        The labelled table.
    files
        Names of the files.
    sets
        Their sets, file by file.
    repeated
        Number of rows that repeat an earlier row of the same set with the same label.
    changed
        Number of rows that repeat an earlier row of the same set with another label.
    unknown
        Number of rows whose key the table lacks; they are dropped.
    """

    records: Records
    files: tuple[str, ...]
    sets: tuple[FileSet, ...]
    repeated: int = 0
    changed: int = 0
    unknown: int = 0

    @classmethod
    def of(
        cls, records: Records, files: Sequence[Labels], names: Sequence[str] | None = None
    ) -> LabelFiles:
        """Build from the labels of each file.

        Parameters
        ----------
        records
            The table.
        files
            The labels of each file; those read without a key keep repeated rows.
        names
            Names of the files; numbered by default.

        Raises
        ------
        LabelFileError
            Labels do not fit the table, or a set has more than :data:`TOO_MANY_ROWS` rows.
        """
        called = tuple(names or (f"file {number}" for number in range(1, len(files) + 1)))
        sets: list[FileSet] = []
        counts = np.zeros(3, np.int64)
        for number, labels in enumerate(files):
            labels.bound(records)  # raises for labels of another table
            more, odd = _sets_of(records, labels, number, called[number])
            sets += more
            counts += odd
        return cls(records, called, tuple(sets), *(int(count) for count in counts))

    @cached_property
    def pairs(self) -> LabeledPairs:
        """Every pair inside a set; ``set_index`` is the position in :attr:`sets`."""
        return pairs_of_sets(self.sets)

    @property
    def n_rows(self) -> int:
        """Number of labelled rows."""
        return sum(len(file_set.rows) for file_set in self.sets)

    def title(self, at: int) -> str:
        """Return the name of a set in reports, with its file where there are several."""
        file_set = self.sets[at]
        return (
            file_set.name
            if len(self.files) == 1
            else f"{file_set.name} of {self.files[file_set.file]}"
        )

    def key(self, row: int) -> str:
        """Return the key of a record."""
        return str(self.records.keys[row].as_py())


def pairs_of_sets(sets: Sequence[FileSet]) -> LabeledPairs:
    """Return every pair inside each set, ``left < right``, set by set."""
    left, right, same, index = [], [], [], []
    for number, file_set in enumerate(sets):
        first, second = np.triu_indices(len(file_set.rows), 1)
        left.append(np.minimum(file_set.rows[first], file_set.rows[second]))
        right.append(np.maximum(file_set.rows[first], file_set.rows[second]))
        same.append(file_set.groups[first] == file_set.groups[second])
        index.append(np.full(len(first), number))
    return LabeledPairs(
        np.concatenate([np.empty(0, np.int32), *left]).astype(np.int32),
        np.concatenate([np.empty(0, np.int32), *right]).astype(np.int32),
        np.concatenate([np.empty(0, np.bool_), *same]).astype(np.bool_),
        np.concatenate([np.empty(0, np.int32), *index]).astype(np.int32),
    )


def _sets_of(
    records: Records, labels: Labels, number: int, name: str
) -> tuple[list[FileSet], NDArray[np.int64]]:
    keys = labels.values[records.key].combine_chunks()
    positions = np.asarray(pc.index_in(keys, value_set=records.keys).fill_null(-1), np.int32)
    answers_of: dict[str, dict[int, str]] = {}
    odd = np.zeros(3, np.int64)
    rows = zip(labels.set_ids.to_pylist(), labels.labels.to_pylist(), positions, strict=True)
    for of_set, label, row in rows:
        answers = answers_of.setdefault(of_set, {})
        if row < 0:
            odd[2] += 1
            continue
        if int(row) in answers:
            odd[int(answers[int(row)] != label)] += 1
        answers[int(row)] = label
    made = []
    for of_set, answers in answers_of.items():
        if len(answers) > TOO_MANY_ROWS:
            raise LabelFileError(
                f"set '{of_set}' of {name} holds {len(answers):,} rows, at most {TOO_MANY_ROWS} "
                "can be checked; sets of about ten rows are meant"
            )
        if answers:
            members = sorted(answers)
            written = tuple(dict.fromkeys(answers[row] for row in members))
            groups = np.array([written.index(answers[row]) for row in members])
            made.append(FileSet(number, of_set, np.array(members, np.int32), groups, written))
    return made, odd
