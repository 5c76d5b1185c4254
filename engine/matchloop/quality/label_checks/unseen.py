"""Out-of-fold probabilities of labelled pairs.

Each label is judged by models that did not learn from it. Predictions are averaged over several
splits, because the variance of one split is large. Four models are combined: two ensembles of
trees, a linear model, and the prior model. Their weights are learned by logistic regression
(stacking: Wolpert 1992). A second pass excludes the most doubtful labels from training, as
confident learning does (Northcutt, Jiang and Chuang 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from matchloop.data.labels import LabeledPairs

__all__ = ["Folds", "Unseen", "judge_unseen", "log_odds"]

# The constants of the models were tuned by benchmarks/label_quality.py on abt_buy and cora.
FOLDS = 5
REPEATS = 2
TREES = 60
LEAF = 3
DOUBTED = 0.1
"""Probability of an answer below which the second pass does not learn from it."""

MOST_DOUBTED = 0.3
"""Share of the labels that the second pass excludes at most."""

LARGE = 0.3
"""Share of the labels above which connected sets are split over folds; a convention."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """The units of cross-validation.

    Parameters
    ----------
    unit
        Number of the unit of each labelled pair, shape (pairs,). A unit lies in one fold.
    pair
        Number of the pair of records, shape (pairs,). Labels of the same pair are never on both
        sides of a split.
    """

    unit: NDArray[np.int64]
    pair: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: LabeledPairs) -> Folds:
        """Make one unit of the sets that share a pair of records.

        One slipped row makes many pairs of its set wrong, so a set lies in one fold. Other sets
        with the same records are independent, unless they share a pair. Where connected sets
        would hold more than :data:`LARGE` of the labels, each stays a unit of its own.
        """
        pair = np.unique(pairs.ids(), return_inverse=True)[1].astype(np.int64)
        sets = pairs.set_index.astype(np.int64)
        n_sets = int(sets.max(initial=-1)) + 1
        size = n_sets + int(pair.max(initial=-1)) + 1
        edges = coo_array((np.ones(len(sets)), (sets, pair + n_sets)), shape=(size, size))
        joined = connected_components(edges, directed=False)[1][sets].astype(np.int64)
        counts = np.bincount(joined, minlength=1)
        too_large = (counts > LARGE * max(len(sets), 1))[joined]
        unit = np.where(too_large, sets + int(joined.max(initial=0)) + 1, joined)
        return cls(np.unique(unit, return_inverse=True)[1].astype(np.int64), pair)

    def deal(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the fold of each pair, shape (pairs,); large units are assigned first."""
        sizes = np.bincount(self.unit)
        order = rng.permutation(len(sizes))
        order = order[np.argsort(-sizes[order], kind="stable")]
        fold = np.empty(len(sizes), np.int64)
        load = np.zeros(FOLDS)
        for unit in order:
            emptiest = np.flatnonzero(load == load.min())
            fold[unit] = emptiest[int(rng.integers(len(emptiest)))]
            load[fold[unit]] += sizes[unit]
        return fold[self.unit]


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Out-of-fold probabilities of labelled pairs.

    Parameters
    ----------
    probability
        Match probability by all models, stacked and calibrated to the answers, shape (pairs,).
    opinion
        Match probability by the ensembles of trees alone, shape (pairs,). It is not calibrated to
        the answers, because many slips would bias the calibration.
    """

    probability: Floats
    opinion: Floats


def judge_unseen(
    features: NDArray[np.float32],
    prior: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    folds: Folds,
    weight: Floats,
    *,
    seed: int,
) -> Unseen:
    """Compute the out-of-fold match probability of each labelled pair.

    Parameters
    ----------
    features
        Shape (pairs, features), NaN where missing.
    prior
        Match probability by the prior model, shape (pairs,).
    is_match
        The answers, shape (pairs,).
    folds
        The units of cross-validation.
    weight
        Weight of each pair in the stacking, shape (pairs,).
    seed
        Seed of splits and models.

    Returns
    -------
    Unseen
        The probabilities; those of the prior model if all answers are the same.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return Unseen(np.asarray(prior, np.float64), np.asarray(prior, np.float64))
    trained = np.ones(len(is_match), np.bool_)
    probability = opinion = np.asarray(prior, np.float64)
    plain, filled = _filled(features)
    for passed in range(2):
        rng = np.random.default_rng([seed, passed])
        opinions = [log_odds(prior)]
        for made, rows in ((_trees, plain), (_forest, plain), (_linear, filled)):
            total = np.zeros(len(is_match))
            for _ in range(REPEATS):
                total += _out_of_fold(made, rows, is_match, folds, trained, rng)
            opinions.append(log_odds(total / REPEATS))
        probability = _stacked(np.stack(opinions, axis=1), is_match, weight)
        opinion = np.asarray(expit((opinions[1] + opinions[2]) / 2), np.float64)
        of_answer = np.where(is_match, probability, 1 - probability)
        limit = min(DOUBTED, float(np.quantile(of_answer, MOST_DOUBTED)))
        trained = of_answer >= limit
    return Unseen(probability, opinion)


