"""The posterior of a sampled audit: its pieces against loops, its draws against the counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import binom, norm

from matchloop.quality.sampled_audit import posterior
from matchloop.quality.sampled_audit.posterior import PRIOR_MEAN, PRIOR_SD, Cells, totals


@st.composite
def cells(draw: st.DrawFn, most: int = 6) -> Cells:
    count = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = rng.integers(1, 200, count).astype(np.float64)
    answered = np.minimum(size, rng.integers(0, 12, count))
    matches = np.rint(answered * rng.random(count))
    points = np.sort(rng.normal(0, 3, (count, 3)), axis=1)
    return Cells(
        size, answered, matches, points, np.sort(rng.integers(0, 4, count)).astype(np.int8)
    )


@settings(max_examples=25)
@given(cells())
def test_a_drawn_number_counts_the_matches_seen_and_at_most_what_was_not_asked(
    given_cells: Cells,
) -> None:
    drawn = totals(given_cells, np.random.default_rng(0), draws=60)

    assert drawn.shape == (60, len(given_cells))
    assert (drawn >= given_cells.matches).all()
    assert (drawn <= given_cells.size - given_cells.answered + given_cells.matches).all()
    assert (drawn == np.rint(drawn)).all()
    asked_whole = given_cells.answered == given_cells.size
    assert (drawn[:, asked_whole] == given_cells.matches[asked_whole]).all()


def test_no_cell_has_no_matches() -> None:
    none = np.zeros(0)
    nothing = Cells(none, none, none, np.zeros((0, 3)), np.zeros(0, np.int8))

    assert totals(nothing, np.random.default_rng(0), draws=5).shape == (5, 0)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("score", [-1.0, 1.0])
def test_a_hundred_answers_decide_whatever_the_score_says(
    share: float, kind: int, score: float
) -> None:
    cell = Cells(
        np.array([100_000.0]),
        np.array([100.0]),
        np.array([100 * share]),
        np.full((1, 3), score),
        np.array([kind], np.int8),
    )

    rate = totals(cell, np.random.default_rng(0))[:, 0] / 100_000

    spread = np.sqrt(share * (1 - share) / 100)
    assert rate.mean() == pytest.approx(share, abs=spread)
    assert 0.7 * spread < rate.std() < 1.5 * spread


@given(
    st.lists(st.floats(-20, 20), min_size=1, max_size=5),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_the_likelihood_is_that_of_a_binomial(odds: list[float], matches: int, others: int) -> None:
    answered = matches + others

    found = posterior._log_likelihood(
        np.asarray(odds)[None, None, :], np.array([float(answered)]), np.array([float(matches)])
    )[0, 0]

    expected = binom.logpmf(matches, answered, expit(odds)) - binom.logpmf(
        matches, answered, matches / max(1, answered)
    )
    best = 0.0 if not (matches and others) else answered * -_entropy(matches / answered)
    assert found - best == pytest.approx(expected, rel=1e-5, abs=1e-6)


def _entropy(share: float) -> float:
    return float(-share * np.log(share) - (1 - share) * np.log(1 - share))


@settings(max_examples=50)
@given(cells(), st.integers(0, 2**32 - 1))
def test_the_curve_of_a_cell_is_the_mean_of_its_points_and_far_pairs_are_few(
    given_cells: Cells, seed: int
) -> None:
    theta = PRIOR_MEAN + 0.5 * PRIOR_SD * np.random.default_rng(seed).normal(size=(3, 8))

    found = posterior._centres(theta, given_cells)

    for drawn, parameters in zip(found, theta, strict=True):
        joined, joined_slope, apart, apart_slope, near, ratio = parameters[:6]
        rates = []
        for points, kind in zip(given_cells.points, given_cells.kind, strict=True):
            level = joined if kind == 0 else apart + (near if kind == 2 else 0.0)
            slope = np.exp(joined_slope if kind == 0 else apart_slope)
            rates.append(np.mean([expit(level + slope * point) for point in points]))
        beside = list(zip(rates, given_cells.size, given_cells.kind, strict=True))
        missed = 0.5 + sum(rate * size for rate, size, kind in beside if kind == 2)
        far = sum(rate * size for rate, size, kind in beside if kind == 3)
        lower = min(1.0, np.exp(ratio) * missed / far) if far else 1.0
        expected = [rate * (lower if kind == 3 else 1.0) for rate, _, kind in beside]
        np.testing.assert_allclose(drawn, logit(np.clip(expected, 1e-12, 1 - 1e-9)), rtol=1e-9)


@settings(max_examples=20)
@given(cells(3))
def test_the_posterior_is_the_prior_times_the_likelihood_over_all_deviations(
    given_cells: Cells,
) -> None:
    theta = np.stack([PRIOR_MEAN, PRIOR_MEAN + 0.3 * PRIOR_SD])

    first, second = posterior._log_posterior(theta, given_cells)

    def slow(parameters: np.ndarray) -> float:
        log = float(np.sum(norm.logpdf(parameters, PRIOR_MEAN, PRIOR_SD)))
        centre = posterior._centres(parameters[None], given_cells)[0]
        for at in np.flatnonzero(given_cells.answered):
            joined = given_cells.kind[at] == 0
            spread = np.exp(parameters[posterior.SPREAD + (0 if joined else 1)])
            total = 0.0
            for place in posterior.GRID:
                deviation = np.sinh(place) if joined else place
                # a t distribution per unit of the place, or a normal one
                density = (
                    (1 + deviation**2 / posterior.FREEDOM) ** (-(posterior.FREEDOM + 1) / 2)
                    * np.cosh(place)
                    if joined
                    else np.exp(-0.5 * place**2)
                )
                rate = expit(centre[at] + spread * deviation)
                seen, asked = given_cells.matches[at], given_cells.answered[at]
                total += density * rate**seen * (1 - rate) ** (asked - seen)
            log += np.log(total)
        return float(log)

    assert second - first == pytest.approx(slow(theta[1]) - slow(theta[0]), rel=1e-6, abs=1e-6)
