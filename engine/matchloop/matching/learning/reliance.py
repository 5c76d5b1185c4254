"""How far a probability leans on the model without labels: the less, the more labels refute it.

Labels are chosen where they teach most, so they say much of some pairs and nothing of others. A
forest that never saw an easy pair has no reason to get it right: a hundred labels of people who
share a surname and a year of birth cannot know what strangers look like. So it is asked of each
pair how many labels lie near it, by what the model without labels (the guess) says of them, and
how much nearer to these labels the forest is, judged by trees that did not see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reliance", "fit_reliance"]

FEW = 40.0
"""Labels near a pair at which half of what they could change is left to the guess.

This and the other numbers here were chosen on fake_1000, census841, cora, abt_buy, restaurants_oaei
and made persons with namesakes (benchmarks/calibration.py), at 50 to 300 labelled rows, for the
fewest and smallest losses against no labels, then for F1. With 20 in place of 40, and 3 for
``DOUBT``, 6 of 48 cells lost more than .002 and in all .15 of F1; as it is, 4 and .05.
"""

DOUBT = 8.0
"""Squared error charged to guess and forest alike before labels tell them apart: twenty easy ones
say nothing. With 1 in place of 8, and 20 for ``FEW``, cora loses .02 more at 50 rows."""

EVERYWHERE = 0.2
"""Share of the guess however many labels lie near, where they do not refute it."""

NEAR = 1.0
"""Distance in log odds of the guess at which a label no longer speaks of a pair."""

SOFT = 0.002
"""Added to both sides of the odds, so that none are infinite."""

FARTHEST, STEP = 6.5, 0.25
"""Log odds at which the shares are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliance:
    """Share of the guess in the log odds of each pair.

    Parameters
    ----------
    share
        At equal steps of the log odds of the guess, shape (steps,), each in [0, 1].
    """

    share: NDArray[np.float64]

    def of(self, guessed: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the share of the guess for pairs by their guesses, shape (pairs,)."""
        return np.interp(_log_odds(guessed), _steps(), self.share)

    def mixed(
        self, learned: NDArray[np.float32], guessed: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Mix the log odds of what was learned and of the guess, shape (pairs,)."""
        share = self.of(guessed)
        odds = (1 - share) * _log_odds(learned) + share * _log_odds(guessed)
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
    guessed: NDArray[np.float32], unseen: NDArray[np.float32], is_match: NDArray[np.bool_]
) -> Reliance:
    """Find how far to lean on the guess.

    Parameters
    ----------
    guessed
        Match probability of labelled pairs without labels, shape (pairs,).
    unseen
        The same by the trees that did not see their labels, shape (pairs,).
    is_match
        The labels, shape (pairs,).

    Returns
    -------
    Reliance
        1 where no label lies near; the less, the more labels do and the more they refute the
        guess. The same labels given twice never raise it.
    """
    away = np.abs(_steps()[:, None] - _log_odds(guessed)[None, :])
    near = np.maximum(0.0, 1 - away / NEAR)
    wrong = DOUBT + near @ (guessed - is_match.astype(np.float64)) ** 2
    left = DOUBT + near @ (unseen - is_match.astype(np.float64)) ** 2
    beaten = np.minimum(1.0, left / wrong) ** 2
    unknown = FEW / (FEW + near.sum(axis=1))
    return Reliance(beaten * (EVERYWHERE + (1 - EVERYWHERE) * unknown))


def _steps() -> NDArray[np.float64]:
    return np.arange(-FARTHEST, FARTHEST + STEP / 2, STEP)


def _log_odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    chance = np.asarray(probability, np.float64)
    return np.log((chance + SOFT) / (1 + SOFT - chance))