def log_odds(probability: NDArray[np.floating]) -> Floats:
    """Return the log odds of probabilities, clipped at about a thousand to one."""
    kept = np.clip(np.asarray(probability, np.float64), 1e-3, 1 - 1e-3)
    return np.asarray(np.log(kept / (1 - kept)), np.float64)


def _out_of_fold(
    made: Callable[[NDArray[Any], NDArray[np.bool_], int], Any],
    rows: NDArray[Any],
    is_match: NDArray[np.bool_],
    folds: Folds,
    trained: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Floats:
    fold = folds.deal(rng)
    out = np.full(len(is_match), float(is_match.mean()))
    for number in range(FOLDS):
        judged = fold == number
        if not judged.any():
            continue
        shown = ~judged & trained & ~np.isin(folds.pair, folds.pair[judged])
        if not is_match[shown].any() or is_match[shown].all():
            continue
        model = made(rows[shown], is_match[shown], int(rng.integers(2**31)))
        out[judged] = model.predict_proba(rows[judged])[:, 1]
    return out


def _trees(rows: NDArray[Any], is_match: NDArray[np.bool_], seed: int) -> Any:
    model = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, bootstrap=True, random_state=seed)
    return model.fit(rows, is_match)


def _forest(rows: NDArray[Any], is_match: NDArray[np.bool_], seed: int) -> Any:
    return RandomForestClassifier(TREES, min_samples_leaf=2, random_state=seed).fit(rows, is_match)


def _linear(rows: NDArray[Any], is_match: NDArray[np.bool_], seed: int) -> Any:
    return LogisticRegression(C=0.1, max_iter=100).fit(rows, is_match)


def _filled(features: NDArray[np.float32]) -> tuple[NDArray[np.float32], Floats]:
    """Return features for trees, and standardized features with indicators of missing values."""
    missing = ~np.isfinite(features)
    plain = np.where(missing, np.float32(-1), features)
    observed = np.where(missing, np.nan, features).astype(np.float64)
    some = ~missing.all(axis=0)
    observed = observed[:, some]
    mean = np.nanmean(observed, axis=0)
    centred = np.where(np.isfinite(observed), observed - mean, 0.0)
    marks = missing[:, some & missing.any(axis=0)].astype(np.float64)
    both = np.concatenate([centred, marks - marks.mean(axis=0)], axis=1)
    return plain, both / (both.std(axis=0) + 1e-3)


def _stacked(opinions: Floats, is_match: NDArray[np.bool_], weight: Floats) -> Floats:
    """Combine log odds with learned non-negative weights, and calibrate."""
    start, _ = nnls(
        opinions * np.sqrt(weight)[:, None], np.where(is_match, 3.0, -3.0) * weight**0.5
    )
    used = start > 1e-6
    if not used.any():
        used[:] = True
    for _ in range(opinions.shape[1]):
        model = LogisticRegression(C=1.0, max_iter=200)
        model.fit(opinions[:, used], is_match, sample_weight=weight)
        if (model.coef_[0] >= 0).all() or used.sum() == 1:
            break
        used[np.flatnonzero(used)[int(model.coef_[0].argmin())]] = False
    return np.asarray(expit(model.decision_function(opinions[:, used])), np.float64)
