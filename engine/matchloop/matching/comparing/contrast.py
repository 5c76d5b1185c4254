"""Contrast: how far a word or number tells two texts apart, such as sizes and colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.views import Views

__all__ = ["telling"]

ATTESTED = 3
"""Records from which a word is one that others use too. A convention: two records of one thing may
share a misspelling."""


def telling(views: Views, column: str) -> NDArray[np.float32]:
    """Return how far each piece of a text tells two things apart.

    "phone 64 GB black" and "phone 64 GB white" are two products and share nearly all words. A word
    of few records may be a misspelling and tells nothing.

    Parameters
    ----------
    views
        The table.
    column
        Name of a text column.

    Returns
    -------
    numpy.ndarray
        By the rarity of the piece, and by the contexts in which it stands in place of another one,
        in [0, 1], shape (2, vocabulary).
    """
    frequency, population = views.pieces(column).frequency, views.population
    rarity = np.log((1 + population) / (1.0 + frequency))
    rarity /= max(np.log((1 + population) / (1.0 + ATTESTED)), 1.0)
    contexts = np.log1p(views.alternations(column, ATTESTED))
    weights = np.clip([rarity, contexts / (1.0 + contexts)], 0, 1) * (frequency >= ATTESTED)
    return np.asarray(weights, np.float32)
