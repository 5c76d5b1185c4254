"""Textbook estimates for comparison: stratified means, with or without a control variate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.sampled_audit.base import Interval
from matchloop.quality.sampled_audit.population import Population
from matchloop.quality.sampled_audit.strata import expected_rate

__all__ = ["stratified_f1"]

Array = NDArray[np.float64]


def stratified_f1(
    population: Population,
    stratum: NDArray[np.integer],
    answered: NDArray[np.integer],
    answers: NDArray[np.bool_],
    *,
    control: bool = False,
) -> Interval:
    """Estimate F1 by stratified means, and its interval by the delta method.

    Such intervals are too narrow if all answers of a stratum are the same; see
    :func:`matchloop.quality.sampled_audit.quality_of`, which is the default.

    Parameters
    ----------
    population, stratum, answered, answers
        As for :func:`matchloop.quality.sampled_audit.quality_of`.
    control
        Whether to estimate only the difference between answers and expected rates (the
        difference estimator).
    """
    open_ = population.label < 0
    weight = np.where(open_, population.weight, 0.0)
    expected = expected_rate(population) if control else np.zeros(len(population))
    together = population.together
    is_match = population.label == 1
    right = float((weight * expected)[together].sum() + is_match[together].sum())
    total = float((weight * expected).sum() + is_match.sum())
    size = np.bincount(stratum, weights=weight)
    count = np.bincount(stratum[answered], minlength=len(size))
    residual = answers - expected[answered]
    both = np.column_stack((residual * together[answered], residual))
    sums = np.zeros((len(size), 2))
    np.add.at(sums, stratum[answered], both)
    mean = sums / np.maximum(count, 1)[:, None]
    right += float((size * mean[:, 0]).sum())
    total += float((size * mean[:, 1]).sum())
    whole = max(total + population.predicted, 1e-9)
    f1 = min(max(2 * right / whole, 0.0), 1.0)
    influence = (2 * both[:, 0] - f1 * both[:, 1]) / whole
    squares = np.bincount(stratum[answered], weights=influence**2, minlength=len(size))
    summed = np.bincount(stratum[answered], weights=influence, minlength=len(size))
    means = summed / np.maximum(count, 1)
    variance = np.maximum(squares - count * means**2, 0) / np.maximum(count - 1, 1)
    left = np.maximum(1 - count / np.maximum(size, 1), 0)
    spread = float(np.sqrt((size**2 * variance / np.maximum(count, 1) * left).sum()))
    return Interval(f1, max(0.0, f1 - 1.96 * spread), min(1.0, f1 + 1.96 * spread))
