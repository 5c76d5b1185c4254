"""Are these labels noisier than clean ones would be? One test, with a p-value.

Two signs are looked at, and the clearer one counts, corrected for there being two. The first:
rows that models which never saw their set would put elsewhere, ten to one; in clean labels of the
tuning tables these were at most eight in a thousand. The second: a lapse rate. Each answer is
thought to come from what a calibrated model says of its pair, and to be turned round by a slip with
some rate, the same however plain the pair (a logistic curve with a lapse rate, as in the
measurement of perception: Wichmann and Hill 2001). Hard pairs make the curve flat, slips make it
end below one. The likelihood ratio is compared with that of labels drawn anew from the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import beta, binom

from matchloop.label_audit.unseen import log_odds

__all__ = ["NoiseTest", "noise_test"]

CLEAN = 0.005
"""Lapse rate that clean labels are allowed: truth itself is not free of slips."""

PLAIN = 0.008
"""Share of rows of clean labels that models would put elsewhere, ten to one."""

SURE = 0.9
"""Probability of being misplaced from which a row counts as such."""

DRAWS = 99

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoiseTest:
    """What was found.

    Parameters
    ----------
    rate
        Share of rows that are plainly misplaced, ten to one: of slips there are at least as many.
    low, high
        Its exact 95 % interval (Clopper and Pearson 1934).
    lapse
        Share of slips by the curve of answers; 0 where hard pairs explain as much.
    p_value
        Probability of signs as clear from clean labels.
    """

    rate: float
    low: float
    high: float
    lapse: float
    p_value: float


def noise_test(
    probability: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    weight: Floats,
    misplaced: int,
    *,
    seed: int,
) -> NoiseTest | None:
    """Test whether labels hold more slips than clean ones.

    Parameters
    ----------
    probability
        Of each pair, by models that did not see its answer, shape (pairs,).
    is_match
        The answers, shape (pairs,).
    weight
        What each pair counts; the pairs of one set together count as its rows less one.
    misplaced
        Rows that are misplaced with a probability of :data:`SURE`.
    seed
        The same seed gives the same p-value.

    Returns
    -------
    NoiseTest or None
        None where only one answer was given.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return None
    odds = log_odds(probability)
    clean = CLEAN
    rates = np.array([0.0, clean, 0.015, 0.03, 0.05, 0.08, 0.12, 0.17, 0.24, 0.32, 0.4])
    fits = [_fit(odds, is_match, weight, rate) for rate in rates]
    profile = np.array([value for value, _ in fits])
    fine = np.linspace(0, 0.4, 401)
    smooth = np.interp(fine, rates, profile)
    best = int(smooth.argmin())
    ratio = _ratio(profile, rates, clean)
    at_clean = fits[int(np.flatnonzero(rates == clean)[0])][1]
    curve = clean + (1 - 2 * clean) * expit(at_clean[0] * odds + at_clean[1])
    rng = np.random.default_rng([seed, 77])
    larger = 0
    if ratio > 1:
        for _ in range(DRAWS):
            drawn = rng.random(len(curve)) < curve
            values = np.array([_fit(odds, drawn, weight, rate)[0] for rate in rates[1:7:2]])
            larger += _ratio(values, rates[1:7:2], clean) >= ratio
    else:
        larger = DRAWS
    lapse = (larger + 1) / (DRAWS + 1)
    trials = max(round(float(weight.sum())), misplaced, 1)
    plain = float(binom.sf(misplaced - 1, trials, PLAIN))
    low = float(beta.ppf(0.025, misplaced, trials - misplaced + 1)) if misplaced else 0.0
    high = float(beta.ppf(0.975, misplaced + 1, trials - misplaced)) if misplaced < trials else 1.0
    p_value = min(1.0, 2 * min(lapse, plain))
    return NoiseTest(misplaced / trials, low, high, float(fine[best]), p_value)


def _ratio(profile: Floats, rates: Floats, clean: float) -> float:
    allowed = profile[rates <= clean].min()
    return float(2 * (allowed - profile[rates >= clean].min()))


def _fit(
    odds: Floats, is_match: NDArray[np.bool_], weight: Floats, rate: float
) -> tuple[float, Floats]:
    """Return the least weighted loss at a lapse rate, and slope and offset."""

    def loss(terms: Floats) -> float:
        inner = expit(np.exp(terms[0]) * odds + terms[1])
        chance = rate + (1 - 2 * rate) * inner
        given = np.clip(np.where(is_match, chance, 1 - chance), 1e-9, 1)
        value: float = -(weight * np.log(given)).sum() + 0.05 * terms[0] ** 2
        return value

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 60})
    return float(found.fun), np.array([np.exp(found.x[0]), found.x[1]])
