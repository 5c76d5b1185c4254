"""A random forest on labelled pairs, stored as plain arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.kernels import sum_leaves

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

__all__ = ["Forest", "fit_forest", "fit_with_out_of_bag"]

FIRST = 25  # trees after which a row is decided if they agree entirely (a convention, for speed)


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Decision trees as arrays over all their nodes, with the children of a node adjacent.

    Parameters
    ----------
    column
        Feature a node splits on, int32; plus ``n_features`` where a missing value goes left.
    threshold
        A row goes right where its value is above it, float32; +inf in leaves.
    child
        Number of the left child, the right one follows it; a leaf is its own child.
    mean
        Match share of the training weight in each node, float32.
    roots
        Number of the first node of each tree.
    depths
        Depth of each tree.
    importance
        Share of the impurity decrease per feature, shape (features,); sums to 1, or to 0 in a
        forest that never splits.
    """

    column: NDArray[np.int32]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    mean: NDArray[np.float32]
    roots: NDArray[np.int32]
    depths: NDArray[np.int32]
    importance: NDArray[np.float64]

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return len(self.importance)

    def probability(
        self,
        features: NDArray[np.float32],
        beside: NDArray[np.float32] | None = None,
        *,
        exact: bool = False,
    ) -> NDArray[np.float32]:
        """Return the match probability of each pair.

        Parameters
        ----------
        features
            Shape (pairs, features), NaN where missing.
        beside
            Further features of the pairs, which follow the others; none by default.
        exact
            Evaluate every tree for every row. By default a row on which the first trees agree
            entirely keeps their mean.

        Returns
        -------
        NDArray[np.float32]
            Shape (pairs,), in [0, 1].
        """
        rows = np.ascontiguousarray(features, dtype=np.float32)
        more = np.empty((len(rows), 0), np.float32) if beside is None else beside
        total = np.empty(len(rows), dtype=np.float64)
        used = np.empty(len(rows), dtype=np.int32)
        first = len(self.roots) + 1 if exact else FIRST
        sum_leaves(
            rows, more, self.column, self.threshold, self.child, self.mean, self.roots,
            self.depths, first, 0.005, 0.995, total, used,
        )  # fmt: skip
        return np.asarray(total / used, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the forest as named arrays, for a model bundle."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Forest:
        """Rebuild a forest from :meth:`to_arrays`."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def fit_forest(
    features: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    *,
    seed: int,
    trees: int = 100,
    min_leaf: int = 1,
    max_depth: int | None = None,
) -> Forest:
    """Train a random forest on labelled pairs.

    Parameters
    ----------
    features
        Shape (pairs, features), NaN where missing.
    is_match
        Shape (pairs,).
    weight
        Weight of each pair, shape (pairs,); all alike by default.
    seed
        The same seed gives the same forest.
    trees
        How many trees.
    min_leaf
        Pairs a leaf holds at least.
    max_depth
        Splits from root to leaf at most.

    Returns
    -------
    Forest
        The forest. With one class only, or no pair at all, it predicts the constant match share,
        smoothed by one pseudo-pair of each class.
    """
    labels = np.asarray(is_match, dtype=bool)
    rows = np.ascontiguousarray(features, dtype=np.float32)
    if len(labels) == 0 or labels.all() or not labels.any():
        return _constant((labels.sum() + 1.0) / (len(labels) + 2.0), rows.shape[1])
    # Imported here: scoring with a saved model needs no scikit-learn, which takes a second.
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        n_estimators=trees,
        min_samples_leaf=min_leaf,
        max_depth=max_depth,
        random_state=seed,
        n_jobs=numba.get_num_threads(),  # trees have seeds of their own: threads change no result
    )
    with warnings.catch_warnings():  # scikit-learn's threads overwrite the filters they find
        return flattened(model.fit(rows, labels, sample_weight=weight))


def fit_with_out_of_bag(
    features: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    *,
    seed: int,
    trees: int = 200,
    balanced: bool = False,
    weight: NDArray[np.float64] | None = None,
) -> tuple[Forest, NDArray[np.float32]]:
    """Train extremely randomized trees, and predict each pair by the trees not trained on it.

    Extremely randomized trees (Geurts, Ernst and Wehenkel 2006) on bootstrap samples: with a
    hundred labels they beat a random forest on most tables tried.

    Parameters
    ----------
    features
        Shape (pairs, features), NaN where missing.
    is_match
        Shape (pairs,).
    seed
        The same seed gives the same forest.
    trees
        How many trees.
    balanced
        Whether matches and non-matches weigh the same, however many there are of each.
    weight
        Weight of each pair, shape (pairs,), on top of that; all alike by default.

    Returns
    -------
    tuple of Forest and numpy.ndarray
        The forest and the out-of-bag probability of each pair, shape (pairs,). With one class or
        no pair at all, both are constant as in :func:`fit_forest`.
    """
    labels = np.asarray(is_match, dtype=bool)
    rows = np.ascontiguousarray(features, dtype=np.float32)
    if len(labels) == 0 or labels.all() or not labels.any():
        share = (labels.sum() + 1.0) / (len(labels) + 2.0)
        return _constant(share, rows.shape[1]), np.full(len(labels), share, np.float32)
    from sklearn.ensemble import ExtraTreesClassifier

    model = ExtraTreesClassifier(
        n_estimators=trees,
        bootstrap=True,
        oob_score=_no_score,
        class_weight="balanced_subsample" if balanced else None,
        random_state=seed,
        n_jobs=numba.get_num_threads(),
    )
    with warnings.catch_warnings():  # as in fit_forest
        # pairs in every tree's sample are filled in below
        warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
        forest = flattened(model.fit(rows, labels, sample_weight=weight))
    out_of_bag = model.oob_decision_function_[:, 1]
    return forest, np.nan_to_num(out_of_bag, nan=labels.mean()).astype(np.float32)


def _no_score(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    return 0.0  # scikit-learn wants a score to compute out-of-bag predictions; none is needed


def flattened(model: ExtraTreesClassifier | RandomForestClassifier) -> Forest:
    """Turn a fitted scikit-learn forest on labels False and True into arrays."""
    parts = [_tree_arrays(tree.tree_) for tree in model.estimators_]
    sizes = np.array([len(part["child"]) for part in parts])
    roots = (np.cumsum(sizes) - sizes).astype(np.int32)
    for part, root in zip(parts, roots, strict=True):
        part["child"] += root
    joined = {
        name: np.concatenate([part[name] for part in parts])
        for name in ("column", "threshold", "child", "mean")
    }
    depths = np.array([tree.tree_.max_depth for tree in model.estimators_], dtype=np.int32)
    importance = np.asarray(model.feature_importances_, dtype=np.float64)
    return Forest(**joined, roots=roots, depths=depths, importance=importance)


def _constant(probability: float, n_features: int) -> Forest:
    return Forest(
        column=np.zeros(1, dtype=np.int32),
        threshold=np.full(1, np.inf, dtype=np.float32),
        child=np.zeros(1, dtype=np.int32),
        mean=np.full(1, probability, dtype=np.float32),
        roots=np.zeros(1, dtype=np.int32),
        depths=np.zeros(1, dtype=np.int32),
        importance=np.zeros(n_features),
    )


def _tree_arrays(tree: Any) -> dict[str, NDArray[Any]]:
    order = _children_side_by_side(tree.children_left, tree.children_right)
    position = np.empty(len(order), dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    left = tree.children_left[order]
    leaf = left < 0
    child = np.where(leaf, np.arange(len(order)), position[left])
    misses_left = tree.missing_go_to_left[order].astype(bool)
    column = np.where(leaf, 0, tree.feature[order] + np.where(misses_left, tree.n_features, 0))
    threshold = tree.threshold[order]
    value = tree.value[order, 0, :]
    return {
        "column": column.astype(np.int32),
        "threshold": np.where(leaf, np.float32(np.inf), _rounded_down(threshold)),
        "child": child.astype(np.int32),
        "mean": (value[:, 1] / value.sum(axis=1)).astype(np.float32),
    }


def _children_side_by_side(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    levels = [np.zeros(1, dtype=np.int64)]
    while len(levels[-1]):
        inner = levels[-1][left[levels[-1]] >= 0]
        levels.append(np.stack([left[inner], right[inner]], axis=1).ravel())
    return np.concatenate(levels)


def _rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round down to float32, so that ``x <= t`` keeps its result for every float32 ``x``."""
    finite = np.minimum(threshold, np.finfo(np.float32).max)  # inf: only missing values go right
    near = finite.astype(np.float32)
    return np.where(near > finite, np.nextafter(near, np.float32(-np.inf)), near)
