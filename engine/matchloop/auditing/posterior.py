"""What the answers say of every stratum: rates of matches, and how sure they are.

The rate of a stratum is taken to lie around a curve in the score, by an amount of its own; the
curve and the amount are learned from the answers. A stratum with many answers follows them, one
with few leans on the curve, and a pair nobody could answer for carries the doubt about the curve
into the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

__all__ = ["Cells", "totals"]

Array = NDArray[np.float64]

# a, log b, shift of near misses, shift of far pairs, log of how far strata stray from the curve
PRIOR_MEAN = np.array([0.0, 0.35, -0.7, -4.0, np.log(0.5)])
PRIOR_SD = np.array([0.7, 0.45, 1.0, 1.5, 0.6])

GRID = np.linspace(-3.6, 3.6, 25)
GRID_LOG_WEIGHT = -0.5 * GRID**2 - np.log(np.exp(-0.5 * GRID**2).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Groups of pairs with the same stratum, put together or apart.

    Parameters
    ----------
    size
        Pairs in each cell whose answer is not known from labels learned from, shape (cells,).
    asked, matches
        Answers, and those that say match.
    points, mass
        Log odds by the model of up to some typical pairs, and their shares, shape (cells, points).
    tier
        0, 1, 2 as in the population; 0 for pairs together.
    """

    size: Array
    asked: Array
    matches: Array
    points: Array
    mass: Array
    tier: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.size)


def totals(cells: Cells, rng: np.random.Generator, draws: int = 2000) -> Array:
    """Draw the matches of each cell from what the answers leave possible, shape (draws, cells)."""
    if len(cells) == 0:
        return np.zeros((draws, 0))
    theta = _parameters(cells, rng, draws)
    centre = _centres(theta, cells)
    spread = np.exp(theta[:, 4])[:, None, None]
    rates = expit(centre[:, :, None] + spread * GRID)
    log = _log_likelihood(rates, cells) + GRID_LOG_WEIGHT
    log -= log.max(axis=2, keepdims=True)
    weight = np.cumsum(np.exp(log), axis=2)
    pick = rng.random((draws, len(cells), 1)) * weight[:, :, -1:]
    chosen = np.minimum((weight < pick).sum(axis=2), len(GRID) - 1)
    jitter = (rng.random((draws, len(cells))) - 0.5) * (GRID[1] - GRID[0])
    rate = expit(centre + spread[:, :, 0] * (GRID[chosen] + jitter))
    left = np.maximum(np.rint(cells.size - cells.asked), 0).astype(np.int64)
    drawn = rng.binomial(np.broadcast_to(left, rate.shape), np.clip(rate, 0, 1))
    return np.asarray(drawn + cells.matches, np.float64)


def _parameters(cells: Cells, rng: np.random.Generator, draws: int) -> Array:
    """Draw parameters by importance resampling around the best ones."""
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
    """Return the most likely parameters and the covariance around them, by damped Newton steps."""
    best = PRIOR_MEAN.copy()
    value = float(_log_posterior(best[None], cells)[0])
    covariance = np.diag(PRIOR_SD**2)
    for _ in range(12):
        gradient, hessian = _derivatives(best, cells)
        covariance = _inverse(-hessian)
        step = covariance @ gradient
        scales = 0.5 ** np.arange(6)
        tried = best + scales[:, None] * step
        values = _log_posterior(tried, cells)
        at = int(values.argmax())
        if values[at] <= value + 1e-6:
            break
        best, value = tried[at], float(values[at])
    return best, _inverse(-_derivatives(best, cells)[1])


def _inverse(precision: Array) -> Array:
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    floor = float((0.5 / PRIOR_SD**2).min())
    return np.asarray(vectors @ np.diag(1 / np.maximum(values, floor)) @ vectors.T)


def _derivatives(at: Array, cells: Cells) -> tuple[Array, Array]:
    size, h = len(at), 0.02
    unit = h * np.eye(size)
    one, other = np.triu_indices(size, 1)
    tried = np.concatenate(
        (at[None], at + unit, at - unit, at + unit[one] + unit[other], at - unit[one] - unit[other])
    )
    f = _log_posterior(tried, cells)
    up, down = f[1 : size + 1], f[size + 1 : 2 * size + 1]
    gradient = (up - down) / (2 * h)
    hessian = np.diag((up - 2 * f[0] + down) / h**2)
    plus, minus = f[2 * size + 1 : 2 * size + 1 + len(one)], f[2 * size + 1 + len(one) :]
    mixed = plus + minus - up[one] - up[other] - down[one] - down[other] + 2 * f[0]
    hessian[one, other] = hessian[other, one] = mixed / (2 * h**2)
    return gradient, hessian


def _log_posterior(theta: Array, cells: Cells) -> Array:
    prior = -0.5 * (((theta - PRIOR_MEAN) / PRIOR_SD) ** 2).sum(axis=1)
    asked = cells.asked > 0
    if not asked.any():
        return np.asarray(prior)
    some = Cells(
        cells.size[asked], cells.asked[asked], cells.matches[asked], cells.points[asked],
        cells.mass[asked], cells.tier[asked],
    )  # fmt: skip
    centre = _centres(theta, some)
    rates = expit(centre[:, :, None] + np.exp(theta[:, 4])[:, None, None] * GRID)
    log = _log_likelihood(rates, some) + GRID_LOG_WEIGHT
    top = log.max(axis=2)
    return np.asarray(prior + (top + np.log(np.exp(log - top[:, :, None]).sum(axis=2))).sum(axis=1))


def _centres(theta: Array, cells: Cells) -> Array:
    """Return the log odds of the mean rate of each cell on the curve, shape (draws, cells)."""
    shift = np.concatenate((np.zeros((len(theta), 1)), theta[:, 2:4]), axis=1)[:, cells.tier]
    odds = (
        theta[:, 0, None, None]
        + np.exp(theta[:, 1])[:, None, None] * cells.points
        + shift[:, :, None]
    )
    mean = (expit(odds) * cells.mass).sum(axis=2)
    return np.asarray(logit(np.clip(mean, 1e-12, 1 - 1e-9)))


def _log_likelihood(rates: Array, cells: Cells) -> Array:
    rates = np.clip(rates, 1e-15, 1 - 1e-12)
    yes, no = cells.matches[:, None], (cells.asked - cells.matches)[:, None]
    return np.asarray(yes * np.log(rates) + no * np.log1p(-rates))
