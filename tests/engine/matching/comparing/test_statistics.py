from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.matching.comparing import Comparer

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]


@pytest.mark.parametrize("rows", [[0, 1], [2, 4, 5, 8], [1, 3, 6, 7, 9], [*range(10)]])
def test_a_part_compares_as_in_its_table_by_the_statistics_of_the_table(
    make_views: Callable[[Columns], Views],
    all_pairs: Callable[[int], CandidatePairs],
    mixed: Columns,
    rows: list[int],
) -> None:
    whole = make_views(mixed)
    pairs = all_pairs(10)
    inside = np.isin(pairs.left, rows) & np.isin(pairs.right, rows)
    compared = Comparer.plan(whole, pairs).compare(pairs.take(inside))

    records = whole.records
    part = Views(
        replace(records, table=records.table.take(pa.array(rows))), whole.recorder.statistics()
    )
    left, right = (np.searchsorted(rows, side[inside]) for side in (pairs.left, pairs.right))
    own = CandidatePairs.of(left, right)
    again = Comparer.plan(part, own).compare(own)

    of_values = [name for name in again.names if not name.startswith("rivals:")]
    at = [again.names.index(name) for name in of_values]
    assert np.array_equal(again.features[:, at], compared.features[:, at], equal_nan=True)


def test_without_statistics_a_part_compares_by_its_own(
    make_views: Callable[[Columns], Views], all_pairs: Callable[[int], CandidatePairs]
) -> None:
    names = (Kind.NAME, ["ann", "ann", *["bob"] * 8])
    whole = make_views({"name": names})
    Comparer.plan(whole, all_pairs(10))
    two = replace(whole.records, table=whole.records.table.slice(0, 2))

    own = Comparer.plan(Views(two), all_pairs(2)).compare(all_pairs(2))
    frozen = Views(two, whole.recorder.statistics())
    of_whole = Comparer.plan(frozen, all_pairs(2)).compare(all_pairs(2))

    at = own.names.index("name:agreement")
    assert own.features[0, at] == pytest.approx(0.5)  # both of two records have it
    assert of_whole.features[0, at] > 0.7  # two of ten
