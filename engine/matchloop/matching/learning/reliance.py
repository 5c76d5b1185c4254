"""The share of the prior in a probability: smaller, the more labels lie near and refute it.

Labels are chosen where the model learns most, so they cover some pairs densely and others not at
all. A forest that never saw an easy pair may score it wrong: a hundred labels of people who share
a surname and a year of birth show no strangers. The share therefore depends on two counts: the
labels near a pair, by the log odds of the prior, and the out-of-bag error of the forest on these
labels against that of the prior. The errors on all labels count too: a prior model that took
variants of a product for one product is wrong far from the labels as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reliance", "fit_reliance", "refutes"]

FEW = 40.0
"""Labels near a pair at which the prior keeps half of the share that labels can take from it.

This and the next three numbers were chosen on fake_1000, census841, cora, abt_buy,
restaurants_oaei and generated persons with namesakes (benchmarks/calibration.py), at 50 to 300
labelled rows, for the fewest and smallest losses against no labels, then for F1. With 20 in place
of 40, and 3 for ``DOUBT``, 6 of 48 cells lost more than .002 of F1, .15 in all; with these values
4 cells and .05.
"""

DOUBT = 8.0
"""Squared error added to that of prior and forest alike, so that twenty easy labels prove nothing.
With 1 in place of 8, and 20 for ``FEW``, cora loses .02 more of F1 at 50 rows."""

EVERYWHERE = 0.2
"""Share of the prior with any number of labels near, where they do not refute it (a convention)."""

NEAR = 1.0
"""Distance in log odds of the prior from which a label no longer counts for a pair
(a convention)."""

SOFT = 0.002
"""Added to both sides of the odds, so that none is infinite (a convention)."""

FARTHEST, STEP = 6.5, 0.25
"""The largest log odds at which shares are stored, and the step (a convention)."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliance:
    """The share of the prior in the log odds of each pair.

    Parameters
    ----------
    share
        At equal steps of the log odds of the prior, shape (steps,), each in [0, 1].
    """

    share: NDArray[np.float64]

    def of(self, prior: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the share of the prior for pairs of these priors, shape (pairs,)."""
        return np.interp(_log_odds(prior), _steps(), self.share)

    def mixed(
        self, learned: NDArray[np.float32], prior: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Mix learned and prior probabilities in log odds, shape (pairs,)."""
        share = self.of(prior)
        odds = (1 - share) * _log_odds(learned) + share * _log_odds(prior)
        chance = (1 + 2 * SOFT) / (1 + np.exp(-odds)) - SOFT
        return np.asarray(np.clip(chance, 0, 1), np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the shares as a named array, for a model bundle."""
        return {"share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Reliance:
        """Rebuild from :meth:`to_arrays`."""
        return cls(arrays["share"])


def fit_reliance(
    prior: NDArray[np.float32], out_of_bag: NDArray[np.float32], is_match: NDArray[np.bool_]
) -> Reliance:
    """Compute the share of the prior from labels.

    Parameters
    ----------
    prior
        Match probability of the labelled pairs by the prior model, shape (pairs,).
    out_of_bag
        The same by the trees that did not train on the pair, shape (pairs,).
    is_match
        The labels, shape (pairs,).

    Returns
    -------
    Reliance
        A share of 1 where no label lies near and the prior is as right as the forest. It falls
        with the labels near, and with how far they, and all labels, refute the prior. The same
        labels passed twice never raise it.

    Notes
    -----
    The factor for all labels was chosen on generated product variants, households, twins and
    dirty persons and on fake_1000 and census841 at 100 to 300 labelled rows: it raised F1 by .09
    on the variants after 100 rows and by .05 on census841 after 300, and no mean fell by more than
    .002. Fifty matches and fifty non-matches of one surname and similar date of birth, the hardest
    labels for it, leave generated persons at the F1 without labels, with it and without.
    """
    away = np.abs(_steps()[:, None] - _log_odds(prior)[None, :])
    near = np.maximum(0.0, 1 - away / NEAR)
    by_prior = (prior - is_match.astype(np.float64)) ** 2
    by_forest = (out_of_bag - is_match.astype(np.float64)) ** 2
    surprise = max(0.0, _surprise(is_match, prior))
    beaten = _beaten(near @ by_prior, near @ by_forest) * _beaten(surprise, by_forest.sum())
    unknown = FEW / (FEW + near.sum(axis=1))
    return Reliance(beaten * (EVERYWHERE + (1 - EVERYWHERE) * unknown))


def refutes(is_match: NDArray[np.bool_], prior: NDArray[np.float32]) -> bool:
    """Return whether the prior is more often wrong on labels than it expects to be.

    Parameters
    ----------
    is_match
        The labels, shape (pairs,).
    prior
        Match probability of these pairs by the prior model, shape (pairs,).
    """
    return _surprise(is_match, prior) > 0


def _surprise(is_match: NDArray[np.bool_], prior: NDArray[np.float32]) -> float:
    """Sum the squared errors that the prior did not expect: a doubt of .5 is no error."""
    wrong = (prior - is_match.astype(np.float64)) ** 2
    return float((wrong - prior * (1.0 - prior)).sum())


def _beaten(
    wrong: NDArray[np.float64] | float, left: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Compare the summed errors of prior and forest: a share in [0, 1], 1 if the prior is right."""
    return np.asarray(np.minimum(1.0, (DOUBT + left) / (DOUBT + wrong)) ** 2)


def _steps() -> NDArray[np.float64]:
    return np.arange(-FARTHEST, FARTHEST + STEP / 2, STEP)


def _log_odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    chance = np.asarray(probability, np.float64)
    return np.log((chance + SOFT) / (1 + SOFT - chance))
