"""The forest predicts what scikit-learn predicts, from arrays of its own."""

import warnings

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from matchloop.matching.scoring.forest import (
    Forest,
    fit_forest,
    fit_with_out_of_bag,
    flattened,
)


def noisy_pairs(
    count: int, *, seed: int, missing: float = 0.15, n_features: int = 6
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    is_match = rng.random(count) < 0.4
    features = rng.normal(is_match[:, None] * 0.7, 1.0, (count, n_features)).astype(np.float32)
    features[rng.random(features.shape) < missing] = np.nan
    return features, is_match


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2, 0.9]))
def test_predicts_what_scikit_learn_predicts(seed: int, missing: float) -> None:
    features, is_match = noisy_pairs(120, seed=seed, missing=missing)
    unseen, _ = noisy_pairs(300, seed=seed + 1, missing=0.3)
    weight = np.random.default_rng(seed).uniform(0.5, 2, len(is_match))
    model = RandomForestClassifier(n_estimators=15, random_state=seed)
    model.fit(features, is_match, sample_weight=weight)

    forest = flattened(model)

    expected = model.predict_proba(unseen)[:, 1]
    np.testing.assert_allclose(forest.probability(unseen, exact=True), expected, atol=1e-6)
    np.testing.assert_allclose(forest.importance, model.feature_importances_)


def test_a_fit_on_several_threads_leaves_the_filters_of_warnings_alone() -> None:
    features, is_match = noisy_pairs(60, seed=1)
    before = list(warnings.filters)

    for seed in range(5):
        fit_forest(features, is_match, seed=seed)
        fit_with_out_of_bag(features, is_match, seed=seed, trees=100)

    assert list(warnings.filters) == before


def test_values_at_a_threshold_go_the_same_way_as_in_scikit_learn() -> None:
    features = np.repeat(np.linspace(0, 1, 11, dtype=np.float32), 5)[:, None]
    is_match = features[:, 0] > 0.5
    model = RandomForestClassifier(n_estimators=10, random_state=0).fit(features, is_match)
    edges = np.concatenate([t.tree_.threshold for t in model.estimators_]).astype(np.float32)
    below, above = np.nextafter(edges, np.float32(-9)), np.nextafter(edges, np.float32(9))
    around = np.concatenate([below, edges, above])[:, None]

    found = flattened(model).probability(around, exact=True)

    np.testing.assert_allclose(found, model.predict_proba(around)[:, 1], atol=1e-6)


def test_features_beside_count_as_if_they_followed_the_others() -> None:
    features, is_match = noisy_pairs(300, seed=5)
    forest = fit_forest(features, is_match, seed=0)
    unseen, _ = noisy_pairs(500, seed=6)

    apart = forest.probability(unseen[:, :4], np.ascontiguousarray(unseen[:, 4:]))

    assert apart.tobytes() == forest.probability(unseen).tobytes()


def test_stopping_early_changes_no_probability_by_more_than_the_trees_not_asked_could() -> None:
    features, is_match = noisy_pairs(400, seed=1)
    forest = fit_forest(features, is_match, seed=0)
    unseen, _ = noisy_pairs(2000, seed=2)

    early, exact = forest.probability(unseen), forest.probability(unseen, exact=True)

    assert ((early >= 0.5) == (exact >= 0.5)).all()
    assert np.abs(early - exact).max() < 0.25


def test_the_same_seed_gives_the_same_forest() -> None:
    features, is_match = noisy_pairs(200, seed=3)

    one, other = (fit_forest(features, is_match, seed=5).to_arrays() for _ in range(2))

    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_one_thread_and_two_give_the_same_bytes() -> None:
    features, is_match = noisy_pairs(300, seed=4)
    forest = fit_forest(features, is_match, seed=0)
    unseen, _ = noisy_pairs(5000, seed=5)
    most = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = forest.probability(unseen)
    finally:
        numba.set_num_threads(most)

    other = forest.probability(unseen)

    assert one.tobytes() == other.tobytes()


def test_a_row_scores_the_same_alone_and_in_any_chunk() -> None:
    features, is_match = noisy_pairs(300, seed=6)
    forest = fit_forest(features, is_match, seed=0)
    unseen, _ = noisy_pairs(150, seed=7)

    whole = forest.probability(unseen)
    alone = np.concatenate([forest.probability(unseen[i : i + 7]) for i in range(0, 150, 7)])

    assert whole.tobytes() == alone.tobytes()


def test_arrays_give_the_forest_back() -> None:
    features, is_match = noisy_pairs(200, seed=8)
    forest = fit_forest(features, is_match, seed=0)

    again = Forest.from_arrays(forest.to_arrays())

    assert again.probability(features).tobytes() == forest.probability(features).tobytes()


@pytest.mark.parametrize("is_match", [[True], [False], [True] * 9, [False] * 9, []])
def test_one_class_or_no_label_gives_a_constant_that_never_reaches_certainty(
    is_match: list[bool],
) -> None:
    features = np.zeros((len(is_match), 3), dtype=np.float32)
    forest = fit_forest(features, np.array(is_match, dtype=bool), seed=0)

    probability = forest.probability(np.full((4, 3), np.nan, dtype=np.float32))

    expected = (sum(is_match) + 1) / (len(is_match) + 2)
    np.testing.assert_allclose(probability, expected, rtol=1e-6)


def test_columns_without_any_value_are_harmless() -> None:
    features, is_match = noisy_pairs(80, seed=11)
    features[:, 2] = np.nan
    everything_missing = np.full_like(features, np.nan)

    forest = fit_forest(features, is_match, seed=0)

    assert forest.importance[2] == 0
    assert np.isfinite(forest.probability(everything_missing)).all()
    assert np.isfinite(fit_forest(everything_missing, is_match, seed=0).probability(features)).all()


def test_no_rows_give_no_probabilities() -> None:
    features, is_match = noisy_pairs(80, seed=12)

    assert fit_forest(features, is_match, seed=0).probability(features[:0]).shape == (0,)
