"""Labels: which rows of a labelling set match according to annotators, and their provenance.

A row of a labelling file gives a record a label within a set. Two rows of one set match if they
have the same label. They do not match if their labels differ. Rows of different sets are not
compared. Pairs are derived whenever they are needed and never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels.columns import LABEL, LABELING_SET_ID, check_columns
from matchloop.data.labels.meaning import one_form, without_doubts
from matchloop.data.labels.pairs import LabeledPairs, pairs_inside
from matchloop.data.labels.parsing import one_chunk, parse_columns, plain_text
from matchloop.data.labels.plain import codes, is_filled
from matchloop.data.labels.provenance import REVIEW, Provenance, with_strategy
from matchloop.data.labels.repeats import latest_rows
from matchloop.data.labels.report import MANY_ROWS, LabelReport
from matchloop.data.labels.sets import (
    AUDIT_SET,
    REVIEW_SET,
    record_codes,
    set_apart,
)
from matchloop.data.pairs import packed, run_starts, unpacked
from matchloop.data.records import RESULTS, Records
from matchloop.errors import LabelFileError, UsageError, counted, some

__all__ = ["Labels"]

TOO_MANY_ROWS = 5_000  # a larger set has over twelve million pairs (a convention)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labelled rows in sets. Build one with :func:`matchloop.read_labels` or :meth:`of`.

    Parameters
    ----------
    set_ids
        The set of each row, shape (rows,).
    labels
        The label of each row, shape (rows,); never blank.
    values
        The row's own columns as text, in the order of the file; a missing value is empty.
    provenance
        Provenance of each label, in the columns of :class:`Provenance`.
    key
        Name of the column in ``values`` that identifies a record; None until it is known.
    report
        Rows that were left out or changed when these labels were read or merged.
    unanswered
        Rows that were shown and have no label: ``labeling_set_id``, then the columns of ``values``.
        They help to recognize the same set in another file. None where not known.
    """

    set_ids: pa.StringArray
    labels: pa.StringArray
    values: pa.Table
    provenance: pa.Table
    key: str | None = None
    report: LabelReport = field(default_factory=LabelReport)
    unanswered: pa.Table | None = None

    @classmethod
    def of(
        cls,
        table: pa.Table,
        *,
        key: str | None = None,
        provenance: Provenance | None = None,
    ) -> Labels:
        """Read the labelled rows of a table that has the form of a labelling file.

        Parameters
        ----------
        table
            Columns ``labeling_set_id`` and ``label``, in front or anywhere exactly once, and the
            columns of the records.
        key
            Name of the column that identifies a record. Without it, repeated rows are removed when
            the labels are first combined with their table.
        provenance
            Provenance of all these labels.

        Returns
        -------
        Labels
            The rows with a label.

        Raises
        ------
        LabelFileError
            A column is absent or repeated, a type has no text form, or no row has a label.
        """
        columns = parse_columns(table, key)
        labels, doubts = without_doubts(columns.labels)
        is_labelled = np.asarray(pc.and_(is_filled(labels), is_filled(columns.set_ids)), np.bool_)
        kept, blank = np.flatnonzero(is_labelled), np.flatnonzero(~is_labelled)
        if len(kept) == 0:
            raise LabelFileError(
                f"no row of {table.num_rows:,} has a label; fill in the column '{LABEL}': "
                "the same label for rows of a set that match, another for those that do not"
            )
        shown = cls(
            columns.set_ids,
            labels,
            columns.values,
            with_strategy(
                (provenance or Provenance()).repeated(len(columns.set_ids)),
                _of_form(columns.set_ids, REVIEW_SET),
                REVIEW,
            ),
            key,
            LabelReport(blank=len(blank), notes=(*columns.notes, *doubts)),
        )
        made = replace(shown._take(kept), unanswered=shown._shown().take(pa.array(blank)))
        return made._resolved()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_sets(self) -> int:
        """Number of sets with a labelled row."""
        return len(codes(self.set_ids)[1])

    @property
    def is_ready(self) -> bool:
        """Whether at least one pair matches and at least one does not, without audits."""
        taught = pa.array(~self.of_audit)
        sets, names = codes(self.set_ids.filter(taught))
        groups = np.sort(packed(sets, codes(self.labels.filter(taught))[0]))
        first = run_starts(groups)
        groups_of_set = np.bincount(unpacked(groups[first])[0], minlength=len(names))
        return bool(len(first) < len(groups) and groups_of_set.max(initial=0) > 1)

    def table(self) -> pa.Table:
        """Return the rows in the form of a labelling file, without provenance."""
        return pa.Table.from_arrays(
            [self.set_ids, self.labels, *self.values.columns],
            names=[LABELING_SET_ID, LABEL, *self.values.column_names],
        )

    def merged(self, new: Labels, *, replace_all: bool = False) -> Labels:
        """Merge newer labels into these.

        Parameters
        ----------
        new
            The newer labels. Where both have a row of the same set and key, the newer one replaces
            the older. An equal row changes nothing. Contradicting rows of different sets are all
            kept.
        replace_all
            Whether to drop these labels and keep only the new ones.

        Returns
        -------
        Labels
            The merged labels; their report lists what the merge changed or left out.

        Raises
        ------
        LabelFileError
            The new labels have other columns.
        UsageError
            Both have a key column, and these differ.
        """
        if self.key is not None and new.key is not None and self.key != new.key:
            raise UsageError(
                f"labels with key '{new.key}' cannot join labels with key '{self.key}'; "
                "read both with the same key"
            )
        key = self.key or new.key
        differing = {*self.values.column_names} ^ {*new.values.column_names}
        if differing & {*RESULTS}:
            return self._without_results().merged(new._without_results(), replace_all=replace_all)
        check_columns(new.values.column_names, self.values.column_names, "the labels given before")
        if replace_all:
            return replace(new, key=key)._resolved()
        others = {*new.values.column_names}
        names = [name for name in self.values.column_names if name in others]
        shown = pa.concat_tables([self._shown(names), new._shown(names)]).combine_chunks()
        values = shown.select(list(range(1, shown.num_columns)))
        before = shown.num_rows - new._n_shown
        is_new = np.arange(shown.num_rows) >= before
        apart = set_apart(one_chunk(shown[0]), lambda: record_codes(values, key), is_new)
        labelled = np.concatenate([np.arange(len(self)), before + np.arange(len(new))])
        is_blank = np.ones(shown.num_rows, np.bool_)
        is_blank[labelled] = False
        joined = Labels(
            apart.set_ids.take(pa.array(labelled)),
            pa.concat_arrays([self.labels, new.labels]),
            values.take(pa.array(labelled)).combine_chunks(),
            pa.concat_tables([self.provenance, new.provenance]).combine_chunks(),
            key,
            LabelReport(blank=new.report.blank, notes=tuple(apart.lines())),
            shown.set_column(0, LABELING_SET_ID, apart.set_ids).filter(pa.array(is_blank)),
        )
        return joined._resolved()

    def chosen(self, rows: NDArray[np.bool_]) -> Labels:
        """Return the labelled rows of a mask of shape (rows,), with their provenance."""
        return self._take(np.flatnonzero(rows))._resolved()

    def bound(self, records: Records) -> Labels:
        """Check these labels against their table.

        Parameters
        ----------
        records
            The table.

        Returns
        -------
        Labels
            The same labels with the table's key. Their report also counts keys that the table lacks
            and values that differ from the table's.

        Raises
        ------
        LabelFileError
            The columns differ from the table's, or the table holds none of the keys.
        """
        labels, names = self, records.table.column_names
        if ({*names} ^ {*self.values.column_names}) & {*RESULTS}:
            # labels of a table fit its matched copy, and the other way round
            labels, names = self._without_results(), [name for name in names if name not in RESULTS]
        if records.key not in labels.values.column_names:
            raise LabelFileError(
                f"labels lack the key column '{records.key}'; they have "
                f"{some(labels.values.column_names)}; write all columns of the table after "
                f"{LABELING_SET_ID},{LABEL}"
            )
        check_columns(labels.values.column_names, names, "the table")
        made = labels if labels.key == records.key else replace(labels, key=records.key)._resolved()
        positions = made._positions(records)
        in_table = np.flatnonzero(positions >= 0)
        if len(in_table) == 0:
            raise LabelFileError(
                f"none of the {len(made):,} labelled keys is in the table; the labels have "
                f"{some(made.values[records.key].slice(0, 3).to_pylist())}, the table "
                f"{some(records.keys.slice(0, 3).to_pylist())}; label rows of this table"
            )
        differs = np.zeros(len(in_table), np.bool_)
        for name in (name for name in names if name not in RESULTS):
            labelled = made.values[name].take(pa.array(in_table))
            actual = plain_text(records.table[name].take(pa.array(positions[in_table])))
            differs |= np.asarray(pc.not_equal(labelled.combine_chunks(), actual))
        report = replace(
            made.report, unknown=made.unknown_keys(records), differing=int(differs.sum())
        )
        return replace(made, report=report)

    def unknown_keys(self, records: Records) -> tuple[str, ...]:
        """Return the labelled keys that a table lacks, once each, in order of first appearance."""
        keys = self.values[records.key].combine_chunks()
        missing = np.flatnonzero(self._positions(records) < 0)
        return tuple(pc.unique(keys.take(pa.array(missing))).to_pylist())

    @property
    def of_audit(self) -> NDArray[np.bool_]:
        """Which rows answer a sampled audit, so that they are never learned from, shape (rows,)."""
        return _of_form(self.set_ids, AUDIT_SET)

    @property
    def of_review(self) -> NDArray[np.bool_]:
        """Which rows answer a doubtful decision, shape (rows,): learned from, no random sample."""
        return _of_form(self.set_ids, REVIEW_SET)

    def pairs(self, records: Records, *, audit: bool = False) -> LabeledPairs:
        """Derive the labelled pairs within each set.

        Parameters
        ----------
        records
            The table; rows whose key it lacks are left out (:meth:`unknown_keys` names them).
        audit
            Whether to derive the pairs of audit sets, and only these. Otherwise these pairs are
            left out, also where their two rows are in another set together, so that nothing learns
            from them.

        Returns
        -------
        LabeledPairs
            ``n (n - 1) / 2`` pairs for each set of ``n`` rows.

        Raises
        ------
        LabelFileError
            The table holds none of the keys, or a set is larger than 5,000 rows.
        """
        made = self if self.key == records.key else self.bound(records)
        positions = made._positions(records)
        sets, set_names = codes(made.set_ids)
        groups = codes(made.labels)[0]
        if not (positions >= 0).any():
            made.bound(records)  # raises with the reason
        used = np.flatnonzero((positions >= 0) & (made.of_audit == audit))
        used = used[np.lexsort((positions[used], sets[used]))]
        positions, sets, groups = positions[used], sets[used], groups[used]
        sizes = np.bincount(sets, minlength=len(set_names))
        if sizes.max() > TOO_MANY_ROWS:
            name = set_names[int(sizes.argmax())].as_py()
            raise LabelFileError(
                f"set '{name}' holds {sizes.max():,} rows, at most {TOO_MANY_ROWS:,} can be used; "
                "sets of about ten rows are meant"
            )
        made_pairs = pairs_inside(positions, sets, groups, sizes)
        if audit or not made.of_audit.any():
            return made_pairs
        measured = made.pairs(records, audit=True)
        return made_pairs.take(~np.isin(made_pairs.ids(), measured.ids()))

    def _without_results(self) -> Labels:
        def plain(table: pa.Table) -> pa.Table:
            return table.select([name for name in table.column_names if name not in RESULTS])

        shown = None if self.unanswered is None else plain(self.unanswered)
        return replace(self, values=plain(self.values), unanswered=shown)

    def record_codes(self) -> NDArray[np.int32]:
        """Return a number per row for its record: its key, or all its values without a key."""
        return record_codes(self.values, self.key)

    def _positions(self, records: Records) -> NDArray[np.int32]:
        keys = self.values[records.key].combine_chunks()
        rows = pc.index_in(keys, value_set=records.keys)
        return np.asarray(rows.fill_null(-1), dtype=np.int32)

    def _take(self, rows: NDArray[np.int64]) -> Labels:
        index = pa.array(rows)
        return replace(
            self,
            set_ids=self.set_ids.take(index),
            labels=self.labels.take(index),
            values=self.values.take(index).combine_chunks(),
            provenance=self.provenance.take(index).combine_chunks(),
        )

    def _shown(self, names: list[str] | None = None) -> pa.Table:
        """Return set id and values of the labelled rows, then of the unanswered rows."""
        values = self.values if names is None else self.values.select(names)
        labelled = values.add_column(0, LABELING_SET_ID, self.set_ids)
        if self.unanswered is None:
            return labelled
        return pa.concat_tables([labelled, self.unanswered.select(labelled.column_names)])

    @property
    def _n_shown(self) -> int:
        return len(self) + (0 if self.unanswered is None else self.unanswered.num_rows)

    def _resolved(self) -> Labels:
        labels, mixed = one_form(self.set_ids, self.labels)
        made = self
        if mixed:
            note = (
                counted(len(mixed), "set writes", "sets write")
                + f" a label as 1 and as 1.0, which were taken as one: {some(mixed)}"
            )
            notes = (*self.report.notes, note)
            made = replace(self, labels=labels, report=replace(self.report, notes=notes))
        if made.key is not None:
            latest = latest_rows(made.set_ids, made.labels, made.values, made.key)
            if latest is not None:
                report = replace(made.report, identical=latest.identical, replaced=latest.replaced)
                made = replace(made._take(latest.rows), report=report)
        sets, names = codes(made.set_ids)
        sizes = np.bincount(sets, minlength=len(names))
        single, large = (
            tuple(names.take(pa.array(np.flatnonzero(odd))).to_pylist())
            for odd in (sizes == 1, sizes > MANY_ROWS)
        )
        return replace(made, report=replace(made.report, single=single, large=large))


def _of_form(set_ids: pa.StringArray, form: str) -> NDArray[np.bool_]:
    has_form = pc.match_substring_regex(pc.utf8_trim_whitespace(set_ids), form)
    return np.asarray(pc.fill_null(has_form, False), np.bool_)
