"""The contract of every strategy, as tests.

In a test file of a plug-in::

    class TestMine(StrategyContract):
        @pytest.fixture
        def strategy(self):
            return Mine()
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.active_learning.questions import PairGraph, Round, draw_sets, ranked
from matchloop.active_learning.strategies import QueryContext, Strategy
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs

__all__ = ["StrategyContract", "made_up_context"]


def made_up_context(n_records: int = 40, n_pairs: int = 120, *, seed: int = 0) -> QueryContext:
    """Make a context of random pairs and features, with labels on some of the pairs.

    Parameters
    ----------
    n_records
        Number of records, at least 2.
    n_pairs
        Most candidate pairs; 0 for none.
    seed
        The same seed gives the same context, including its generator.
    """
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.choice(n_records * (n_records - 1) // 2, n_pairs, replace=False))
    left, right = (ends[ids].astype(np.int32) for ends in np.triu_indices(n_records, 1))
    strength = rng.random(n_pairs, np.float32)
    probability, guess = rng.random((2, n_pairs), np.float32)
    is_match = rng.random(n_pairs) < 0.5
    labelled = rng.random(n_pairs) < 0.2
    features = rng.random((n_pairs, 5), np.float32)
    features[rng.random(features.shape) < 0.2] = np.nan
    return QueryContext(
        CandidatePairs(left, right, strength, np.ones(n_pairs, np.uint32), ("made up",)),
        probability,
        labelled,
        n_records,
        np.random.default_rng(seed),
        features=features,
        feature_names=tuple(f"column:{number}" for number in range(5)),
        guess=guess,
        labels=_labels(left, right, is_match, labelled),
    )


def _labels(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    is_match: NDArray[np.bool_],
    labelled: NDArray[np.bool_],
) -> LabeledPairs:
    count = int(labelled.sum())
    sets = np.arange(count, dtype=np.int32)
    return LabeledPairs(left[labelled], right[labelled], is_match[labelled], sets)


class StrategyContract:
    """Tests that every strategy passes; give the strategy as the fixture ``strategy``."""

    @pytest.fixture
    def strategy(self) -> Strategy:
        """Return the strategy under test."""
        raise NotImplementedError("override the fixture 'strategy' and return your strategy")

    def test_keeps_the_protocol(self, strategy: Strategy) -> None:
        """Check that it has the method of :class:`Strategy`."""
        assert isinstance(strategy, Strategy)

    def test_its_parameters_are_its_fields(self, strategy: Strategy) -> None:
        """Check that it is a frozen dataclass, equal to another one of the same fields."""
        assert is_dataclass(strategy)
        assert type(strategy).__dataclass_params__.frozen
        values = {field.name: getattr(strategy, field.name) for field in fields(strategy)}
        assert type(strategy)(**values) == strategy

    @pytest.mark.parametrize("n_pairs", [0, 1, 2, 120])
    def test_gives_one_finite_utility_per_candidate(self, strategy: Strategy, n_pairs: int) -> None:
        """Check the shape (pairs,), float64, without NaN or infinity."""
        utilities = strategy.utilities(made_up_context(n_pairs=n_pairs))

        assert utilities.shape == (n_pairs,)
        assert utilities.dtype == np.float64
        assert np.isfinite(utilities).all()

    def test_the_same_context_gives_the_same_bytes(self, strategy: Strategy) -> None:
        """Check that it uses the context's generator only, and keeps no state between calls."""
        first = strategy.utilities(made_up_context(seed=3))
        strategy.utilities(made_up_context(seed=4))

        assert strategy.utilities(made_up_context(seed=3)).tobytes() == first.tobytes()

    def test_leaves_its_context_as_it_was(self, strategy: Strategy) -> None:
        """Check that it writes to no array of the context."""
        context, untouched = made_up_context(), made_up_context()
        strategy.utilities(context)

        for field in fields(context):
            before, after = getattr(untouched, field.name), getattr(context, field.name)
            if isinstance(before, np.ndarray):
                np.testing.assert_array_equal(after, before)

    def test_manages_with_pairs_and_probabilities_alone(self, strategy: Strategy) -> None:
        """Check that it works without features, prior model and labels."""
        bare = replace(made_up_context(), features=None, feature_names=(), guess=None, labels=None)

        assert np.isfinite(strategy.utilities(bare)).all()

    @pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
    def test_manages_when_all_pairs_look_alike(self, strategy: Strategy, level: float) -> None:
        """Check that it works with equal probabilities, with all pairs labelled or none."""
        context = made_up_context()
        same = np.full(len(context), level, np.float32)
        for labelled in (np.zeros(len(context), np.bool_), np.ones(len(context), np.bool_)):
            alike = replace(context, probability=same, labelled=labelled)
            assert np.isfinite(strategy.utilities(alike)).all()

    def test_never_leads_to_a_labelled_pair(self, strategy: Strategy) -> None:
        """Check that questions drawn from its utilities are all new."""
        context = made_up_context()
        answered = context.pairs.ids()[context.labelled]
        graph = PairGraph(context.pairs, context.n_records)
        round_ = Round(graph, context.probability, answered, context.rng)
        drawn = draw_sets(round_, strategy.utilities(context), sets=100, rows=2)

        questions = {(int(min(pair)) << 32) | int(max(pair)) for pair in drawn}
        assert questions
        assert not questions & set(answered.tolist())

    def test_its_utilities_can_be_ranked(self, strategy: Strategy) -> None:
        """Check that the ranking holds every unlabelled candidate once."""
        context = made_up_context()
        order = ranked(strategy.utilities(context), ~context.labelled, context.rng)

        assert sorted(order.tolist()) == np.flatnonzero(~context.labelled).tolist()
