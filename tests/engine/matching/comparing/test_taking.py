"""Comparers reduced to some records compare them bit by bit as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from matchloop.data.io import read_records
from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.errors import UsageError
from matchloop.matching.backends import prepare
from matchloop.matching.comparing import BUILTIN, Comparer

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
Rows = np.ndarray[Any, Any]
DATA = Path(__file__).parents[4] / "data"
CASES = [(name, kind) for name, comparator in BUILTIN.items() for kind in sorted(comparator.kinds)]


def equal_on(rows: Rows, whole: Comparer, left: Rows, right: Rows) -> bool:
    """Whether the comparer of some rows compares their pairs as the whole one does."""
    pairs = CandidatePairs.of(rows[left], rows[right])
    moved = CandidatePairs.of(left, right)
    part = whole.take(rows.astype(np.int32))
    return part.compare(moved).features.tobytes() == whole.compare(pairs).features.tobytes()


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_comparator_compares_some_rows_as_it_did_among_all(
    name: str, kind: Kind, make_views: Callable[[Columns], Views], mixed: Columns
) -> None:
    for _, values in mixed.values():
        views = make_views({"c": (kind, values)})
        left, right = np.triu_indices(len(values), 1)
        candidates = CandidatePairs.of(left[::2], right[::2])
        whole = Comparer.plan(views, candidates, comparators={"c": [name]})

        rows = np.array([0, 1, 4, 5, 6, 9])

        assert equal_on(rows, whole, *np.triu_indices(len(rows), 1))


@pytest.mark.parametrize("name", ["people.csv", "customers.csv"])
def test_a_table_in_parts_is_compared_as_a_whole(name: str) -> None:
    table = prepare(read_records(DATA / name, key="id"))
    candidates = table.candidates
    for part in np.array_split(np.arange(len(candidates)), 3):
        pairs = candidates.take(part)
        rows = np.union1d(pairs.left, pairs.right)
        left, right = np.searchsorted(rows, pairs.left), np.searchsorted(rows, pairs.right)

        assert equal_on(rows, table.comparer, left, right)


def test_pairs_of_no_rows_are_none() -> None:
    whole = prepare(read_records(DATA / "people.csv", key="id")).comparer
    none = np.empty(0, np.int32)

    assert len(whole.take(none).compare(CandidatePairs.of(none, none))) == 0


class WithoutTake:
    """A comparator of a plug-in, as it may be."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NAME})
    measures = ("zero",)

    @classmethod
    def plan(cls, views: Views, column: str) -> WithoutTake:
        return cls()

    def compare(self, left: Rows, right: Rows, out: Rows) -> None:
        out[:] = 0


def test_a_comparator_that_cannot_be_reduced_is_named() -> None:
    whole = prepare(read_records(DATA / "people.csv", key="id")).comparer
    first, *rest = whole.parts
    plugged = replace(whole, parts=(replace(first, comparator=WithoutTake()), *rest))

    with pytest.raises(UsageError, match="WithoutTake has no method 'take'"):
        plugged.take(np.arange(3, dtype=np.int32))
