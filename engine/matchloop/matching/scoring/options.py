"""Possible sets of matches of a table, and the choice among them by labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.structure import Shape, Structure

__all__ = ["NOTHING", "Option", "no_match", "preferred"]

NOTHING = 0.25
"""Support of the option without matches; credible readings have at least twice as much."""

DOUBTED = 0.1
"""Probability that an answer, or a sure option, is wrong (a convention).

At this rate one answer against a claimed match costs an option 2.2 nats of support. Three
non-matches thus rule out a grouping, and three matches decide for it.
"""


KEPT = 2.0
"""Labels by which another option must be ahead before it replaces the one of most support.

The first sets hold some twenty matches and as many non-matches, all chosen. One label decided among
readings that are alike: after 50 rows fake_1000 lost .036 of F1, generated households with twins
.046. With 2, three labels still rule out a grouping."""


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
        The method, as part of a sentence for the user.
    support
        Support by the table itself, in (0, 1].
    doubts
        Evidence against them, as a sentence for the user; empty where there is none.
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
        """The assumption, as the rest of a sentence for the user."""
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
    """Choose the option that the table and the labels support best; return its number.

    Parameters
    ----------
    options
        At least one option.
    places
        Positions of labelled pairs among the candidates, shape (labels,).
    is_match
        The labels, shape (labels,).

    Returns
    -------
    int
        Without labels, the option of most support; with labels, that of the largest posterior,
        where each label is wrong with probability :data:`DOUBTED`. If a label is a match, only
        options that hold a confirmed match are compared, if there are any: questions are chosen
        for doubt, so that many refuted pairs do not mean that there are no matches. The option of
        most support is replaced only by one that is ahead by :data:`KEPT` labels.
    """
    score = np.log([option.support for option in options])
    if places is not None and is_match is not None and len(places):
        score[np.argmax(score)] += KEPT * np.log((1 - DOUBTED) / DOUBTED)
        for number, option in enumerate(options):
            claimed = np.clip(option.probability[places], DOUBTED, 1 - DOUBTED)
            score[number] += np.log(np.where(is_match, claimed, 1 - claimed)).sum()
        holds = [(option.probability[places[is_match]] > 0.5).any() for option in options]
        if any(holds):
            score = np.where(holds, score, -np.inf)
    return int(np.argmax(score))
