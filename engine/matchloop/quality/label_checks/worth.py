"""The worth of labels: the F1 of a model with them less that of a model without them.

Two models are measured on the same held-out fold: one learns from all other folds, one from a fold
less. The interval of the difference is a paired bootstrap over sets. The worth of a single set
compares models of random halves: those with the set and those without it, measured on sets that
they did not learn from (data Banzhaf values: Wang and Jia 2023).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from matchloop.quality.label_checks.unseen import FOLDS, Folds

__all__ = ["SetWorth", "Worth", "value_labels"]

# Conventions that bound the running time; benchmarks/label_audits.py measures it on
# chicago_early_childhood and cora.
HALVES = 24
RESAMPLES = 400
TREES = 40
AT_MOST = 3_000
"""Training pairs of one model at most."""

STUDENT = 2.07
"""97.5 % quantile of Student's t for the 22 degrees of freedom of :data:`HALVES` models."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SetWorth:
    """Worth of one set: F1 with it less F1 without it, and a 95 % interval."""

    set: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Worth:
    """Worth of labels.

    Parameters
    ----------
    f1
        Out-of-fold F1.
    f1_interval
        Its 95 % interval, over sets.
    gain
        Gain in F1 by the last fifth of the labels.
    interval
        95 % interval of the gain.
    per_label
        Gain for each labelled pair of that fifth.
    sets
        Worth of single sets, least first; a set without enough models is left out.
    """

    f1: float
    f1_interval: tuple[float, float]
    gain: float
    interval: tuple[float, float]
    per_label: float
    sets: tuple[SetWorth, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def value_labels(
    features: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    set_index: NDArray[np.int32],
    folds: Folds,
    *,
    seed: int,
) -> Worth | None:
    """Measure the worth of labels.

    Parameters
    ----------
    features
        Features of each labelled pair, shape (pairs, features), NaN where missing.
    is_match, set_index
        Its answer and its set, shape (pairs,).
    folds
        The units of cross-validation.
    seed
        Seed of splits and models.

    Returns
    -------
    Worth or None
        None if there are fewer than six units, or all answers are the same.
    """
    units = len(np.unique(folds.unit))
    if units < 6 or is_match.all() or not is_match.any():
        return None
    rows = np.where(np.isfinite(features), features, np.float32(-1))
    rng = np.random.default_rng([seed, 5])
    fold = folds.deal(rng)
    more, less = np.zeros(len(is_match)), np.zeros(len(is_match))
    for number in range(FOLDS):
        judged = fold == number
        without = (fold == (number + 1) % FOLDS) | judged
        more[judged] = _learned(rows, is_match, ~judged, rng).predict_proba(rows[judged])[:, 1]
        less[judged] = _learned(rows, is_match, ~without, rng).predict_proba(rows[judged])[:, 1]
    n_sets = int(set_index.max()) + 1
    counts = [_counts(probability, is_match, set_index, n_sets) for probability in (more, less)]
    gain = _f1(counts[0].sum(axis=0)) - _f1(counts[1].sum(axis=0))
    drawn = rng.multinomial(n_sets, np.full(n_sets, 1 / n_sets), RESAMPLES).astype(np.float64)
    of_more = _f1(drawn @ counts[0])
    return Worth(
        float(_f1(counts[0].sum(axis=0))),
        _middle(of_more),
        float(gain),
        _middle(of_more - _f1(drawn @ counts[1])),
        float(gain) / max(len(is_match) / FOLDS, 1.0),
        _of_sets(rows, is_match, set_index, n_sets, rng),
    )


def _middle(drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _of_sets(
    rows: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    set_index: NDArray[np.int32],
    n_sets: int,
    rng: np.random.Generator,
) -> tuple[SetWorth, ...]:
    inside = np.zeros((HALVES, n_sets), np.bool_)
    f1 = np.full((HALVES, n_sets), np.nan)
    for number in range(HALVES):
        inside[number, rng.permutation(n_sets)[: n_sets // 2]] = True
        seen = inside[number][set_index]
        model = _learned(rows, is_match, seen, rng)
        counts = _counts(model.predict_proba(rows[~seen])[:, 1], is_match[~seen],
                         set_index[~seen], n_sets)  # fmt: skip
        f1[number] = _f1(counts.sum(axis=0) - counts)  # a set must not measure its own worth
    worth = []
    for number in range(n_sets):
        with_it, without = f1[inside[:, number], number], f1[~inside[:, number], number]
        if min(len(with_it), len(without)) < 3:
            continue
        error = float(np.sqrt(with_it.var(ddof=1) / len(with_it)
                              + without.var(ddof=1) / len(without)))  # fmt: skip
        value = float(with_it.mean() - without.mean())
        worth.append(SetWorth(number, value, value - STUDENT * error, value + STUDENT * error))
    return tuple(sorted(worth, key=lambda item: item.value))


def _learned(
    rows: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    rng: np.random.Generator,
) -> _Constant | ExtraTreesClassifier:
    at = np.flatnonzero(shown)
    if len(at) > AT_MOST:
        at = rng.choice(at, AT_MOST, replace=False)
    if len(at) == 0 or is_match[at].all() or not is_match[at].any():
        return _Constant(float(is_match[at].mean()) if len(at) else 0.0)
    model = ExtraTreesClassifier(
        TREES, min_samples_leaf=2, bootstrap=True, random_state=int(rng.integers(2**31))
    )
    return model.fit(rows[at], is_match[at])


@dataclass(frozen=True, slots=True)
class _Constant:
    share: float

    def predict_proba(self, rows: NDArray[np.float32]) -> Floats:
        return np.tile([1 - self.share, self.share], (len(rows), 1))


def _counts(
    probability: Floats, is_match: NDArray[np.bool_], set_index: NDArray[np.int32], n_sets: int
) -> Floats:
    """Return true positives, predicted matches and true matches of each set, shape (sets, 3)."""
    taken = probability >= 0.5
    columns = (taken & is_match, taken, is_match)
    return np.stack(
        [np.bincount(set_index, column, minlength=n_sets) for column in columns], axis=1
    )


def _f1(counts: Floats) -> Floats:
    either = counts[..., 1] + counts[..., 2]
    return np.asarray(np.where(either > 0, 2 * counts[..., 0] / np.maximum(either, 1), 1.0))
