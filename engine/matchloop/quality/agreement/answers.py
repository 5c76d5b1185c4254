"""The answers of several annotators, aligned by set and row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchloop.data.labels import Labels
from matchloop.data.labels.plain import plain
from matchloop.errors import LabelFileError, UsageError, some

__all__ = ["AnsweredSet", "Answers", "by_column", "gather"]

TOO_MANY_ROWS = 1_000  # half a million pairs for each annotator; a convention


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredSet:
    """The rows of one set and their groups by each annotator.

    Parameters
    ----------
    name
        The set's id, from the file of the first annotator.
    keys
        Key of each row.
    groups
        Group of each row by each annotator, shape (rows, annotators), from 0; -1 without a label.
    rows
        Position of each row in :attr:`Answers.values`.
    """

    name: str
    keys: tuple[str, ...]
    groups: NDArray[np.int32]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of several annotators. Build one with :func:`gather`.

    Parameters
    ----------
    annotators
        Their names.
    sets
        Every labelled set, in order of first appearance.
    values
        Columns of the rows that all files have.
    key
        Name of the column that identifies a record.
    notes
        Caveats, a sentence each.
    """

    annotators: tuple[str, ...]
    sets: tuple[AnsweredSet, ...]
    values: pa.Table
    key: str
    notes: tuple[str, ...] = ()

    @property
    def shared(self) -> int:
        """Number of sets in which two annotators labelled two rows or more in common."""
        return sum(_overlaps(answered.groups) for answered in self.sets)


def gather(people: Mapping[str, Labels], *, key: str) -> Answers:
    """Align the labels of several annotators.

    Two sets are the same if they have the same keys, or the same id and two keys in common. Rows
    without a label count as keys of their set. If a row is labelled twice, the later label counts.

    Parameters
    ----------
    people
        The labels of each annotator, by name.
    key
        Name of the column that identifies a record.

    Returns
    -------
    Answers
        The aligned answers.

    Raises
    ------
    UsageError
        There are fewer than two annotators.
    LabelFileError
        Labels lack the key column, or a set has more than :data:`TOO_MANY_ROWS` rows.
    """
    if len(people) < 2:
        raise UsageError(f"agreement takes two people or more, not {len(people)}; give their files")
    names = _columns(people, key)
    kept = _distinct_by_spaces(people.values(), key)
    merged: list[_Set] = []
    tables, before = [], 0
    for person, labels in enumerate(people.values()):
        _place(merged, _sets_of(labels, key, before, kept), person)
        tables.append(labels.values.select(names))
        before += len(labels)
    sets = tuple(_answered(item, len(people)) for item in merged)
    values = pa.concat_tables(tables).combine_chunks()
    return Answers(tuple(people), sets, values, key, tuple(_notes(people, names)))


def by_column(labels: Labels, column: str) -> dict[str, Labels]:
    """Split labels by a column that names the annotator, and drop that column.

    Raises
    ------
    LabelFileError
        There is no such column, or a row has no value in it.
    """
    if column not in labels.values.column_names:
        raise LabelFileError(
            f"labels lack the column '{column}' that says who answered; they have "
            f"{some(labels.values.column_names, 12)}"
        )
    who = plain(labels.values[column].combine_chunks())
    if pc.any(pc.equal(who, "")).as_py():
        row = np.flatnonzero(np.asarray(pc.equal(who, "")))[0] + 1
        raise LabelFileError(f"labelled row {row} has no value in '{column}'; say who answered")
    people = _without(labels, column)
    made = {}
    for name in pc.unique(who).to_pylist():
        own = people.chosen(np.asarray(pc.equal(who, name)))
        made[name] = replace(own, unanswered=_shown_to(name, labels.unanswered, column))
    return made


def _without(labels: Labels, column: str) -> Labels:
    values = labels.values.drop_columns([column])
    return replace(labels, values=values, key=None)


def _shown_to(name: str, shown: pa.Table | None, column: str) -> pa.Table | None:
    if shown is None:
        return None
    who = plain(shown[column])
    return shown.filter(pc.equal(who, name)).drop_columns([column])


@dataclass(slots=True)
class _Set:
    name: str
    rows: dict[str, int]  # key -> row of the values
    groups: dict[int, dict[str, int]]  # annotator -> key -> group
    shown: set[str]  # keys of all rows, with a label or without


def _columns(people: Mapping[str, Labels], key: str) -> list[str]:
    for name, labels in people.items():
        if key not in labels.values.column_names:
            raise LabelFileError(
                f"the labels of {name} lack the key column '{key}'; they have "
                f"{some(labels.values.column_names)}"
            )
    first, *others = (labels.values.column_names for labels in people.values())
    return [name for name in first if all(name in other for other in others)]


