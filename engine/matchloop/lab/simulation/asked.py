"""Read from the events of runs which questions were asked over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "Asked", "read_asked"]

BINS = 10
"""Number of bins of the probability that a pair had before it was asked (a convention)."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The questions of a contender, averaged over all its runs.

    Parameters
    ----------
    matches
        Share of true matches among the pairs in question, by round, shape (rounds,).
    probability
        Share of the pairs by round and by probability before asking, shape (rounds, bins). Pairs
        that were no candidates are left out.
    """

    matches: NDArray[np.float64]
    probability: NDArray[np.float64]


def read_asked(folders: Sequence[Path], contenders: Mapping[str, str]) -> dict[str, Asked]:
    """Read which questions each contender asked.

    Parameters
    ----------
    folders
        Folders that ``matchloop lab simulate`` wrote.
    contenders
        Contender of each run to read, by the name of the run.

    Returns
    -------
    dict of str to Asked
        By contender, with equal weight for every run.
    """
    paths = {
        path.parent.name: path for folder in folders for path in folder.glob("runs/*/events.jsonl")
    }
    sums: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for run in sorted(paths.keys() & contenders.keys()):
        sums.setdefault(contenders[run], []).append(_run(paths[run]))
    return {name: _mean(runs) for name, runs in sorted(sums.items())}


def _run(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count true matches and non-matches by round, and pairs by bin of probability."""
    classes: dict[int, NDArray[np.float64]] = {}
    bins: dict[int, NDArray[np.float64]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            at, truth = event["round"], np.asarray(event["truth"])
            left, right = np.triu_indices(len(truth), 1)
            same = int((truth[left] == truth[right]).sum())
            classes.setdefault(at, np.zeros(2))[:] += (same, len(left) - same)
            probabilities = [
                probability for probability in event["probability"] if probability is not None
            ]
            bins.setdefault(at, np.zeros(BINS))[:] += np.histogram(probabilities, BINS, (0, 1))[0]
    last = max(classes, default=0)
    rounds = range(1, last + 1)
    return (
        np.array([classes.get(at, np.zeros(2)) for at in rounds]).reshape(-1, 2),
        np.array([bins.get(at, np.zeros(BINS)) for at in rounds]).reshape(-1, BINS),
    )


def _mean(runs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Asked:
    rounds = max(len(classes) for classes, _ in runs)
    matches = np.full((len(runs), rounds), np.nan)
    probability = np.full((len(runs), rounds, BINS), np.nan)
    for place, (classes, bins) in enumerate(runs):
        has_pairs = classes.sum(axis=1) > 0
        matches[place, : len(classes)][has_pairs] = classes[has_pairs, 0] / classes[has_pairs].sum(
            axis=1
        )
        has_candidates = bins.sum(axis=1) > 0
        probability[place, : len(bins)][has_candidates] = (
            bins[has_candidates] / bins[has_candidates].sum(axis=1)[:, None]
        )
    return Asked(_nanmean(matches), _nanmean(probability))


def _nanmean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over runs, ignoring NaN; 0 where no run has a value."""
    counts = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    return np.asarray(np.nan_to_num(values).sum(axis=0) / counts, np.float64)
