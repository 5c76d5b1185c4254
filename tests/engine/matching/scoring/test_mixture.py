"""The mixture finds matches in made-up pairs without being told any."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.matching.scoring.cells import LARGEST, Cells
from matchloop.matching.scoring.columns import Bins, column_features, column_similarity, cut
from matchloop.matching.scoring.mixture import Elsewhere, fit_mixture, isotonic


def made_up(
    count: int, *, share: float, seed: int, columns: int = 4
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Matches agree in most columns, non-matches in few; a tenth of the values is missing."""
    rng = np.random.default_rng(seed)
    is_match = rng.random(count) < share
    high, low = rng.beta(8, 1.5, (count, columns)), rng.beta(1.5, 4, (count, columns))
    similarity = np.where(is_match[:, None], high, low).astype(np.float32)
    similarity[rng.random(similarity.shape) < 0.1] = np.nan
    return similarity, is_match


def start_of(similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.where(np.nan_to_num(similarity, nan=0.5).mean(axis=1) > 0.7, 0.8, 0.02)


def test_matches_are_recovered() -> None:
    similarity, is_match = made_up(6000, share=0.15, seed=0)
    bins, _ = cut(similarity)

    found = fit_mixture(bins, start_of(similarity)).probability > 0.5

    assert (found == is_match).mean() > 0.99


def test_matches_are_recovered_where_they_are_rare_and_pairs_elsewhere_speak_too() -> None:
    similarity, is_match = made_up(6000, share=0.01, seed=1)
    drawn, _ = made_up(3000, share=0.0, seed=2)
    bins, (number,) = cut(similarity, drawn)

    mixture = fit_mixture(bins, start_of(similarity), elsewhere=Elsewhere(number, 1e6))

    assert (mixture.probability[is_match] > 0.5).mean() > 0.8
    assert (mixture.probability[~is_match] > 0.5).mean() < 0.001


def test_a_pair_without_any_value_has_the_prior_odds() -> None:
    similarity, is_match = made_up(4000, share=0.2, seed=3)
    similarity[:5] = np.nan
    bins, _ = cut(similarity)

    mixture = fit_mixture(bins, start_of(similarity))

    np.testing.assert_allclose(mixture.probability[:5], is_match.mean(), atol=0.03)


def test_all_missing_or_all_alike_is_harmless() -> None:
    for similarity in (np.full((50, 3), np.nan, np.float32), np.ones((50, 3), np.float32)):
        bins, _ = cut(similarity)
        found = fit_mixture(bins, np.full(50, 0.3)).probability

        assert np.isfinite(found).all()
        assert len(set(found.tolist())) == 1


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 3)), min_size=1, max_size=12))
def test_isotonic_values_rise_and_keep_their_mean(cells: list[tuple[float, float]]) -> None:
    values, weights = np.array(cells).T

    risen = isotonic(values, weights)

    assert (np.diff(risen) >= -1e-12).all()
    np.testing.assert_allclose((risen * weights).sum(), (values * weights).sum(), atol=1e-9)


@given(st.integers(0, 1000))
def test_bins_rise_with_similarity(seed: int) -> None:
    similarity, _ = made_up(300, share=0.3, seed=seed, columns=1)
    bins, (again,) = cut(similarity, similarity)
    order = np.argsort(similarity[:, 0])

    number = bins.number[order, 0][: np.isfinite(similarity).sum()]

    assert (np.diff(number) >= 0).all()
    assert number[-1] == bins.counts[0] - 1
    assert (bins.number[np.isnan(similarity[:, 0]), 0] == -1).all()
    assert np.array_equal(again, bins.number)


def test_columns_gather_their_measures_and_missing_ones_do_not_count() -> None:
    names = ("a:words", "a:edit", "b:edit", "record:words", "record:one_present", "rivals:rank")
    features = np.array([[0.2, np.nan, np.nan, 0.5, 1, 1]], np.float32)

    columns = column_features(names)
    whole = column_features(names, whole=True)

    assert columns == {"a": [0, 1], "b": [2]}
    assert whole == {"a": [0, 1], "b": [2], "record": [3]}
    np.testing.assert_allclose(column_similarity(features, columns, {}), [[0.2, np.nan]])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 3), st.sampled_from([1.0, 20.0]))
def test_shares_and_their_sums_are_those_of_bayes_rule(
    seed: int, classes: int, strong: float
) -> None:
    rng = np.random.default_rng(seed)
    sizes, columns = np.array([2, 5, 3, 4]), [0, 1, 3]
    number = np.array([[rng.integers(-1, size) for size in sizes] for _ in range(30)], np.int8)
    tables = [strong * rng.normal(size=(classes, sizes[column])) for column in columns]
    prior, factors = rng.normal(size=classes), rng.random(3)

    cells = Cells.of(Bins(number, sizes), columns)
    shares, sums = cells.counted_shares(tables, prior, factors)

    for pair, found in zip(number, shares, strict=True):
        odds = prior.copy()
        for place, column in enumerate(columns):
            if pair[column] >= 0:
                odds += factors[place] * tables[place][:, pair[column]]
        expected = np.exp(np.maximum(odds - odds.max(), -LARGEST))
        np.testing.assert_allclose(found, expected / expected.sum())
    for place, column in enumerate(columns):
        for at in range(sizes[column]):
            expected = shares[number[:, column] == at].sum(axis=0)
            np.testing.assert_allclose(sums[place][:, at], expected)
    np.testing.assert_array_equal(cells.shares(tables, prior, factors), shares)
    for once, again in zip(sums, cells.counted(shares), strict=True):
        np.testing.assert_array_equal(once, again)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_distinct_rows_of_cells_stand_for_all_pairs(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 12, columns)
    number = rng.integers(-1, sizes, (20, columns)).astype(np.int8)
    number = number[rng.integers(0, 20, 50)]

    cells = Cells.of(Bins(number, sizes), range(columns))
    distinct, of_pair = cells.distinct()

    assert len(distinct.number) == len({row.tobytes() for row in number})
    np.testing.assert_array_equal(distinct.number[of_pair], cells.number)
