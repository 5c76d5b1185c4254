"""What labels look like to models that did not see them, nor anything that tells of them.

Each label is judged by models trained on other labels, several times on other folds, and the
answers are averaged: most of what repeating gains is the noise of one split. Four judges speak, two
ensembles of trees, a linear model, and the guess that needs no label; how much each counts is
learned from all labels by logistic regression (stacking: Wolpert 1992). A second pass leaves the
most doubtful labels out of training, as confident learning does (Northcutt, Jiang and Chuang 2021).
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

FOLDS = 5
REPEATS = 2
TREES = 60
LEAF = 3
DOUBTED = 0.1
"""Probability of a given answer below which the second pass does not learn from it."""

MOST_DOUBTED = 0.3
"""Share of the labels that the second pass leaves out at most."""

LARGE = 0.3
"""Share of the labels from which connected sets are dealt out one by one."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Which labels stand or fall together, and which must not teach about which.

    Parameters
    ----------
    unit
        Number of the unit of each pair, shape (pairs,): a unit is never cut by a fold.
    told
        Number of what each pair says, shape (pairs,): of pairs with the same number none is
        learned from while another is judged.
    """

    unit: NDArray[np.int64]
    told: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: LabeledPairs) -> Folds:
        """Put sets that say something of the same two records into one unit.

        The slip of a row spoils many pairs of its set, but none of another set: what other sets
        say of the same records may well be learned from, unless it is the same pair. Where that
        ties too large a part of the labels together, sets stay units of their own, and the same
        pair is only never learned from while it is judged.
        """
        told = np.unique(pairs.ids(), return_inverse=True)[1].astype(np.int64)
        sets = pairs.set_index.astype(np.int64)
        n_sets = int(sets.max(initial=-1)) + 1
        size = n_sets + int(told.max(initial=-1)) + 1
        edges = coo_array((np.ones(len(sets)), (sets, told + n_sets)), shape=(size, size))
        joined = connected_components(edges, directed=False)[1][sets].astype(np.int64)
        counts = np.bincount(joined, minlength=1)
        too_large = (counts > LARGE * max(len(sets), 1))[joined]
        unit = np.where(too_large, sets + int(joined.max(initial=0)) + 1, joined)
        return cls(np.unique(unit, return_inverse=True)[1].astype(np.int64), told)

    def deal(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the fold of each pair, shape (pairs,); large units are dealt first."""
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
    """What models say of labels that they did not see.

    Parameters
    ----------
    probability
        Match probability of each pair, all judges heard and fitted to the answers, shape (pairs,).
    opinion
        What the ensembles of trees say by themselves: that no fit to the answers has made it
        doubt what many slips go against.
    """

    probability: Floats
    opinion: Floats


def judge_unseen(
    features: NDArray[np.float32],
    guess: NDArray[np.floating],
    is_match: NDArray[np.bool_],
    folds: Folds,
    weight: Floats,
    *,
    seed: int,
) -> Unseen:
    """Judge each labelled pair by models that did not see it.

    Parameters
    ----------
    features
        Shape (pairs, features), NaN where missing.
    guess
        What the model without labels says, shape (pairs,).
    is_match
        The answers given, shape (pairs,).
    folds
        What must not be learned from together.
    weight
        Of each pair, shape (pairs,), in the learning of how much each judge counts.
    seed
        The same seed gives the same probabilities.

    Returns
    -------
    Unseen
        The guess that needs no label, where only one answer was given.
    """
    if len(is_match) == 0 or is_match.all() or not is_match.any():
        return Unseen(np.asarray(guess, np.float64), np.asarray(guess, np.float64))
    trained = np.ones(len(is_match), np.bool_)
    probability = opinion = np.asarray(guess, np.float64)
    plain, filled = _filled(features)
    for passed in range(2):
        rng = np.random.default_rng([seed, passed])
        heard = [log_odds(guess)]
        for made, rows in ((_trees, plain), (_forest, plain), (_linear, filled)):
            total = np.zeros(len(is_match))
            for _ in range(REPEATS):
                total += _out_of_fold(made, rows, is_match, folds, trained, rng)
            heard.append(log_odds(total / REPEATS))
        probability = _stacked(np.stack(heard, axis=1), is_match, weight)
        opinion = np.asarray(expit((heard[1] + heard[2]) / 2), np.float64)
        given = np.where(is_match, probability, 1 - probability)
        limit = min(DOUBTED, float(np.quantile(given, MOST_DOUBTED)))
        trained = given >= limit
    return Unseen(probability, opinion)


def log_odds(probability: NDArray[np.floating]) -> Floats:
    """Return the log odds of probabilities, none beyond a thousand to one."""
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
        shown = ~judged & trained & ~np.isin(folds.told, folds.told[judged])
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
    """Return features for trees, and standardized ones with marks of what is missing."""
    missing = ~np.isfinite(features)
    plain = np.where(missing, np.float32(-1), features)
    known = np.where(missing, np.nan, features).astype(np.float64)
    some = ~missing.all(axis=0)
    known = known[:, some]
    mean = np.nanmean(known, axis=0)
    centred = np.where(np.isfinite(known), known - mean, 0.0)
    marks = missing[:, some & missing.any(axis=0)].astype(np.float64)
    both = np.concatenate([centred, marks - marks.mean(axis=0)], axis=1)
    return plain, both / (both.std(axis=0) + 1e-3)


def _stacked(heard: Floats, is_match: NDArray[np.bool_], weight: Floats) -> Floats:
    """Mix log odds with weights that are learned and never negative, and calibrate."""
    start, _ = nnls(heard * np.sqrt(weight)[:, None], np.where(is_match, 3.0, -3.0) * weight**0.5)
    used = start > 1e-6
    if not used.any():
        used[:] = True
    for _ in range(heard.shape[1]):
        model = LogisticRegression(C=1.0, max_iter=200)
        model.fit(heard[:, used], is_match, sample_weight=weight)
        if (model.coef_[0] >= 0).all() or used.sum() == 1:
            break
        used[np.flatnonzero(used)[int(model.coef_[0].argmin())]] = False
    return np.asarray(expit(model.decision_function(heard[:, used])), np.float64)
