"""What the matches of a table may be, and which of the possibilities the answers bear out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.structure import Shape, Structure

__all__ = ["NOTHING", "Option", "no_match", "preferred"]

NOTHING = 0.25
"""Support of the option that no record matches another; credible readings have twice as much."""

DOUBTED = 0.1
"""Probability that an answer, or a sure option, is wrong.

At this rate one answer against a claimed match takes as much from an option as 2.2 nats of support
are worth: three answers that all differ end a grouping, three that all match settle it.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A possible set of matches.

    Parameters
    ----------
    probability
        Match probability of each candidate, shape (pairs,).
    structure
        The shape of these matches.
    means
        How they were found, as part of a sentence for the user.
    support
        How far the table itself supports them, in (0, 1].
    doubts
        What speaks against them, as a sentence for the user; empty where nothing does.
    closed
        Whether the matches form a large group in which nearly every candidate matches, so that
        pairs inside it match that blocking never compared.
    """

    probability: NDArray[np.float64]
    structure: Structure
    means: str
    support: float
    doubts: str = ""
    closed: bool = False

    @property
    def assumed(self) -> str:
        """What is taken for granted, as the rest of a sentence for the user."""
        matched = f"{self.structure.describe()}; " if self.structure.matched else ""
        return f"{matched}{self.means}. {self.doubts}".rstrip()


def no_match(count: int, *, linkage: bool, doubts: str = "") -> Option:
    """Return the option that no candidate is a match."""
    shape = Shape.ONE_TO_ONE if linkage else Shape.GROUPS
    means = "no record was matched, as nothing singles out matches"
    if count == 0:
        means = "no pair of records was worth comparing"
    return Option(np.zeros(count), Structure(shape, linkage, 0.0, 0.0), means, NOTHING, doubts)


def preferred(
    options: Sequence[Option],
    places: NDArray[np.int64] | None = None,
    is_match: NDArray[np.bool_] | None = None,
) -> int:
    """Return the number of the option that the table and the answers support best.

    Parameters
    ----------
    options
        At least one.
    places
        Places of answered pairs among the candidates, shape (answers,).
    is_match
        The answers, shape (answers,).

    Returns
    -------
    int
        Without answers the option of most support; with them that of the largest posterior, each
        answer taken to be wrong with probability :data:`DOUBTED`. Where an answer is a match,
        only options that hold one of the confirmed matches are compared, if there are any:
        questions are chosen for doubt, so that many refuted pairs do not mean that there are none.
    """
    score = np.log([option.support for option in options])
    if places is not None and is_match is not None and len(places):
        for number, option in enumerate(options):
            claimed = np.clip(option.probability[places], DOUBTED, 1 - DOUBTED)
            score[number] += np.log(np.where(is_match, claimed, 1 - claimed)).sum()
        holds = [(option.probability[places[is_match]] > 0.5).any() for option in options]
        if any(holds):
            score = np.where(holds, score, -np.inf)
    return int(np.argmax(score))
