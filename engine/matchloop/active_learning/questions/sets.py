"""LabelingSet: the rows of a round, in sets of about ten, as annotators see them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.active_learning.questions.answers import labels_in_order
from matchloop.active_learning.stopping import blank_mark, mark_of
from matchloop.data.io.label_files import write_labelling_file
from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.data.labels.columns import check_names
from matchloop.data.labels.meaning import check_answers
from matchloop.data.records import Records

__all__ = ["LabelingSet"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelingSet:
    """Labelling sets that wait for labels, as :meth:`LabelingLoop.ask` returns them.

    Parameters
    ----------
    records
        The table of the rows.
    sets
        Row positions of each set in the order for annotators; see :func:`by_likeness`.
    strategy
        Name of the strategy that chose the pairs.
    round
        Number of rounds before this one.
    changed
        Pairs drawn at random among those that the labels changed, as two row positions and
        whether the labels made them match. The id of the set that holds both rows encodes it; the
        other sets get ids of the same form.
    """

    records: Records
    sets: tuple[NDArray[np.int32], ...]
    strategy: str | None = None
    round: int | None = None
    changed: tuple[tuple[int, int, bool], ...] = ()

    def __len__(self) -> int:
        """Return the number of rows over all sets."""
        return sum(len(rows) for rows in self.sets)

    @property
    def positions(self) -> NDArray[np.int32]:
        """Row position of each row, set by set, shape (rows,)."""
        return np.concatenate([np.empty(0, np.int32), *self.sets])

    @property
    def set_ids(self) -> list[str]:
        """The id of each set, computed from its number and its keys: other rows never share it."""
        keys = self.records.keys
        marks: dict[int, tuple[int, str]] = {}
        for left, right, is_match in self.changed:
            mark = mark_of(keys.take(pa.array([left, right])).to_pylist(), is_match)
            marks[left] = right, mark
        ids = []
        for number, rows in enumerate(self.sets, start=1):
            members = sorted(keys.take(pa.array(rows)).to_pylist())
            shown = rows.tolist()
            blank = blank_mark(members) if marks else ""
            mark = next(
                (marks[row][1] for row in shown if marks.get(row, (-1,))[0] in shown), blank
            )
            name = sha256("\x1f".join(members).encode()).hexdigest()[:10]
            ids.append(f"{number:02d}-{name}{mark}")
        return ids

    def to_table(self) -> pa.Table:
        """Return ``labeling_set_id``, an empty ``label`` and the rows, in Glue's column order.

        Raises
        ------
        TableError
            A column of the table has the name of a column of labelling files. :meth:`answered`
            takes the labels of such rows.
        """
        check_names(self.records.table.column_names)
        return self._table([None] * len(self))

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the questions as a Glue labelling file with an empty label column.

        Parameters
        ----------
        path
            The file to write, atomically.

        Raises
        ------
        OutputError
            The file cannot be written.
        TableError
            A column of the table has the name of a column of labelling files.
        """
        write_labelling_file(self.to_table(), path)

    def answered(
        self,
        labels: Sequence[str | None] | Mapping[str, str | None] | Any,
        *,
        person: str | None = None,
        time: str | None = None,
        assisted: bool | None = None,
    ) -> Labels:
        """Return labels for these rows.

        Parameters
        ----------
        labels
            A list with one label per row, in the order of :meth:`to_table`, None where there is no
            answer; a mapping from key to label; a pandas Series whose index holds the keys; or
            a table with the key and ``label`` (and ``labeling_set_id``, where a record is in
            several sets).
        person, time, assisted
            Who answered, when, and whether a grouping was suggested; see :class:`Provenance`.

        Returns
        -------
        Labels
            The labels, with strategy and round of these questions as their provenance.

        Raises
        ------
        UsageError
            The labels have another form, another number than the rows, or other keys.
        LabelFileError
            No row has a label, or the labels are answers such as 'match' and 'no match'.
        """
        keys = self.records.keys.take(pa.array(self.positions)).to_pylist()
        in_order = labels_in_order(labels, self._sets(), keys, self.records.key)
        provenance = Provenance(self.round, self.strategy, person, time, None, assisted)
        made = Labels.of(self._table(in_order), key=self.records.key, provenance=provenance)
        check_answers(made.set_ids, made.labels, words_only=True)
        return made

    def _sets(self) -> list[str]:
        return [id_ for id_, rows in zip(self.set_ids, self.sets, strict=True) for _ in rows]

    def _table(self, labels: Sequence[str | None]) -> pa.Table:
        rows = self.records.table.take(pa.array(self.positions))
        columns = [
            pa.array(self._sets(), pa.string()),
            pa.array(labels, pa.string()),
            *rows.columns,
        ]
        return pa.Table.from_arrays(columns, names=[LABELING_SET_ID, LABEL, *rows.column_names])
