"""Laws that every comparator keeps, on every kind of column it is used for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.matching.comparing.planned import Planned
from matchloop.data.records import Kind, Records
from matchloop.data.text import without_placeholders
from matchloop.data.views import Views
from matchloop.matching.comparing import BUILTIN, RecordComparator
from matchloop.matching.comparing.builtin import RECORD

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
MakeViews = Callable[[Columns], Views]
CASES = [(name, kind) for name, comparator in BUILTIN.items() for kind in sorted(comparator.kinds)]
Rows = NDArray[np.int64]
READ_OUT_OF_TEXT = {"alignment", "digits", "model", "quantity", "day", "place"}


def measured(planned: Planned, left: Rows, right: Rows) -> NDArray[np.float32]:
    out = np.full((len(planned.measures), len(left)), -9, np.float32)
    planned.compare(np.array(left, np.int32), np.array(right, np.int32), out)
    return out


def every_pair(rows: int) -> tuple[Rows, Rows]:
    return np.repeat(np.arange(rows), rows), np.tile(np.arange(rows), rows)


@pytest.mark.parametrize(("name", "kind"), CASES)
class TestEveryComparator:
    def test_swapping_the_records_changes_nothing(
        self, name: str, kind: Kind, make_views: MakeViews, mixed: Columns
    ) -> None:
        for values in [values for _, values in mixed.values()]:
            planned = Planned.of(name, make_views({"c": (kind, values)}))
            left, right = every_pair(len(values))

            np.testing.assert_array_equal(
                measured(planned, left, right), measured(planned, right, left)
            )

    def test_values_lie_between_0_and_1_and_equal_ones_have_the_highest(
        self, name: str, kind: Kind, make_views: MakeViews, mixed: Columns
    ) -> None:
        for values in [values for _, values in mixed.values()]:
            planned = Planned.of(name, make_views({"c": (kind, values)}))
            rows = len(values)
            matrix = measured(planned, *every_pair(rows)).reshape(-1, rows, rows)

            known = matrix[~np.isnan(matrix)]
            assert ((known >= 0) & (known <= 1)).all()
            for square in matrix:
                highest = np.diag(square)
                others = np.where(np.isnan(square), -np.inf, square)
                assert (others.max(axis=1)[~np.isnan(highest)] <= highest[~np.isnan(highest)]).all()

    def test_a_missing_value_is_nan_and_never_zero(
        self, name: str, kind: Kind, make_views: MakeViews, mixed: Columns
    ) -> None:
        values = next(values for k, values in mixed.values() if k is kind)
        planned = Planned.of(name, make_views({"c": (kind, values)}))
        left, right = every_pair(len(values))
        missing = np.asarray(without_placeholders(pa.array(values)).is_null())

        out = measured(planned, left, right)

        assert np.isnan(out[:, missing[left] | missing[right]]).all()
        if name not in READ_OUT_OF_TEXT:
            assert not np.isnan(out[:, ~(missing[left] | missing[right])]).any()

    def test_measures_depend_on_nothing_but_the_kind(
        self, name: str, kind: Kind, make_views: MakeViews
    ) -> None:
        first = BUILTIN[name].plan(make_views({"c": (kind, ["a 1", "b", None])}), "c")
        second = BUILTIN[name].plan(make_views({"c": (kind, ["2001-01-01", "52.1, 13.2"])}), "c")

        assert first.measures == second.measures
        assert len(set(first.measures)) == len(first.measures)
        assert first.measures or name == "swapped"  # which measures two columns of a table, or none

    @pytest.mark.parametrize("values", [["same"] * 4, [None] * 4, ["only"], ["x" * 10_000, "x"]])
    def test_degenerate_columns_are_compared(
        self,
        name: str,
        kind: Kind,
        values: list[str | None],
        make_views: MakeViews,
    ) -> None:
        planned = Planned.of(name, make_views({"c": (kind, values)}))

        out = measured(planned, *every_pair(len(values)))

        assert not np.isinf(out).any()
        assert not (out < 0).any()


@pytest.mark.parametrize("comparator", RECORD)
def test_record_comparators_are_symmetric(
    comparator: type[RecordComparator], make_views: MakeViews, mixed: Columns
) -> None:
    views = make_views(mixed)
    planned = Planned(comparator.plan(views), views)
    left, right = every_pair(10)

    out = measured(planned, left, right)

    np.testing.assert_array_equal(out, measured(planned, right, left))
    assert (np.isnan(out) | ((out >= 0) & (out <= 1))).all()


def test_every_kind_has_a_comparator() -> None:
    assert set(Kind) == {kind for comparator in BUILTIN.values() for kind in comparator.kinds}


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=1, max_size=8), st.data())
def test_any_text_can_be_compared(values: list[str | None], data: st.DataObject) -> None:
    name, kind = data.draw(st.sampled_from(CASES))
    table = pa.table(
        {"k": [str(n) for n in range(len(values))], "c": pa.array(values, pa.string())}
    )
    planned = Planned.of(name, Views(Records(table, "k", {"c": kind})))

    out = measured(planned, *every_pair(len(values)))

    assert (np.isnan(out) | ((out >= 0) & (out <= 1))).all()
