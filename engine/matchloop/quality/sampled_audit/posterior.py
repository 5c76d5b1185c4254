"""The posterior of the number of matches in every stratum.

A hierarchical model: the rate of a stratum deviates from a curve in the score, and the curve and
the spread of the deviations are learned from the answers. A stratum with many answers follows
them; one with few shrinks to the curve, and its interval includes the variance of the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

__all__ = ["Cells", "totals"]

Array = NDArray[np.float64]

# Level and log slope of the curve of joined pairs, and of the others; shift of near misses of
# blocking; log ratio of far to near matches; log spread of joined strata, and of the others.
# benchmarks/audits.py chose the priors on abt_buy, febrl3, cora, fake_1000, imdb_tmdb and autofj50
# Artwork, BasketballTeam and Country.
PRIOR_MEAN = np.array([1.8, -0.2, -0.3, 0.5, -1.7, -0.5, np.log(0.6), np.log(0.6)])
PRIOR_SD = np.array([1.3, 0.7, 1.1, 0.4, 1.3, 1.0, 0.5, 0.5])
SPREAD = 6
"""Index of the log spread of joined strata; the next is that of the others."""

FREEDOM = 3.0
"""Degrees of freedom of the t distribution of joined strata, some of which deviate far."""

# Step of numeric derivatives, and the grid of deviations; conventions.
H = 0.02
STEP = H * np.eye(len(PRIOR_MEAN))
GRID = np.linspace(-3.6, 3.6, 19)


def _log_weight(values: Array) -> Array:
    return np.asarray(values - np.log(np.exp(values).sum()))


NORMAL = _log_weight(-0.5 * GRID**2)
"""Log weight of each deviation of other strata, in units of their spread."""

REACH = np.sinh(GRID)
"""Deviations of joined strata: as dense in the middle, and far wider."""

HEAVY = _log_weight(-0.5 * (FREEDOM + 1) * np.log1p(REACH**2 / FREEDOM) + np.log(np.cosh(GRID)))
"""Log weight of each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Pairs of one stratum, joined or not, as counts.

    Parameters
    ----------
    size
        Number of pairs without a training label in each cell, shape (cells,).
    answered, matches
        Number of answers, and of matches among them, shape (cells,).
    points
        Quantiles of the model's log odds, shape (cells, points).
    kind
        0 for joined pairs, 1 for other candidate pairs, 2 for near misses of blocking, 3 for far
        pairs.
    """

    size: Array
    answered: Array
    matches: Array
    points: Array
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.size)


def totals(cells: Cells, rng: np.random.Generator, draws: int = 2000) -> Array:
    """Draw the number of matches of each cell from the posterior, shape (draws, cells)."""
    if len(cells) == 0:
        return np.zeros((draws, 0))
    theta = _parameters(cells, rng, draws)
    centre = _centres(theta, cells)
    together = cells.kind == 0
    spread = _spreads(theta, together)
    log = _log_strata(centre, spread, cells.answered, cells.matches, together)
    log -= log.max(axis=2, keepdims=True)
    weight = np.cumsum(np.exp(log), axis=2)
    pick = rng.random((draws, len(cells), 1)) * weight[:, :, -1:]
    chosen = np.minimum((weight < pick).sum(axis=2), len(GRID) - 1)
    place = GRID[chosen] + (rng.random((draws, len(cells))) - 0.5) * (GRID[1] - GRID[0])
    rate = expit(centre + spread * np.where(together, np.sinh(place), place))
    left = np.maximum(np.rint(cells.size - cells.answered), 0).astype(np.int64)
    drawn = rng.binomial(np.broadcast_to(left, rate.shape), np.clip(rate, 0, 1))
    return np.asarray(drawn + cells.matches, np.float64)


def _parameters(cells: Cells, rng: np.random.Generator, draws: int) -> Array:
    """Draw parameters by importance resampling around the posterior mode."""
    best, covariance = _best(cells)
    root = np.linalg.cholesky(1.3 * covariance)
    freedom = 6.0
    normal = rng.standard_normal((draws, len(best)))
    scale = np.sqrt(freedom / rng.chisquare(freedom, draws))[:, None]
    theta = best + normal @ root.T * scale
    distance = ((normal * scale) ** 2).sum(axis=1)
    proposal = -0.5 * (freedom + len(best)) * np.log1p(distance / freedom)
    log = _log_posterior(theta, cells) - proposal
    weight = np.exp(log - log.max())
    steps = (rng.random() + np.arange(draws)) / draws  # systematic resampling
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), steps)
    return np.asarray(theta[np.minimum(chosen, draws - 1)][rng.permutation(draws)])


def _best(cells: Cells) -> tuple[Array, Array]:
    """Return the posterior mode and the covariance there."""

    def lost(theta: Array) -> tuple[float, Array]:
        tried = np.concatenate((theta[None], theta + STEP, theta - STEP))
        values = _log_posterior(tried, cells)
        up, down = values[1 : len(STEP) + 1], values[len(STEP) + 1 :]
        return -float(values[0]), -(up - down) / (2 * H)

    bounds = list(zip(PRIOR_MEAN - 5 * PRIOR_SD, PRIOR_MEAN + 5 * PRIOR_SD, strict=True))
    optimum = minimize(lost, PRIOR_MEAN, jac=True, method="L-BFGS-B", bounds=bounds)
    best = np.asarray(optimum.x, np.float64)
    return best, _inverse(-_curvature(best, cells))


def _inverse(precision: Array) -> Array:
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    floor = float((0.5 / PRIOR_SD**2).min())
    return np.asarray(vectors @ np.diag(1 / np.maximum(values, floor)) @ vectors.T)


def _curvature(at: Array, cells: Cells) -> Array:
    row, column = np.triu_indices(len(at), 1)
    both = STEP[row] + STEP[column]
    tried = np.concatenate((at[None], at + STEP, at - STEP, at + both, at - both))
    f = _log_posterior(tried, cells)
    up, down, plus, minus = np.split(f[1:], np.cumsum([len(at), len(at), len(row)]))
    hessian = np.diag((up - 2 * f[0] + down) / H**2)
    mixed = plus + minus - up[row] - up[column] - down[row] - down[column] + 2 * f[0]
    hessian[row, column] = hessian[column, row] = mixed / (2 * H**2)
    return np.asarray(hessian)


def _log_posterior(theta: Array, cells: Cells) -> Array:
    prior = -0.5 * (((theta - PRIOR_MEAN) / PRIOR_SD) ** 2).sum(axis=1)
    has_answers = cells.answered > 0
    if not has_answers.any():
        return np.asarray(prior)
    centre = _centres(theta, cells)[:, has_answers]
    together = cells.kind[has_answers] == 0
    spread = _spreads(theta, together)
    log = _log_strata(
        centre, spread, cells.answered[has_answers], cells.matches[has_answers], together
    )
    top = log.max(axis=2)
    return np.asarray(prior + (top + np.log(np.exp(log - top[:, :, None]).sum(axis=2))).sum(axis=1))


def _centres(theta: Array, cells: Cells) -> Array:
    """Return the log odds of the mean rate of each cell on the curve, shape (draws, cells).

    No number of questions can bound the matches among far pairs, which are too many. There the
    curve is lowered until they have as many matches as the near misses, times a factor. That
    factor has a prior of its own.
    """
    apart, near, far = cells.kind > 0, cells.kind == 2, cells.kind == 3
    level = np.where(apart, theta[:, [2]], theta[:, [0]]) + np.where(near, theta[:, [4]], 0.0)
    slope = np.exp(np.where(apart, theta[:, [3]], theta[:, [1]]))
    odds = level[:, :, None] + slope[:, :, None] * cells.points
    mean = expit(odds).mean(axis=2)
    if far.any():
        missed = (mean[:, near] * cells.size[near]).sum(axis=1) + 0.5
        beyond = (mean[:, far] * cells.size[far]).sum(axis=1)
        lower = np.minimum(np.exp(theta[:, 5]) * missed / np.maximum(beyond, 1e-9), 1.0)
        mean[:, far] *= lower[:, None]
    return np.asarray(logit(np.clip(mean, 1e-12, 1 - 1e-9)))


def _spreads(theta: Array, together: NDArray[np.bool_]) -> Array:
    return np.asarray(np.exp(np.where(together, theta[:, [SPREAD]], theta[:, [SPREAD + 1]])))


def _log_strata(
    centre: Array, spread: Array, answered: Array, matches: Array, together: NDArray[np.bool_]
) -> Array:
    """Return the log posterior of each deviation, shape (draws, cells, deviations)."""
    deviation = np.where(together[:, None], REACH, GRID)
    odds = centre[:, :, None] + spread[:, :, None] * deviation
    log = _log_likelihood(odds, answered, matches)
    return np.asarray(log + np.where(together[:, None], HEAVY, NORMAL))


def _log_likelihood(odds: Array, answered: Array, matches: Array) -> Array:
    softplus = np.maximum(-odds, 0) + np.log1p(np.exp(-np.abs(odds)))
    return np.asarray(-answered[:, None] * softplus - (answered - matches)[:, None] * odds)
