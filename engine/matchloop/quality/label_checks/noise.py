"""The noise test: estimate the share of wrong answers, and test it against clean labels.

Answers contradict out-of-fold models for two reasons: slips, and hard pairs. Hard pairs become
rare as models become confident; slips do not. The answers are modelled by a curve that rises with
the models' log odds, and a share of flipped answers. That share is the lapse rate of psychometric
curves (Wichmann and Hill 2001). It is identified where models are confident. Elsewhere the
interval is wide, and the check reports "cannot tell".

A prior on the curve says that models are roughly calibrated out of fold. It identifies slips where
nearly all models are confident: only a useless model has a curve flat enough to explain them. The
test statistic is a Bayes factor of slips against none, summed over all curves (Kass and Raftery
1995). Its inverse is a conservative p-value, because the Bayes factor is an e-value (Vovk and
Wang 2021).

In larger sets a row is judged by many pairs at once, which the curve ignores. There the test
counts rows that fit another group at odds of ten to one, and compares them with clean labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp
from scipy.stats import binom

from matchloop.quality.label_checks.unseen import log_odds

__all__ = ["NOTICED", "PLAIN", "NoiseTest", "noise_test"]

PLAIN = 0.002
"""Share of slips in labels that count as clean; a convention, as no truth is free of errors."""

ALLOWED = 0.008
"""Share of rows in clean sets that fit elsewhere at ten to one.

From `benchmarks/noise_alarms.py sets` on amazon_google, cora, imdb_tmdb, abt_buy, fake_1000 and
dblp_acm.
"""

NOTICED = 0.05
"""Share of slips from which the interval makes the test undecided; a convention."""

SHARES = np.array(
    [0.0005, 0.001, 0.002, 0.004, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03]
    + [0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3, 0.35, 0.4]
)
"""Grid of shares of slips."""

NOISY = (SHARES >= 0.02) & (SHARES <= 0.2)
"""The part of the grid that counts as noisy, with a uniform prior; a convention."""

SHIFTS = np.linspace(-1.2, 1.2, 13)
SLOPES = np.linspace(-0.6, 1.4, 17)
"""Grid of the curve: its shift in log odds, and the logarithm of its slope."""

SHIFT, SLOPE = (0.0, 0.3), (0.4, 0.25)
"""Mean and standard deviation of the prior on shift and log slope.

benchmarks/noise_alarms.py chose them on its tuning tables, abt_buy and cora among them, and on
its hard draws. The prior is wider than those tables show, and its models are less confident.
"""

SUREST = 6.0
WIDTH = 0.1
"""Log odds are clipped to the first and binned by the second, to bound the cost; conventions."""

REFUSED = 0.05
"""Level of the test: above it the interval includes no slips. A convention."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoiseTest:
    """Result of the noise test.

    Parameters
    ----------
    rate
        Most probable share of slips among the answers.
    low, high
        Its 95 % interval.
    p_value
        A conservative p-value of the hypothesis that the labels are clean.
    """

    rate: float
    low: float
    high: float
    p_value: float

    @property
    def is_undecided(self) -> bool:
        """Whether the interval includes a share of slips that should not be missed."""
        return self.high >= NOTICED


def noise_test(
    opinion: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    weight: Floats,
    *,
    rows: int = 0,
    misplaced: int = 0,
) -> NoiseTest | None:
    """Test whether labels have more slips than clean labels.

    Parameters
    ----------
    opinion
        Out-of-fold match probability of each pair without calibration to the answers, shape
        (pairs,).
    is_match
        The answers, shape (pairs,).
    weight
        Weight of each pair; the pairs of a set sum to its rows less one.
    rows
        Number of rows in sets of three or more, less one for each set.
    misplaced
        Number of those rows that fit elsewhere at ten to one.

    Returns
    -------
    NoiseTest or None
        None if all answers are the same.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return None
    matches, others, middle = _counted(opinion, is_match, weight)
    curve = expit(SHIFTS[:, None, None] + np.exp(SLOPES)[None, :, None] * middle)
    turned = SHARES[:, None, None, None]
    chance = turned + (1 - 2 * turned) * curve
    match, other = np.log(chance), np.log1p(-chance)
    prior = -0.5 * ((SHIFTS - SHIFT[0]) / SHIFT[1])[:, None] ** 2
    prior = prior - 0.5 * ((SLOPES - SLOPE[0]) / SLOPE[1])[None, :] ** 2
    likely = match @ matches + other @ others + prior
    seen = logsumexp(likely, axis=(1, 2))
    clean, noisy = seen[SHARES == PLAIN][0], seen[NOISY]
    p_value = float(np.exp(min(0.0, clean - logsumexp(noisy) + np.log(len(noisy)))))
    if rows > 0:
        by_rows = float(binom.sf(misplaced - 1, max(rows, misplaced), ALLOWED))
        p_value = min(1.0, 2 * min(p_value, by_rows))
    share = np.exp(seen - seen.max()) * np.gradient(SHARES)
    below = np.cumsum(share) / share.sum()
    low, high = SHARES[np.searchsorted(below, [0.025, 0.975])]
    if p_value >= REFUSED:  # clean labels are not rejected, so the interval must include them
        low = 0.0
    rate = float(SHARES[int(seen.argmax())])
    return NoiseTest(rate, float(low), float(high), p_value)


def _counted(
    opinion: NDArray[np.floating], is_match: NDArray[np.bool_], weight: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the weight of matches and of non-matches by bin of log odds, and the bin centres."""
    odds = np.clip(log_odds(opinion), -SUREST, SUREST)
    part, at = np.unique(np.round(odds / WIDTH).astype(np.int64), return_inverse=True)
    matches = np.bincount(at, weights=weight * is_match, minlength=len(part))
    others = np.bincount(at, weights=weight * ~is_match, minlength=len(part))
    middle: Floats = np.asarray(WIDTH * part, np.float64)
    return np.asarray(matches, np.float64), np.asarray(others, np.float64), middle
