"""What label files say, file by file: an audit must see what a merge would hide."""

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

__all__ = ["GivenLabels", "GivenSet", "pairs_of_sets"]

TOO_MANY_ROWS = 500
"""Rows of one set that an audit can take: more would be a hundred thousand pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class GivenSet:
    """One set of one file.

    Parameters
    ----------
    file
        Number of the file.
    name
        Its ``labeling_set_id``.
    rows
        Row positions in the table, shape (rows,), none twice: the last answer counts.
    groups
        Number of the group of each row, shape (rows,).
    labels
        The label of each group, as it was written.
    """

    file: int
    name: str
    rows: NDArray[np.int32]
    groups: NDArray[np.int64]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class GivenLabels:
    """The labels of one to many files.

    Parameters
    ----------
    records
        The table they speak of.
    files
        Names of the files.
    sets
        Their sets, file by file.
    repeated
        Rows that repeat an earlier one of the same file and set with the same label.
    changed
        Rows that repeat an earlier one of the same file and set with another label.
    unknown
        Rows whose key the table lacks; they are left out.
    """

    records: Records
    files: tuple[str, ...]
    sets: tuple[GivenSet, ...]
    repeated: int = 0
    changed: int = 0
    unknown: int = 0

    @classmethod
    def of(
        cls, records: Records, files: Sequence[Labels], names: Sequence[str] | None = None
    ) -> GivenLabels:
        """Take labels, file by file.

        Parameters
        ----------
        records
            The table.
        files
            What each file says; read without a key they keep the rows that stand twice.
        names
            Names of the files; numbers where left out.

        Raises
        ------
        LabelFileError
            Files do not fit the table, or a set is too large to be meant.
        """
        called = tuple(names or (f"file {number}" for number in range(1, len(files) + 1)))
        sets: list[GivenSet] = []
        counts = np.zeros(3, np.int64)
        for number, labels in enumerate(files):
            labels.bound(records)  # refuses labels of another table
            more, odd = _sets_of(records, labels, number, called[number])
            sets += more
            counts += odd
        return cls(records, called, tuple(sets), *(int(count) for count in counts))

    @cached_property
    def pairs(self) -> LabeledPairs:
        """Every pair inside a set, set by set; ``set_index`` counts :attr:`sets`."""
        return pairs_of_sets(self.sets)

    @property
    def n_rows(self) -> int:
        """Labelled rows."""
        return sum(len(one.rows) for one in self.sets)

    def title(self, at: int) -> str:
        """Return how a set is called in a report."""
        one = self.sets[at]
        return one.name if len(self.files) == 1 else f"{one.name} of {self.files[one.file]}"

    def key(self, row: int) -> str:
        """Return the key of a record."""
        return str(self.records.keys[row].as_py())


def pairs_of_sets(sets: Sequence[GivenSet]) -> LabeledPairs:
    """Return every pair inside each set, ``left < right``, set by set."""
    left, right, same, index = [], [], [], []
    for number, one in enumerate(sets):
        first, second = np.triu_indices(len(one.rows), 1)
        left.append(np.minimum(one.rows[first], one.rows[second]))
        right.append(np.maximum(one.rows[first], one.rows[second]))
        same.append(one.groups[first] == one.groups[second])
        index.append(np.full(len(first), number))
    return LabeledPairs(
        np.concatenate([np.empty(0, np.int32), *left]).astype(np.int32),
        np.concatenate([np.empty(0, np.int32), *right]).astype(np.int32),
        np.concatenate([np.empty(0, np.bool_), *same]).astype(np.bool_),
        np.concatenate([np.empty(0, np.int32), *index]).astype(np.int32),
    )


def _sets_of(
    records: Records, labels: Labels, number: int, name: str
) -> tuple[list[GivenSet], NDArray[np.int64]]:
    keys = labels.values[records.key].combine_chunks()
    positions = np.asarray(pc.index_in(keys, value_set=records.keys).fill_null(-1), np.int32)
    said: dict[str, dict[int, str]] = {}
    odd = np.zeros(3, np.int64)
    rows = zip(labels.set_ids.to_pylist(), labels.labels.to_pylist(), positions, strict=True)
    for of_set, label, row in rows:
        answers = said.setdefault(of_set, {})
        if row < 0:
            odd[2] += 1
            continue
        if int(row) in answers:
            odd[int(answers[int(row)] != label)] += 1
        answers[int(row)] = label
    made = []
    for of_set, answers in said.items():
        if len(answers) > TOO_MANY_ROWS:
            raise LabelFileError(
                f"set '{of_set}' of {name} holds {len(answers):,} rows, at most {TOO_MANY_ROWS} "
                "can be audited; sets of about ten rows are meant"
            )
        if answers:
            known = sorted(answers)
            written = tuple(dict.fromkeys(answers[row] for row in known))
            groups = np.array([written.index(answers[row]) for row in known])
            made.append(GivenSet(number, of_set, np.array(known, np.int32), groups, written))
    return made, odd
