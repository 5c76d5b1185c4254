"""How good each person is, learned from nothing but what they all said: Dawid and Skene's EM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Skills", "counted", "dawid_skene"]

ROUNDS = 500
SETTLED = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Skills:
    """What expectation maximization found.

    Parameters
    ----------
    shares
        Share of each class, shape (classes,); shape (strata, classes) where units are in strata.
    confusion
        Probability of each answer, by person and true class, shape (people, classes, classes).
    posterior
        Probability of each class for each unit, shape (units, classes).
    likelihood
        Log likelihood of the answers.
    """

    shares: NDArray[np.float64]
    confusion: NDArray[np.float64]
    posterior: NDArray[np.float64]
    likelihood: float


def counted(said: NDArray[np.integer], classes: int = 2) -> NDArray[np.float64]:
    """Return answers as counts, shape (units, people, classes), of classes, -1 for none."""
    return np.asarray(said[:, :, None] == np.arange(classes), np.float64)


def dawid_skene(
    counts: NDArray[np.float64],
    *,
    smoothing: NDArray[np.float64] | float = 0.0,
    weight: NDArray[np.float64] | None = None,
    start: NDArray[np.float64] | None = None,
    stratum: NDArray[np.int64] | None = None,
    beforehand: NDArray[np.float64] | None = None,
) -> Skills:
    """Estimate the true classes and each person's errors together.

    Parameters
    ----------
    counts
        How often each person gave each class to each unit, shape (units, people, classes).
    smoothing
        Answers that each person is taken to have given beforehand, by true class and answer,
        shape (classes, classes) or one number for all. Without, this is maximum likelihood.
    weight
        How much each unit counts for the errors and shares, shape (units,).
    start
        Probability of each class to begin with, shape (units, classes); the share of the answers
        without it, as Dawid and Skene do.
    stratum
        Number of the stratum of each unit, shape (units,): each has shares of its own.
    beforehand
        Units of each class that each stratum is taken to hold beforehand, shape (strata, classes).

    Returns
    -------
    Skills
        Shares, errors, and the classes of the units.

    Notes
    -----
    Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm.
    """
    given = counts.sum(axis=1)
    posterior = given / np.maximum(given.sum(axis=1, keepdims=True), 1)
    posterior = posterior if start is None else start
    counted_for = np.ones(len(counts)) if weight is None else weight
    before = -np.inf
    of_unit = np.zeros(len(counts), np.int64) if stratum is None else stratum
    more = np.zeros((1, counts.shape[2])) if beforehand is None else beforehand
    shares, confusion = _errors(counts, posterior, counted_for, smoothing, of_unit, more)
    for _ in range(ROUNDS):
        log = np.log(np.maximum(confusion, 1e-300))
        known = np.log(np.maximum(shares, 1e-300))[of_unit]
        joint = known + np.einsum("ukl,kjl->uj", counts, log)
        top = joint.max(axis=1, keepdims=True)
        summed = np.exp(joint - top).sum(axis=1, keepdims=True)
        posterior = np.exp(joint - top) / summed
        likelihood = float((counted_for * (top + np.log(summed))[:, 0]).sum())
        shares, confusion = _errors(counts, posterior, counted_for, smoothing, of_unit, more)
        if abs(likelihood - before) <= SETTLED * (1 + abs(likelihood)):
            break
        before = likelihood
    return Skills(shares[0] if stratum is None else shares, confusion, posterior, likelihood)


def _errors(
    counts: NDArray[np.float64],
    posterior: NDArray[np.float64],
    weight: NDArray[np.float64],
    smoothing: NDArray[np.float64] | float,
    stratum: NDArray[np.int64],
    beforehand: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weighted = posterior * weight[:, None]
    held = beforehand.copy()
    np.add.at(held, stratum, weighted)
    shares = held / np.maximum(held.sum(axis=1, keepdims=True), 1e-300)
    confusion = np.einsum("uj,ukl->kjl", weighted, counts) + smoothing
    total = confusion.sum(axis=2, keepdims=True)
    classes = confusion.shape[2]
    return shares, np.where(total > 0, confusion / np.maximum(total, 1e-300), 1 / classes)
