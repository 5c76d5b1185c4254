"""The labelling file of a review: answers to doubtful decisions, stored one by one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchloop.data.files import files_at
from matchloop.data.io.csv import read_csv
from matchloop.data.io.label_files import write_labelling_file
from matchloop.data.labels import LABEL, LABELING_SET_ID, REVIEW_SET
from matchloop.data.labels.columns import check_columns, check_names, label_columns
from matchloop.data.labels.plain import is_filled, plain
from matchloop.data.records import RESULTS, Records
from matchloop.data.text import as_text
from matchloop.errors import LabelFileError, TableError

__all__ = ["ReviewFile", "StoredAnswers"]


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """What a labelling file answers already.

    Parameters
    ----------
    set_ids
        Ids of the reviewed decisions, answered with "cannot tell" or with labels.
    sets_of
        Sets in which each key has a label.
    labelled
        Rows with a label.
    teaching
        Rows with a label in sets of no review.
    """

    set_ids: frozenset[str]
    sets_of: dict[str, frozenset[str]]
    labelled: int
    teaching: int

    def cover(self, set_id: str, keys: Sequence[str]) -> bool:
        """Return whether a decision is answered: its set, or each pair of its records."""
        if set_id in self.set_ids:
            return True
        sets = [self.sets_of.get(key, frozenset()) for key in keys]
        return all(left & right for left, right in combinations(sets, 2))


class ReviewFile:
    """A labelling file that answers are appended to; each answer is on disk when it returns.

    The file is read again before each answer and replaced as a whole, so that it is never
    half-written and keeps rows that somebody else added meanwhile.

    Parameters
    ----------
    path
        The file; one that is not there yet is created by the first answer.
    records
        The table that is reviewed.

    Raises
    ------
    LabelFileError
        The file cannot be read, or has other columns than the table.
    TableError
        The table has a column that is called as one of a labelling file's own.
    """

    def __init__(self, path: str | os.PathLike[str], records: Records) -> None:
        self.path = os.fspath(path)
        self._records = records
        self._is_new = not files_at(self.path).exists(self.path)
        check_names(records.table.column_names)
        self._read()

    def set_id(self, rows: Sequence[int]) -> str:
        """Return the id of the set of a decision, made of the keys of its rows."""
        keys = sorted(self._records.keys.take(pa.array(rows)).to_pylist())
        return f"review-{sha256(chr(31).join(keys).encode()).hexdigest()[:10]}"

    def answers(self) -> StoredAnswers:
        """Return what the file answers already."""
        table = self._read()
        ids = plain(table[LABELING_SET_ID])
        is_review = np.asarray(pc.fill_null(pc.match_substring_regex(ids, REVIEW_SET), False))
        filled = np.asarray(pc.and_(is_filled(table[LABEL]), is_filled(ids)), np.bool_)
        labelled = table.filter(pa.array(filled))
        sets_of: defaultdict[str, set[str]] = defaultdict(set)
        for key, name in zip(
            labelled[self._records.key].to_pylist(),
            plain(labelled[LABELING_SET_ID]).to_pylist(),
            strict=True,
        ):
            sets_of[key].add(name)
        return StoredAnswers(
            frozenset(ids.filter(pa.array(is_review)).to_pylist()),
            {key: frozenset(names) for key, names in sets_of.items()},
            int(filled.sum()),
            int((filled & ~is_review).sum()),
        )

    def append(self, rows: Sequence[int], labels: Sequence[str | None]) -> None:
        """Store the answer to a decision.

        Parameters
        ----------
        rows
            Positions of its records.
        labels
            A label for each; None where nobody can tell.

        Raises
        ------
        OutputError
            The file cannot be written; it is as it was before.
        """
        before = self._read()
        shown = self._records.table.take(pa.array(rows))
        own = {
            LABELING_SET_ID: pa.array([self.set_id(rows)] * len(rows), pa.string()),
            LABEL: pa.array(labels, pa.string()),
        }
        columns = [
            own[name]
            if name in own
            else as_text(shown[name])
            if name in shown.column_names
            else pa.nulls(len(rows), pa.string())
            for name in before.column_names
        ]
        added = pa.Table.from_arrays(columns, schema=before.schema)
        write_labelling_file(pa.concat_tables([before, added]), self.path)

    def remove(self, rows: Sequence[int]) -> None:
        """Take the answer to a decision back; a file of nothing else is removed."""
        table = self._read()
        other = pc.not_equal(plain(table[LABELING_SET_ID]), self.set_id(rows))
        kept = table.filter(pc.fill_null(other, True))
        if kept.num_rows == 0 and self._is_new:
            files_at(self.path).remove(self.path)
        else:
            write_labelling_file(kept, self.path)

    def _read(self) -> pa.Table:
        files = files_at(self.path)
        expected = [name for name in self._records.table.column_names if name not in RESULTS]
        if not files.exists(self.path):
            names = [LABELING_SET_ID, LABEL, *expected]
            return pa.schema([(name, pa.string()) for name in names]).empty_table()
        try:
            table = read_csv(partial(files.open_input, self.path), self.path)
            places = label_columns(table.column_names)
            names = list(table.column_names)
            for place, name in zip(places, (LABELING_SET_ID, LABEL), strict=True):
                names[place] = name
            values = [name for place, name in enumerate(names) if place not in places]
            check_columns([name for name in values if name not in RESULTS], expected, "the table")
        except TableError as error:
            raise LabelFileError(f"{error}; answers go to a labelling file") from error
        except LabelFileError as error:
            raise LabelFileError(f"{self.path}: {error}") from error
        schema = pa.schema([(name, pa.string()) for name in names])
        return table.rename_columns(names).cast(schema)
