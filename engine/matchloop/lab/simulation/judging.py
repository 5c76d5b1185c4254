"""Judge groups on the held-out records of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.matches import Matches
from matchloop.lab.simulation.tasks import Split, Task

__all__ = ["judge"]


def judge(task: Task, split: Split, matches: Matches) -> dict[str, float]:
    """Measure the quality of a matching on the pairs of the held-out records.

    Parameters
    ----------
    task
        The table.
    split
        The held-out records.
    matches
        The matching of the whole table.

    Returns
    -------
    dict
        ``precision``, ``recall``, ``f1``: of the groups, on the judged candidates. ``f1_model``: of
        probabilities of at least one half, before grouping. ``recall_all``, ``f1_all``: with the
        true pairs that blocking lost. ``average_precision`` and ``brier`` of the probabilities.
    """
    pairs, test = task.prepared.candidates, split.test
    truth = task.is_match[test]
    together = (matches.match_id[pairs.left] == matches.match_id[pairs.right])[test]
    probability = matches.scores.probability[_places(task, matches)][test].astype(np.float64)
    precision, recall, f1 = _rates(together, truth)
    lost = _true_pairs(task, split) - int(truth.sum())
    right = int((together & truth).sum())
    every = int(truth.sum()) + lost
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "f1_model": _rates(probability >= 0.5, truth)[2],
        "recall_all": right / every if every else 1.0,
        "f1_all": 2 * right / (int(together.sum()) + every) if together.any() or every else 1.0,
        "average_precision": _average_precision(probability, truth),
        "brier": float(np.mean((probability - truth) ** 2)) if len(truth) else 0.0,
    }


def _places(task: Task, matches: Matches) -> NDArray[np.int64]:
    """Return the positions of the candidates among the scored pairs, which may be more."""
    return np.searchsorted(matches.scores.pairs.ids(), task.prepared.candidates.ids())


def _rates(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[float, float, float]:
    right, positives, true = (int(x.sum()) for x in (predicted & truth, predicted, truth))
    precision = right / positives if positives else 1.0
    recall = right / true if true else 1.0
    return precision, recall, 2 * right / (positives + true) if positives + true else 1.0


def _true_pairs(task: Task, split: Split) -> int:
    """Count the true pairs of judged records, candidates or not."""
    entities, sources = task.entities, task.records.sources
    count = int(entities.max(initial=-1)) + 1
    sizes = np.bincount(entities, minlength=count)
    if sources is None:  # a held-out entity is held out whole
        judged = np.bincount(entities[split.judged], minlength=count)
        return int((judged * (judged - 1) // 2).sum())
    first = np.bincount(entities[split.judged], minlength=count)
    own = np.bincount(entities[sources == sources.min()], minlength=count)
    return int((first * (sizes - own)).sum())


def _average_precision(probability: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    # scikit-learn's warns without a match, fails without a pair, and counts ties as one step; here
    # ties keep the order of the pairs, as in all earlier results
    if not truth.any():
        return 0.0
    order = np.argsort(-probability, kind="stable")
    hits = truth[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())
