"""Questions while no label is a match: the pairs likeliest to match.

The first questions cover all kinds of pairs. Where many of them found no match, matches are rare,
and finding one comes before everything else.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from matchloop.active_learning.questions.round import Round

__all__ = ["REFUTED", "search_sets"]

REFUTED = 20
"""Labelled pairs without a match from which to search for matches (a convention)."""


def search_sets(round_: Round, *, sets: int, rows: int) -> list[list[int]]:
    """Draw the pairs of highest likeness, rarity, text rarity and probability, combined.

    Pairs are ordered by the product of their ranks (Breitling, Armengaud, Amtmann and Herzyk
    2004, "Rank products"): to be first in one of them weighs more than to be early in all.

    Parameters
    ----------
    round_
        The round, with the rows and pairs that are free.
    sets
        Most sets to draw.
    rows
        Most rows of a set; with 2 every set is a pair.

    Returns
    -------
    list of lists of int
        Row positions per set, one pair after another. Fewer sets than ``sets`` where the table has
        too few pairs.
    """
    likeness = round_.pairs.strength.astype(np.float64)
    likely = (round_.probability + likeness) / 2
    views = [likeness, likely, round_.rarity, round_.text_rarity]
    place = np.sum([np.log(rankdata(-view, "min")) for view in views if view is not None], axis=0)
    is_worth = ~round_.labelled
    is_worth[round_.repeats(-place)] = False
    chosen = np.flatnonzero(is_worth)
    tie = round_.rng.random(len(chosen))
    drawn: list[list[int]] = [[]]
    damaged = ~round_.is_judged()[chosen]
    for pair in chosen[np.lexsort((tie, place[chosen], damaged))].tolist():
        if rows - len(drawn[-1]) < 2:
            if len(drawn) == sets:
                break
            drawn.append([])
        if round_.is_free(pair):
            ends = [int(round_.pairs.left[pair]), int(round_.pairs.right[pair])]
            round_.show(ends)
            drawn[-1] += ends
    return [chosen for chosen in drawn if chosen]
