import numpy as np
import pytest

from matchloop.active_learning.strategies import BUILTIN, Margin, Random, Strategy, find_strategy
from matchloop.errors import UnknownName, UsageError
from matchloop.lab.testing import StrategyContract, made_up_context


class TestEveryStrategy(StrategyContract):
    @pytest.fixture(params=sorted(BUILTIN))
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        if request.param == "skactiveml":
            pytest.importorskip("skactiveml")
        return BUILTIN[request.param]()


def test_a_strategy_is_found_by_its_name() -> None:
    assert find_strategy("margin") == Margin()
    assert find_strategy("random") == Random()


def test_a_strategy_with_its_own_parameters_is_used_as_it_is() -> None:
    mine = Margin(at=0.7)

    assert find_strategy(mine) is mine


def test_an_unknown_name_lists_those_that_exist() -> None:
    with pytest.raises(
        UnknownName,
        match="no 'oracle' in matchloop.strategies; known: anchored_margin, balanced",
    ):
        find_strategy("oracle")


def test_a_context_cannot_be_written_to() -> None:
    context = made_up_context()

    with pytest.raises(ValueError, match="read-only"):
        context.probability[0] = 1.0


@pytest.mark.parametrize("at", [0.5, 0.2, 0.9])
def test_doubt_is_highest_at_its_border_and_falls_to_both_sides(at: float) -> None:
    context = made_up_context()
    utilities = Margin(at=at).utilities(context)

    for side in (context.probability <= at, context.probability >= at):
        near = np.argsort(np.abs(context.probability[side].astype(float) - at))
        assert (np.diff(utilities[side][near]) <= 0).all()
    assert utilities.max() <= 1
    assert utilities.min() >= 0


@pytest.mark.parametrize("at", [0.0, 1.0, -1.0, float("nan")])
def test_a_border_outside_zero_to_one_is_refused(at: float) -> None:
    with pytest.raises(UsageError, match="expected between 0 and 1"):
        Margin(at=at)
