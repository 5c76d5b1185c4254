"""What was asked over time, read from the events of runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "Asked", "read_asked"]

BINS = 10
"""Bins of the probability that a pair had before it was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a contender asked, over all its runs.

    Parameters
    ----------
    matches
        Share of the pairs in question that were true matches, by round, shape (rounds,).
    probability
        Share of the pairs by round and by probability before asking, shape (rounds, bins); pairs
        that were no candidates are left out.
    """

    matches: NDArray[np.float64]
    probability: NDArray[np.float64]


def read_asked(folders: Sequence[Path], contenders: Mapping[str, str]) -> dict[str, Asked]:
    """Read what was asked.

    Parameters
    ----------
    folders
        Folders that ``matchloop lab simulate`` wrote.
    contenders
        Contender of each run that counts, by the run's name.

    Returns
    -------
    dict of str to Asked
        By contender; every run counts the same.
    """
    found = {
        path.parent.name: path for folder in folders for path in folder.glob("runs/*/events.jsonl")
    }
    sums: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for run in sorted(found.keys() & contenders.keys()):
        sums.setdefault(contenders[run], []).append(_run(found[run]))
    return {name: _mean(runs) for name, runs in sorted(sums.items())}


def _run(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count by round: true matches and non-matches; pairs by bin of probability."""
    classes: dict[int, NDArray[np.float64]] = {}
    bins: dict[int, NDArray[np.float64]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            at, truth = event["round"], np.asarray(event["truth"])
            left, right = np.triu_indices(len(truth), 1)
            same = int((truth[left] == truth[right]).sum())
            classes.setdefault(at, np.zeros(2))[:] += (same, len(left) - same)
            known = [one for one in event["probability"] if one is not None]
            bins.setdefault(at, np.zeros(BINS))[:] += np.histogram(known, BINS, (0, 1))[0]
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
        some = classes.sum(axis=1) > 0
        matches[place, : len(classes)][some] = classes[some, 0] / classes[some].sum(axis=1)
        known = bins.sum(axis=1) > 0
        probability[place, : len(bins)][known] = bins[known] / bins[known].sum(axis=1)[:, None]
    return Asked(_nanmean(matches), _nanmean(probability))


def _nanmean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over runs; 0 where no run has a value."""
    counts = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    return np.asarray(np.nan_to_num(values).sum(axis=0) / counts, np.float64)
