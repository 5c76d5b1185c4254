"""The next questions while no answer was a match: the pairs likeliest to be one.

The first questions cover all that a model has to see. Where a fair number of them found no match,
matches are rare, and finding one comes before everything else.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from matchloop.active_learning.questions.round import Round

__all__ = ["REFUTED", "search_sets"]

REFUTED = 20
"""Answered pairs without a match among them from which on matches are searched for."""


def search_sets(round_: Round, *, sets: int, rows: int) -> list[list[int]]:
    """Draw the pairs that are most alike, agree most seldom and are likeliest, all in one.

    What counts is the product of the three ranks (Breitling, Armengaud, Amtmann and Herzyk 2004,
    "Rank products"), so that standing first in one of them weighs more than standing early in all.

    Parameters
    ----------
    round_
        What may be used.
    sets
        How many sets to draw at most.
    rows
        How many rows a set holds at most; with 2 every set is a pair.

    Returns
    -------
    list of lists of int
        Row positions per set, one pair after another. Fewer sets than asked for where the table
        has too few pairs.
    """
    likeness = round_.pairs.strength.astype(np.float64)
    likely = (round_.probability + likeness) / 2
    views = [likeness, likely] if round_.rarity is None else [likeness, likely, round_.rarity]
    place = np.sum([np.log(rankdata(-view, "min")) for view in views], axis=0)
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
    return [one for one in drawn if one]
