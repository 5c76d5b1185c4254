"""Dawid and Skene's EM: estimate true classes and annotators' errors from their answers alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Skills", "counted", "dawid_skene"]

ROUNDS = 500
CONVERGED = 1e-7
"""Greatest number of EM rounds, and the relative change of likelihood that ends it; conventions."""


@dataclass(frozen=True, slots=True, eq=False)
class Skills:
    """Result of expectation maximization.

    Parameters
    ----------
    shares
        Share of each class, shape (classes,); shape (strata, classes) where units are in strata.
    confusion
        Probability of each answer by annotator and true class, shape (annotators, classes,
        classes).
    posterior
        Probability of each class for each unit, shape (units, classes).
    likelihood
        Log likelihood of the answers.
    """

    shares: NDArray[np.float64]
    confusion: NDArray[np.float64]
    posterior: NDArray[np.float64]
    likelihood: float


def counted(judgements: NDArray[np.integer], classes: int = 2) -> NDArray[np.float64]:
    """Return one-hot counts of answers, shape (units, annotators, classes); zero for -1."""
    return np.asarray(judgements[:, :, None] == np.arange(classes), np.float64)


def dawid_skene(
    counts: NDArray[np.float64],
    *,
    smoothing: NDArray[np.float64] | float = 0.0,
    weight: NDArray[np.float64] | None = None,
    start: NDArray[np.float64] | None = None,
    stratum: NDArray[np.int64] | None = None,
    beforehand: NDArray[np.float64] | None = None,
) -> Skills:
    """Estimate the true classes and each annotator's errors jointly.

    Parameters
    ----------
    counts
        Number of answers by unit, annotator and class, shape (units, annotators, classes).
    smoothing
        Pseudo-counts by true class and answer, shape (classes, classes) or one number for all.
        Zero gives maximum likelihood.
    weight
        Weight of each unit in the estimates of errors and shares, shape (units,).
    start
        Initial probability of each class, shape (units, classes); by default the share of the
        answers, as in Dawid and Skene.
    stratum
        Number of the stratum of each unit, shape (units,); each stratum has its own shares.
    beforehand
        Pseudo-counts of each class by stratum, shape (strata, classes).

    Returns
    -------
    Skills
        Shares, errors, and the classes of the units.

    Notes
    -----
    Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm.
    """
    answered = counts.sum(axis=1)
    posterior = answered / np.maximum(answered.sum(axis=1, keepdims=True), 1)
    posterior = posterior if start is None else start
    counted_for = np.ones(len(counts)) if weight is None else weight
    before = -np.inf
    of_unit = np.zeros(len(counts), np.int64) if stratum is None else stratum
    more = np.zeros((1, counts.shape[2])) if beforehand is None else beforehand
    shares, confusion = _errors(counts, posterior, counted_for, smoothing, of_unit, more)
    for _ in range(ROUNDS):
        log = np.log(np.maximum(confusion, 1e-300))
        of_class = np.log(np.maximum(shares, 1e-300))[of_unit]
        joint = of_class + np.einsum("ukl,kjl->uj", counts, log)
        top = joint.max(axis=1, keepdims=True)
        summed = np.exp(joint - top).sum(axis=1, keepdims=True)
        posterior = np.exp(joint - top) / summed
        likelihood = float((counted_for * (top + np.log(summed))[:, 0]).sum())
        shares, confusion = _errors(counts, posterior, counted_for, smoothing, of_unit, more)
        if abs(likelihood - before) <= CONVERGED * (1 + abs(likelihood)):
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
