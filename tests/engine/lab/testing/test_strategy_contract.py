from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.active_learning.strategies import QueryContext, Strategy
from matchloop.lab.testing import StrategyContract


@dataclass(frozen=True)
class Undecided:
    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        return np.full(len(context), np.nan)


@dataclass(frozen=True)
class OwnChance:
    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        return np.random.default_rng().random(len(context))


@dataclass(frozen=True)
class Careless:
    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        context.probability.sort()
        return context.probability.astype(np.float64)


@dataclass(frozen=True)
class Demanding:
    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        if context.guess is None:
            raise ValueError("no guess")
        return context.guess.astype(np.float64)


@dataclass
class Forgetful:
    def utilities(self, context: QueryContext) -> NDArray[np.float64]:
        return np.zeros(len(context))


CONTRACT = StrategyContract()


@pytest.mark.parametrize(
    ("strategy", "broken"),
    [
        (Undecided(), lambda s: CONTRACT.test_gives_one_finite_utility_per_candidate(s, 120)),
        (OwnChance(), CONTRACT.test_the_same_context_gives_the_same_bytes),
        (Careless(), CONTRACT.test_leaves_its_context_as_it_was),
        (Demanding(), CONTRACT.test_manages_with_pairs_and_probabilities_alone),
        (Forgetful(), CONTRACT.test_its_parameters_are_its_fields),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_contract_notices_what_is_wrong(strategy: Strategy, broken: object) -> None:
    assert callable(broken)

    with pytest.raises((AssertionError, ValueError)):
        broken(strategy)
