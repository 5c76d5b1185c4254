"""Statistics of paired runs: thin wrappers over scipy.stats that choose which test to run.

Runs of one seed share their held-out entities, first questions and errors of answers, so they are
compared as pairs. A test with too few values returns None, never a number.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "Interval",
    "Ranking",
    "bands",
    "holm",
    "interval",
    "paired_permutation",
    "rank",
    "signed_rank",
]

CONFIDENCE = 0.95
"""Level of every interval and critical difference (a convention)."""

RESAMPLES = 4_000
"""Bootstrap samples (a convention); their seed is fixed, so that reports are reproducible."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its confidence interval.

    Parameters
    ----------
    mean
        Mean over the seeds or the tables.
    low, high
        Bounds of 95 % by bootstrap; None where there is a single value.
    count
        Number of values.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval lies above or below zero, else 0."""
        if self.low is None or self.high is None:
            return 0
        return int(self.low > 0) - int(self.high < 0)


def interval(values: ArrayLike) -> Interval:
    """Return the mean of at least one value with its bootstrap interval."""
    sample = np.asarray(values, np.float64)
    mean, low, high = bands(sample[:, None])
    if len(sample) < 2:
        return Interval(float(mean[0]), None, None, len(sample))
    return Interval(float(mean[0]), float(low[0]), float(high[0]), len(sample))


def bands(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, lower and upper bound of each column, each of shape (points,).

    Parameters
    ----------
    values
        Shape (runs, points). Bounds of a single run are the run itself.
    """
    mean = values.mean(axis=0)
    if len(values) < 2:
        return mean, mean, mean
    drawn = stats.bootstrap(
        (values,),
        np.mean,
        axis=0,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return mean, np.minimum(drawn.low, mean), np.maximum(drawn.high, mean)


def signed_rank(differences: ArrayLike) -> float | None:
    """Return the p of Wilcoxon's signed-rank test that paired differences centre on zero.

    Returns
    -------
    float or None
        Two-sided; None for fewer than two differences, 1 where all are zero.
    """
    sample = np.asarray(differences, np.float64)
    if len(sample) < 2:
        return None
    if not sample.any():
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy warns that ties and zeros make p approximate
        return float(stats.wilcoxon(sample, zero_method="zsplit").pvalue)


def paired_permutation(differences: ArrayLike) -> float | None:
    """Return the p of the sign-flip permutation test that paired differences average to zero.

    Returns
    -------
    float or None
        Two-sided, exact for up to thirteen differences; None for fewer than two.
    """
    sample = np.asarray(differences, np.float64)
    if len(sample) < 2:
        return None
    if not sample.any():
        return 1.0
    result = stats.permutation_test(
        (sample,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9_999,
        random_state=np.random.default_rng(0),
    )
    return float(result.pvalue)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return each p corrected for multiple tests, after Holm (1979); None stays None."""
    ordered = sorted((p, place) for place, p in enumerate(values) if p is not None)
    corrected: list[float | None] = [None] * len(values)
    largest = 0.0
    for done, (p, place) in enumerate(ordered):
        largest = max(largest, min(1.0, p * (len(ordered) - done)))
        corrected[place] = largest
    return corrected


@dataclass(frozen=True, slots=True)
class Ranking:
    """Mean ranks of contenders over tables.

    Parameters
    ----------
    ranks
        Mean rank of each contender, 1 the best.
    p
        p of Friedman's test that all are alike; None for fewer than three contenders.
    critical_difference
        Mean ranks that differ by less are not significantly different (Nemenyi).
    tables
        Number of tables.
    """

    ranks: tuple[float, ...]
    p: float | None
    critical_difference: float
    tables: int

    def alike(self) -> list[tuple[int, int]]:
        """Return the widest runs of contenders whose ranks are not significantly different.

        Returns
        -------
        list of tuple
            First and last place in the order of mean ranks.
        """
        ordered = np.sort(self.ranks)
        lasts = np.searchsorted(ordered, ordered + self.critical_difference, "right") - 1
        runs: list[tuple[int, int]] = []
        for first, last in enumerate(lasts):
            if last > first and (not runs or last > runs[-1][1]):
                runs.append((first, int(last)))
        return runs


def rank(values: NDArray[np.float64]) -> Ranking | None:
    """Rank contenders over tables: Friedman's test and Nemenyi's critical difference.

    Parameters
    ----------
    values
        Shape (tables, contenders), higher is better.

    Returns
    -------
    Ranking or None
        None for fewer than two tables or two contenders.

    Notes
    -----
    As recommended by Demsar (2006), Statistical comparisons of classifiers over multiple data sets.
    """
    tables, contenders = values.shape
    if tables < 2 or contenders < 2:
        return None
    rounded = np.round(values, 9)  # differences of rounding are ties
    ranks = stats.rankdata(-rounded, axis=1).mean(axis=0)
    p = None
    if contenders > 2:
        differ = (rounded != rounded[:, :1]).any()
        p = float(stats.friedmanchisquare(*rounded.T).pvalue) if differ else 1.0
    studentized = float(stats.studentized_range.ppf(CONFIDENCE, contenders, np.inf))
    critical = studentized / np.sqrt(2) * np.sqrt(contenders * (contenders + 1) / (6 * tables))
    return Ranking(tuple(float(value) for value in ranks), p, float(critical), tables)
