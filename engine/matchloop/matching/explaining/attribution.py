"""Attribute a prediction to groups of features: Shapley values over a background.

The share of a group is the change of the prediction when its values replace those of the
background, averaged over every order of replacing groups (Shapley 1953; Strumbelj and Kononenko
2014 for predictions). Up to :data:`EXACT` groups, all subsets are evaluated. For more, orders are
drawn, each with its reverse (Castro, Gomez and Tejada 2009).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import factorial

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT", "attribute"]

EXACT = 8
"""Number of groups up to which shares are exact, not sampled: 256 subsets (a convention)."""

ORDERS = 24
"""Orders to draw for more groups, each used forwards and backwards (a convention)."""

Predict = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def attribute(
    predict: Predict,
    features: NDArray[np.float32],
    background: NDArray[np.float32],
    groups: Sequence[NDArray[np.int64]],
    *,
    rng: np.random.Generator,
) -> tuple[float, NDArray[np.float64]]:
    """Attribute a prediction to groups of features.

    Parameters
    ----------
    predict
        Returns a probability for each row of a matrix of features.
    features
        The row to explain, shape (features,).
    background
        Rows to compare it with, shape (rows, features).
    groups
        Feature numbers of each group, disjoint; a feature in no group keeps its background.
    rng
        Draws the orders where there are many groups.

    Returns
    -------
    tuple of float and ndarray
        The mean prediction of the background, and the share of each group, shape (groups,).
        Base and shares add up to the prediction of the row.
    """
    if len(groups) <= EXACT:
        subsets = np.arange(1 << len(groups))
        inside = (subsets[:, None] >> np.arange(len(groups))) & 1
        value = _values(predict, features, background, groups, inside.astype(np.bool_))
        return float(value[0]), _exact(value, len(groups))
    return _sampled(predict, features, background, groups, rng)


def _exact(value: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    sizes = np.array([int(subset).bit_count() for subset in range(1 << count)])
    weight = np.array(
        [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    )
    shares = np.zeros(count)
    for group in range(count):
        without = np.flatnonzero((np.arange(1 << count) >> group) & 1 == 0)
        gain = value[without | (1 << group)] - value[without]
        shares[group] = np.sum(weight[sizes[without]] * gain)
    return shares


def _sampled(
    predict: Predict,
    features: NDArray[np.float32],
    background: NDArray[np.float32],
    groups: Sequence[NDArray[np.int64]],
    rng: np.random.Generator,
) -> tuple[float, NDArray[np.float64]]:
    count = len(groups)
    shares = np.zeros(count)
    base = 0.0
    for order in _orders(count, rng):
        inside = np.zeros((count + 1, count), np.bool_)
        for place, group in enumerate(order):
            inside[place + 1 :, group] = True
        value = _values(predict, features, background, groups, inside)
        base = float(value[0])
        shares[order] += np.diff(value)
    return base, shares / (2 * ORDERS)


def _orders(count: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(ORDERS):
        order = rng.permutation(count)
        yield order
        yield order[::-1]


def _values(
    predict: Predict,
    features: NDArray[np.float32],
    background: NDArray[np.float32],
    groups: Sequence[NDArray[np.int64]],
    inside: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Compute the mean prediction for each subset of groups, shape (subsets,)."""
    from_row = np.zeros((len(inside), len(features)), np.bool_)
    for number, members in enumerate(groups):
        from_row[:, members] = inside[:, number, None]
    rows = np.where(from_row[:, None, :], features, background[None, :, :])
    flat = np.ascontiguousarray(rows.reshape(-1, len(features)), np.float32)
    predicted = np.asarray(predict(flat), np.float64)
    return np.asarray(predicted.reshape(len(inside), len(background)).mean(axis=1))