def _notes(people: Mapping[str, Labels], kept: Sequence[str]) -> list[str]:
    left = {
        column
        for labels in people.values()
        for column in labels.values.column_names
        if column not in kept
    }
    return [f"columns that not all files have were left out: {some(sorted(left))}"] if left else []


def _distinct_by_spaces(annotators: Iterable[Labels], key: str) -> frozenset[str]:
    """Return the keys of an annotator that differ only by outer spaces: they are two records."""
    kept: set[str] = set()
    for labels in annotators:
        forms: dict[str, set[str]] = {}
        column = pc.unique(labels.values[key].combine_chunks())
        for exact, bare in zip(column.to_pylist(), plain(column).to_pylist(), strict=True):
            forms.setdefault(bare, set()).add(exact)
        kept.update(exact for same in forms.values() if len(same) > 1 for exact in same)
    return frozenset(kept)


def _keys(column: pa.ChunkedArray, kept: frozenset[str]) -> list[str]:
    """Return keys without outer spaces, except those that differ only by them."""
    pairs = zip(column.to_pylist(), plain(column).to_pylist(), strict=True)
    return [exact if exact in kept else bare for exact, bare in pairs]


def _sets_of(labels: Labels, key: str, before: int, kept: frozenset[str]) -> list[_Set]:
    sets: dict[str, _Set] = {}
    codes: dict[tuple[str, str], int] = {}
    keys = _keys(labels.values[key], kept)
    names = plain(labels.set_ids).to_pylist()
    answers = plain(labels.labels).to_pylist()
    for row, (name, record, label) in enumerate(zip(names, keys, answers, strict=True)):
        item = sets.setdefault(name, _Set(name, {}, {0: {}}, set()))
        item.rows[record] = before + row
        item.shown.add(record)
        item.groups[0][record] = codes.setdefault((name, label), len(codes))
    if labels.unanswered is not None:
        set_ids = plain(labels.unanswered[0]).to_pylist()
        for name, record in zip(set_ids, _keys(labels.unanswered[key], kept), strict=True):
            if name in sets:
                sets[name].shown.add(record)
    for item in sets.values():
        if len(item.rows) > TOO_MANY_ROWS:
            raise LabelFileError(
                f"set '{item.name}' holds {len(item.rows):,} rows, at most {TOO_MANY_ROWS:,} can "
                "be compared; sets of about ten rows are meant"
            )
    return list(sets.values())


def _place(merged: list[_Set], new: list[_Set], annotator: int) -> None:
    free = [earlier for earlier in merged if annotator not in earlier.groups]
    by_keys: dict[frozenset[str], list[_Set]] = {}
    for earlier in free:
        by_keys.setdefault(frozenset(earlier.shown), []).append(earlier)
    by_name = {earlier.name: earlier for earlier in free}
    waiting = []
    for item in new:
        same = by_keys.get(frozenset(item.shown), [])
        named = next((earlier for earlier in same if earlier.name == item.name), None)
        if same:
            _join(named or same[0], item, annotator)
            same.remove(named or same[0])
        else:
            waiting.append(item)
    for item in waiting:
        partner = by_name.get(item.name)
        common = partner is not None and len(partner.shown & item.shown)
        if partner is not None and annotator not in partner.groups and common and common > 1:
            _join(partner, item, annotator)
        else:
            merged.append(_Set(item.name, item.rows, {annotator: item.groups[0]}, item.shown))


def _join(merged: _Set, new: _Set, annotator: int) -> None:
    merged.rows = {**new.rows, **merged.rows}
    merged.shown |= new.shown
    merged.groups[annotator] = new.groups[0]


def _answered(item: _Set, annotators: int) -> AnsweredSet:
    keys = sorted(item.rows)  # the order of rows in a file changes nothing
    groups = np.full((len(keys), annotators), -1, np.int32)
    for annotator, own in item.groups.items():
        numbers: dict[int, int] = {}
        for place, record in enumerate(keys):
            if record in own:
                groups[place, annotator] = numbers.setdefault(own[record], len(numbers))
    rows = np.array([item.rows[record] for record in keys], np.int64)
    return AnsweredSet(item.name, tuple(keys), groups, rows)


def _overlaps(groups: NDArray[np.int32]) -> bool:
    has_label = groups >= 0
    pairs = combinations(range(groups.shape[1]), 2)
    return any((has_label[:, a] & has_label[:, b]).sum() > 1 for a, b in pairs)
