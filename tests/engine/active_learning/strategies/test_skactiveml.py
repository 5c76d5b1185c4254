import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.active_learning.strategies import Skactiveml, Strategy, make_strategy
from matchloop.errors import UsageError
from matchloop.lab.testing import StrategyContract, made_up_context

pytest.importorskip("skactiveml")

SOME = ["Badge", "CoreSet", "DiscriminativeAL", "QueryByCommittee", "UncertaintySampling"]


class TestSomeOfTheirs(StrategyContract):
    @pytest.fixture(params=SOME)
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        return Skactiveml(request.param)


@pytest.mark.parametrize("name", ["Clue", "DropQuery", "Falcun", "RandomSampling", "TypiClust"])
def test_others_give_the_same_bytes_too(name: str) -> None:
    def scored() -> NDArray[np.float64]:
        return Skactiveml(name).utilities(made_up_context())

    assert scored().tobytes() == scored().tobytes()


def test_its_batch_comes_first_in_its_order() -> None:
    context = made_up_context()
    utilities = Skactiveml("CoreSet", batch=5).utilities(context)

    assert (utilities > 1).sum() == 5
    assert not (utilities[context.labelled] > -1).any()


def test_no_more_pairs_are_shown_than_the_pool_holds() -> None:
    utilities = Skactiveml("CoreSet", batch=5, pool=30).utilities(made_up_context())

    assert (utilities > -1).sum() == 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "Oracle"}, "no pool strategy 'Oracle' for classes; known: Badge, BatchBALD"),
        ({"strategy": "SubSamplingWrapper"}, "no pool strategy"),
        ({"strategy": "GreedySamplingTarget"}, "is for numbers, not for classes"),
        ({"settings": {"speed": 1}}, "UncertaintySampling: .*unexpected keyword argument 'speed'"),
        ({"settings": "fast"}, "write name: value"),
        ({"batch": 0}, "batch is 0"),
    ],
)
def test_mistakes_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_strategy("skactiveml", settings)


def test_a_setting_that_they_refuse_later_is_named() -> None:
    with pytest.raises(UsageError, match="UncertaintySampling: .*; see its settings"):
        Skactiveml(settings={"method": "doubt"}).utilities(made_up_context())
