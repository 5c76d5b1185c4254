"""Are these labels noisier than clean ones would be? One test, with a p-value.

Two signs are looked at, and the clearer one counts, corrected for there being two. The first: rows
that models which never saw their set would put elsewhere, ten to one. The second: among the third
of the answers of which those models are surest, the answers that go against them. Hard tables make
models doubt hard pairs, and slips fall on plain pairs, too: only those are counted. In clean labels
of the tuning tables either sign was at most eight in a thousand. The second is the one that is left
when noise is so large that no model is sure to one in ten any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

__all__ = ["PLAIN", "SURE", "NoiseTest", "noise_test"]

PLAIN = 0.008
"""Share of either sign that clean labels are allowed: truth itself is not free of slips."""

SURE = 0.9
"""Probability of being misplaced from which a row counts as such."""

SUREST = 1 / 3
"""Share of the answers, by weight, among which those against the models are counted."""


@dataclass(frozen=True, slots=True)
class NoiseTest:
    """What was found.

    Parameters
    ----------
    rate
        Share of the answers of which models are surest that go against them.
    low, high
        Its exact 95 % interval (Clopper and Pearson 1934).
    misplaced
        Rows that are misplaced with a probability of :data:`SURE`.
    p_value
        Probability of signs as clear from clean labels.
    """

    rate: float
    low: float
    high: float
    misplaced: int
    p_value: float


def noise_test(
    probability: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64],
    misplaced: int,
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

    Returns
    -------
    NoiseTest or None
        None where only one answer was given.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return None
    order = np.argsort(-np.abs(np.asarray(probability, np.float64) - 0.5), kind="stable")
    surest = order[np.cumsum(weight[order]) <= SUREST * weight.sum()]
    against = (probability[surest] >= 0.5) != is_match[surest]
    count, trials = int(weight[surest][against].sum() + 1e-9), int(weight[surest].sum() + 1e-9)
    rows = max(round(float(weight.sum())), misplaced, 1)
    p_value = min(_upper_tail(count, trials), _upper_tail(misplaced, rows))
    low, high = _exact(count, trials)
    return NoiseTest(count / max(trials, 1), low, high, misplaced, min(1.0, 2 * p_value))


def _upper_tail(count: int, trials: int) -> float:
    return float(binom.sf(count - 1, trials, PLAIN)) if trials else 1.0


def _exact(count: int, trials: int) -> tuple[float, float]:
    low = float(beta.ppf(0.025, count, trials - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, trials - count)) if count < trials else 1.0
    return low, high
