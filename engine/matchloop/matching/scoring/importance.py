"""The importance of each column to a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["column_importance"]


def column_importance(
    importance: NDArray[np.float64], names: Sequence[str], columns: Sequence[str]
) -> dict[str, float]:
    """Sum the importance of features over their columns.

    The importance of features of the whole record and of rivals is distributed over the columns in
    proportion to their own, or evenly where they have none.

    Parameters
    ----------
    importance
        Importance of each feature, shape (features,).
    names
        Feature names, ``column:measure``.
    columns
        The compared columns, in table order.

    Returns
    -------
    dict of str to float
        Importance of each column, from high to low; they sum to 1.

    Examples
    --------
    >>> names = ["name:words", "name:edit", "city:edit", "record:words"]
    >>> column_importance(np.array([0.3, 0.1, 0.1, 0.5]), names, ["city", "name"])
    {'name': 0.8, 'city': 0.2}
    """
    if not columns:
        return {}
    own = dict.fromkeys(columns, 0.0)
    for name, value in zip(names, importance.tolist(), strict=True):
        column = name.rpartition(":")[0]
        if column in own:
            own[column] += value
    total = sum(own.values())
    if total > 0:
        own = {column: value / total for column, value in own.items()}
    else:
        own = dict.fromkeys(columns, 1 / len(columns))
    return dict(sorted(own.items(), key=lambda item: -item[1]))
