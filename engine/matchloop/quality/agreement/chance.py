"""Chance-corrected agreement: Cohen's kappa and Krippendorff's alpha."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["agreed", "alpha", "coincidences", "crossed", "kappa"]

Sums = NDArray[np.float64]


def crossed(first: NDArray[np.int8], second: NDArray[np.int8]) -> NDArray[np.float64]:
    """Cross-tabulate the judgements of two annotators.

    Parameters
    ----------
    first, second
        1 for a match, 0 for a non-match, -1 for no judgement, shape (pairs,).

    Returns
    -------
    numpy.ndarray
        Indicator of the cell of each pair that both judged, shape (pairs, 4): match and match,
        match and non-match, non-match and match, non-match and non-match.
    """
    both = (first >= 0) & (second >= 0)
    cells = [both & (first == a) & (second == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    return np.asarray(np.column_stack(cells), np.float64)


def agreed(cells: Sums) -> NDArray[np.float64]:
    """Return the share of equal judgements, from sums of :func:`crossed`, shape (samples, 4)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((cells[:, 0] + cells[:, 3]) / cells.sum(axis=1), np.float64)


def kappa(cells: Sums) -> NDArray[np.float64]:
    """Return Cohen's kappa; NaN if both annotators only ever use the same one class.

    Parameters
    ----------
    cells
        Sums of :func:`crossed`, shape (samples, 4).

    Notes
    -----
    Cohen (1960), A coefficient of agreement for nominal scales.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = cells / cells.sum(axis=1, keepdims=True)
        first, second = share[:, 0] + share[:, 1], share[:, 0] + share[:, 2]
        chance = first * second + (1 - first) * (1 - second)
        seen = share[:, 0] + share[:, 3]
        return np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)


def coincidences(judgements: NDArray[np.integer], classes: int = 2) -> NDArray[np.float64]:
    """Return the contribution of each unit to Krippendorff's coincidence matrix.

    Parameters
    ----------
    judgements
        Class of each unit by each annotator, shape (units, annotators), -1 for no judgement.
    classes
        Number of classes.

    Returns
    -------
    numpy.ndarray
        Flattened matrices, shape (units, classes * classes); zero with fewer than two judgements.
    """
    counts = np.stack([(judgements == label).sum(axis=1) for label in range(classes)], axis=1)
    judged = counts.sum(axis=1)
    ordered = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(classes)
    ordered[:, diagonal, diagonal] -= counts
    share = np.where(judged > 1, 1 / np.maximum(judged - 1, 1), 0.0)
    return np.asarray(ordered * share[:, None, None], np.float64).reshape(len(judgements), -1)


def alpha(sums: Sums) -> NDArray[np.float64]:
    """Return Krippendorff's alpha for nominal classes; NaN if all judgements are of one class.

    Parameters
    ----------
    sums
        Sums of :func:`coincidences`, shape (samples, classes * classes).

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability. Missing judgements and units
    with a single judgement do not count.
    """
    classes = round(sums.shape[1] ** 0.5)
    matrix = sums.reshape(-1, classes, classes)
    of_class = matrix.sum(axis=2)
    total = of_class.sum(axis=1)
    seen = total - np.trace(matrix, axis1=1, axis2=2)
    by_chance = total**2 - (of_class**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(by_chance > 0, 1 - (total - 1) * seen / by_chance, np.nan)
