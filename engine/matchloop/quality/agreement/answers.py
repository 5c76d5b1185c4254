"""What several people said of the same rows: their label files, put beside each other."""

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

TOO_MANY_ROWS = 1_000  # a set of more would be half a million pairs for each person


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredSet:
    """The rows of one set and how each person grouped them.

    Parameters
    ----------
    name
        The set's id, as the first person's file has it.
    keys
        Key of each row.
    groups
        Group of each row by each person, shape (rows, people), from 0; -1 where a person has no
        label for the row.
    rows
        Where each row stands in :attr:`Answers.values`.
    """

    name: str
    keys: tuple[str, ...]
    groups: NDArray[np.int32]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What several people said. Build one with :func:`gather`.

    Parameters
    ----------
    people
        Their names.
    sets
        Every set that one of them labelled, in order of first appearance.
    values
        The rows' own columns, as the first person's file has them.
    key
        Name of the column that identifies a record.
    notes
        Sentences on what could not be used as it stands.
    """

    people: tuple[str, ...]
    sets: tuple[AnsweredSet, ...]
    values: pa.Table
    key: str
    notes: tuple[str, ...] = ()

    @property
    def shared(self) -> int:
        """How many sets hold two rows or more that two people labelled."""
        return sum(_overlaps(one.groups) for one in self.sets)


def gather(people: Mapping[str, Labels], *, key: str) -> Answers:
    """Put the labels of several people beside each other.

    A set of one person is the same as one of another where the two hold the same keys, whatever
    its id; or where they have the same id and at least two keys in common. Rows that a person left
    blank count as keys of the set. Where a person labelled a row of a set twice, the later label
    counts.

    Parameters
    ----------
    people
        The labels of each person.
    key
        Name of the column that identifies a record.

    Raises
    ------
    UsageError
        There are fewer than two people.
    LabelFileError
        A person's labels lack the key column, or a set is too large to be meant.
    """
    if len(people) < 2:
        raise UsageError(f"agreement takes two people or more, not {len(people)}; give their files")
    names = _columns(people, key)
    kept = _told_apart_by_spaces(people.values(), key)
    merged: list[_Set] = []
    tables, before = [], 0
    for person, labels in enumerate(people.values()):
        _place(merged, _sets_of(labels, key, before, kept), person)
        tables.append(labels.values.select(names))
        before += len(labels)
    sets = tuple(_answered(one, len(people)) for one in merged)
    values = pa.concat_tables(tables).combine_chunks()
    return Answers(tuple(people), sets, values, key, tuple(_notes(people, names)))


def by_column(labels: Labels, column: str) -> dict[str, Labels]:
    """Split labels by a column that says who answered, and leave the column out.

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
    groups: dict[int, dict[str, int]]  # person -> key -> group
    shown: set[str]  # the keys of the rows, and of those that were left blank


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


def _told_apart_by_spaces(people: Iterable[Labels], key: str) -> frozenset[str]:
    """Return the keys of one person that are alike but for spaces around them: two records."""
    found: set[str] = set()
    for labels in people:
        forms: dict[str, set[str]] = {}
        exact = pc.unique(labels.values[key].combine_chunks())
        for given, bare in zip(exact.to_pylist(), plain(exact).to_pylist(), strict=True):
            forms.setdefault(bare, set()).add(given)
        found.update(one for same in forms.values() if len(same) > 1 for one in same)
    return frozenset(found)


def _keys(column: pa.ChunkedArray, kept: frozenset[str]) -> list[str]:
    """Return keys without spaces around them, but for those that only spaces tell apart."""
    pairs = zip(column.to_pylist(), plain(column).to_pylist(), strict=True)
    return [given if given in kept else bare for given, bare in pairs]


def _sets_of(labels: Labels, key: str, before: int, kept: frozenset[str]) -> list[_Set]:
    found: dict[str, _Set] = {}
    codes: dict[tuple[str, str], int] = {}
    keys = _keys(labels.values[key], kept)
    names = plain(labels.set_ids).to_pylist()
    said = plain(labels.labels).to_pylist()
    for row, (name, record, label) in enumerate(zip(names, keys, said, strict=True)):
        one = found.setdefault(name, _Set(name, {}, {0: {}}, set()))
        one.rows[record] = before + row
        one.shown.add(record)
        one.groups[0][record] = codes.setdefault((name, label), len(codes))
    if labels.unanswered is not None:
        sets = plain(labels.unanswered[0]).to_pylist()
        for name, record in zip(sets, _keys(labels.unanswered[key], kept), strict=True):
            if name in found:
                found[name].shown.add(record)
    for one in found.values():
        if len(one.rows) > TOO_MANY_ROWS:
            raise LabelFileError(
                f"set '{one.name}' holds {len(one.rows):,} rows, at most {TOO_MANY_ROWS:,} can be "
                "compared; sets of about ten rows are meant"
            )
    return list(found.values())


def _place(merged: list[_Set], new: list[_Set], person: int) -> None:
    free = [one for one in merged if person not in one.groups]
    by_keys: dict[frozenset[str], list[_Set]] = {}
    for known in free:
        by_keys.setdefault(frozenset(known.shown), []).append(known)
    by_name = {known.name: known for known in free}
    waiting = []
    for one in new:
        same = by_keys.get(frozenset(one.shown), [])
        named = next((known for known in same if known.name == one.name), None)
        if same:
            _join(named or same[0], one, person)
            same.remove(named or same[0])
        else:
            waiting.append(one)
    for one in waiting:
        partner = by_name.get(one.name)
        common = partner is not None and len(partner.shown & one.shown)
        if partner is not None and person not in partner.groups and common and common > 1:
            _join(partner, one, person)
        else:
            merged.append(_Set(one.name, one.rows, {person: one.groups[0]}, one.shown))


def _join(known: _Set, new: _Set, person: int) -> None:
    known.rows = {**new.rows, **known.rows}
    known.shown |= new.shown
    known.groups[person] = new.groups[0]


def _answered(one: _Set, people: int) -> AnsweredSet:
    keys = sorted(one.rows)  # the order of rows in a file changes nothing
    groups = np.full((len(keys), people), -1, np.int32)
    for person, said in one.groups.items():
        numbers: dict[int, int] = {}
        for place, record in enumerate(keys):
            if record in said:
                groups[place, person] = numbers.setdefault(said[record], len(numbers))
    rows = np.array([one.rows[record] for record in keys], np.int64)
    return AnsweredSet(one.name, tuple(keys), groups, rows)


def _overlaps(groups: NDArray[np.int32]) -> bool:
    said = groups >= 0
    pairs = combinations(range(groups.shape[1]), 2)
    return any((said[:, a] & said[:, b]).sum() > 1 for a, b in pairs)
