"""Agreement beyond what chance alone would bring: Cohen's kappa and Krippendorff's alpha."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["agreed", "alpha", "coincidences", "crossed", "kappa"]

Sums = NDArray[np.float64]


def crossed(one: NDArray[np.int8], other: NDArray[np.int8]) -> NDArray[np.float64]:
    """Cross the judgements of two people.

    Parameters
    ----------
    one, other
        1, 0, or -1 for nothing said, shape (pairs,).

    Returns
    -------
    numpy.ndarray
        Shape (pairs, 4), one of them 1 where both said something: match and match, match and no
        match, no match and match, neither.
    """
    both = (one >= 0) & (other >= 0)
    cells = [both & (one == a) & (other == b) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    return np.asarray(np.column_stack(cells), np.float64)


def agreed(cells: Sums) -> NDArray[np.float64]:
    """Return the share of judgements that are the same, of crossed sums, shape (samples, 4)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((cells[:, 0] + cells[:, 3]) / cells.sum(axis=1), np.float64)


def kappa(cells: Sums) -> NDArray[np.float64]:
    """Return Cohen's kappa of crossed sums; NaN where both always say the same one thing.

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


def coincidences(said: NDArray[np.integer], classes: int = 2) -> NDArray[np.float64]:
    """Return what each unit adds to Krippendorff's matrix of coincidences.

    Parameters
    ----------
    said
        The class each person gave each unit, shape (units, people), -1 for nothing said.
    classes
        How many classes there are.

    Returns
    -------
    numpy.ndarray
        Shape (units, classes * classes), row by row; zero where fewer than two people spoke.
    """
    counts = np.stack([(said == one).sum(axis=1) for one in range(classes)], axis=1)
    people = counts.sum(axis=1)
    ordered = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(classes)
    ordered[:, diagonal, diagonal] -= counts
    share = np.where(people > 1, 1 / np.maximum(people - 1, 1), 0.0)
    return np.asarray(ordered * share[:, None, None], np.float64).reshape(len(said), -1)


def alpha(sums: Sums) -> NDArray[np.float64]:
    """Return Krippendorff's alpha for nominal classes; NaN where only one class was ever said.

    Parameters
    ----------
    sums
        Sums of :func:`coincidences`, shape (samples, classes * classes).

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability. Missing judgements are left
    out, units that one person alone judged count nothing.
    """
    classes = round(sums.shape[1] ** 0.5)
    matrix = sums.reshape(-1, classes, classes)
    of_class = matrix.sum(axis=2)
    total = of_class.sum(axis=1)
    seen = total - np.trace(matrix, axis1=1, axis2=2)
    by_chance = total**2 - (of_class**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(by_chance > 0, 1 - (total - 1) * seen / by_chance, np.nan)
