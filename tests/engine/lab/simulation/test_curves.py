from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.errors import InputError, UsageError
from matchloop.lab.simulation import AXES, read_rounds
from matchloop.lab.simulation.curves import Choice, Curve, read_curves

CHOICE = Choice("margin", "mbx", 2, "merge", "matcher")


def curve(spent: list[float], reached: list[float]) -> Curve:
    return Curve("r", "t", "margin", "truth", 0, CHOICE, np.array(spent), np.array(reached))


heights = st.floats(0, 1)
budgets = st.lists(st.integers(1, 500), min_size=1, max_size=8, unique=True).map(
    lambda steps: [0.0, *np.cumsum(steps).astype(float)]
)


@given(budgets, heights, st.booleans())
def test_the_area_of_a_constant_curve_is_the_constant(
    spent: list[float], height: float, log: bool
) -> None:
    flat = curve(spent, [height] * len(spent))

    area = flat.area(spent[1] / 2 if log else 0, spent[-1], log=log)

    assert area == pytest.approx(height)


@given(st.data())
def test_the_area_lies_between_the_lowest_and_the_highest_point(data: st.DataObject) -> None:
    spent = data.draw(budgets)
    reached = data.draw(st.lists(heights, min_size=len(spent), max_size=len(spent)))

    area = curve(spent, reached).area(0, spent[-1])

    assert min(reached) - 1e-9 <= area <= max(reached) + 1e-9


def test_areas_by_hand() -> None:
    one = curve([0, 20, 40, 80], [0.0, 0.4, 0.8, 0.8])

    assert one.area(0, 40) == pytest.approx((20 * 0.2 + 20 * 0.6) / 40)
    assert one.area(0, 30) == pytest.approx((20 * 0.2 + 10 * 0.5) / 30)
    assert one.area(20, 80, log=True) == pytest.approx((0.6 + 0.8) / 2)
    assert one.area(0, 160) == pytest.approx((20 * 0.2 + 20 * 0.6 + 120 * 0.8) / 160)


def test_a_budget_pays_for_whole_rounds_only() -> None:
    one = curve([0, 20, 40], [0.1, 0.2, 0.3])

    assert one.at([0, 19, 20, 39.9, 40, 99]).tolist() == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]


def test_first_and_stable_crossing() -> None:
    one = curve([0, 20, 40, 60], [0.1, 0.9, 0.5, 0.9])

    assert one.crossing(0.8) == 20
    assert one.crossing(0.8, stable=True) == 60
    assert one.crossing(0.95) is None
    assert one.crossing(0.95, stable=True) is None
    assert one.crossing(0.1, stable=True) == 0


def test_rounds_become_curves_named_by_what_differs(experiment: Path) -> None:
    curves = read_curves(read_rounds([experiment]))

    assert curves.tables == ["people", "persons"]
    assert curves.contenders == [
        "margin",
        "margin, random start",
        "margin, sets of 5",
        "random",
    ]
    assert curves.oracles == ["truth", "uniform(rate=0.2)"]
    assert len(curves.curves) == 2 * (2 * 2 + 3)


def test_what_every_label_gives_is_no_contender(experiment: Path) -> None:
    curves = read_curves(read_rounds([experiment]))

    assert sorted(curves.supervised) == [
        (table, "matcher", seed) for table in ("people", "persons") for seed in (0, 1)
    ]
    assert all(0 < value <= 1 for value in curves.supervised.values())


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_ascends_from_nothing(experiment: Path, axis: str) -> None:
    for one in read_curves(read_rounds([experiment]), axis=axis).curves:
        assert one.spent[0] == 0
        assert (np.diff(one.spent) > 0).all()


def test_pairs_cost_two_rows_and_a_decision_each(experiment: Path) -> None:
    rounds = read_rounds([experiment])
    spent = {
        axis: read_curves(rounds, axis=axis).of("people", "margin")[0].spent.tolist()
        for axis in ("labels", "rows", "seconds")
    }

    assert spent == {"labels": [0, 6, 12], "rows": [0, 12, 24], "seconds": [0, 66, 132]}


def test_names_that_do_not_exist_are_refused(experiment: Path) -> None:
    rounds = read_rounds([experiment])

    with pytest.raises(UsageError, match="no metric 'f2'; known: f1"):
        read_curves(rounds, metric="f2")
    with pytest.raises(UsageError, match="no axis 'hours'; known: labels"):
        read_curves(rounds, axis="hours")


def test_results_of_different_data_are_not_mixed(experiment: Path) -> None:
    rounds = read_rounds([experiment])
    other = pc.if_else(pc.equal(rounds["seed"], 1), "other", rounds["data"])
    mixed = rounds.set_column(rounds.column_names.index("data"), "data", other)

    with pytest.raises(InputError, match="'people' come from different data"):
        read_curves(mixed)


def test_results_without_a_strategy_are_refused(experiment: Path) -> None:
    rounds: pa.Table = read_rounds([experiment])

    with pytest.raises(InputError, match="no run of a strategy"):
        read_curves(rounds.filter(pc.equal(rounds["strategy"], "all labels")))
