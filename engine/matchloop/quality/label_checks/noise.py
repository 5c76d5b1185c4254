"""Are these labels noisier than clean ones would be? One test, and how many answers slipped.

Two things go against models that did not see the labels: slips, and pairs that are hard to judge.
They differ in where they fall. A hard pair is one of which models are not sure, and the surer they
are, the fewer answers go against them; slips do not care how sure a model is. So the answers are
taken as drawn from a curve that rises with the models' score, and a share of them as turned round:
the floor of contradiction that is left where models are surest (the guessing parameter of
psychometric curves: Wichmann and Hill 2001). Where the surest are never sure, floor and curve
cannot be told apart. Then the interval is wide, and the audit says that it cannot tell.

Models are about right in how sure they are of what they did not see, which a prior on the curve
says. It is what makes slips plain where nearly all pairs are sure: a curve flat enough to explain
them would be one of models that know nothing. The test is the evidence for slips over that for
none, each summed over all curves (Bayes factor: Kass and Raftery 1995). Its inverse serves as a
p-value and errs on the side of silence: were the labels clean, and their curve one of the prior, it
would fall below .05 in at most one of twenty (an e-value: Vovk and Wang 2021).

A row of a larger set is judged by many pairs at once, which the curve, that sees one by one, cannot
use: there the rows that fit elsewhere ten to one are counted, against what clean labels show.
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
"""Share of slips that clean labels are allowed: truth itself is not free of them."""

ALLOWED = 0.008
"""Share of the rows of sets that fit elsewhere ten to one in clean labels."""

NOTICED = 0.05
"""Share of slips that a test should not miss: where it may be there unseen, nobody can tell."""

SHARES = np.array(
    [0.0005, 0.001, 0.002, 0.004, 0.006, 0.008, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03]
    + [0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3, 0.35, 0.4]
)
"""Shares of slips that are considered."""

NOISY = (SHARES >= 0.02) & (SHARES <= 0.2)
"""Those that noisy labels have, each as likely as another."""

SHIFTS = np.linspace(-1.2, 1.2, 13)
SLOPES = np.linspace(-0.6, 1.4, 17)
"""Where the curve turns, in log odds, and the logarithm of how it rises with the models' own."""

SHIFT, SLOPE = (0.0, 0.3), (0.4, 0.25)
"""Mean and standard deviation of either: wider than on clean labels of the tables it was tuned on,
and with models less sure."""

SUREST = 6.0
WIDTH = 0.1
"""Log odds are counted in parts as wide as this, up to the surest."""

REFUSED = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoiseTest:
    """What was found.

    Parameters
    ----------
    rate
        Share of the answers that slipped, as is most probable.
    low, high
        Its 95 % interval.
    p_value
        At least the probability of signs as clear from labels without slips.
    """

    rate: float
    low: float
    high: float
    p_value: float

    @property
    def is_undecided(self) -> bool:
        """Whether noise that should be noticed may be there and cannot be told from hard pairs."""
        return self.high >= NOTICED


def noise_test(
    opinion: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    weight: Floats,
    *,
    rows: int = 0,
    misplaced: int = 0,
) -> NoiseTest | None:
    """Test whether labels hold more slips than clean ones.

    Parameters
    ----------
    opinion
        Match probability of each pair by models that did not see its answer, not fitted to the
        answers as a whole, shape (pairs,).
    is_match
        The answers, shape (pairs,).
    weight
        What each pair counts; the pairs of one set together count as its rows less one.
    rows
        Rows of sets of three and more, less one for each set.
    misplaced
        Those of them that fit elsewhere ten to one.

    Returns
    -------
    NoiseTest or None
        None where only one answer was given.
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
    if p_value >= REFUSED:  # clean labels may look like this: the interval holds none
        low = 0.0
    rate = float(SHARES[int(seen.argmax())])
    return NoiseTest(rate, float(low), float(high), p_value)


def _counted(
    opinion: NDArray[np.floating], is_match: NDArray[np.bool_], weight: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the weight of both answers by the models' log odds, and these."""
    odds = np.clip(log_odds(opinion), -SUREST, SUREST)
    part, at = np.unique(np.round(odds / WIDTH).astype(np.int64), return_inverse=True)
    matches = np.bincount(at, weights=weight * is_match, minlength=len(part))
    others = np.bincount(at, weights=weight * ~is_match, minlength=len(part))
    middle: Floats = np.asarray(WIDTH * part, np.float64)
    return np.asarray(matches, np.float64), np.asarray(others, np.float64), middle
