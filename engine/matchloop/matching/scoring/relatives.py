"""Matches told from relatives: the people of a household, the variants of a product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.chance import TELLING, Chance, agreement, unlike_chance
from matchloop.matching.scoring.columns import Bins
from matchloop.matching.scoring.mixture import Elsewhere, Mixture, part_relatives

__all__ = ["told_apart"]

APART = 0.7  # share of matches as unlike as random pairs from which a column tells relatives apart
WEAK = 0.6
"""Share of matches that carry less than half of what a column tells, from which it tells relatives
apart where none are as unlike as random pairs. The track lists of the two discs of an album are a
little more alike than those of any two. Chosen on made-up discs of many scripts."""

NEARLY = 0.85  # of the largest such share, from which other columns help
BEYOND = 3.0  # how many times more pairs than by chance must then agree in it
FEWEST_ALIKE = 0.005  # share of the supposed matches that must agree in it besides
OFTEN_ALIKE = 0.1
"""The same where relatives are a little more alike than random pairs. Chosen on made-up discs of
many scripts (.3) and lists of members without duplicates (.02, namesakes of one address)."""

SOME = 0.15
"""Share of matches as unlike as random pairs from which a column helps. Chosen on made-up
households and census841."""

RELATIVES = 0.6  # share of what the columns tell in which relatives agree at least
REST = 0.4  # share of unlike matches that may be left in it


def told_apart(
    coarse: Mixture,
    seen: NDArray[np.float32],
    drawn: NDArray[np.float32],
    bins: Bins,
    elsewhere: Elsewhere,
) -> list[Mixture]:
    """Part matches from relatives where most supposed matches are unlike in a telling column.

    The people of a household agree in all but what is their own: in the first name they are as
    unlike as any two people. True matches never are, save in columns that tell nothing.

    Parameters
    ----------
    coarse
        Model that takes relatives for matches.
    seen, drawn
        Similarity by column of the candidates and of random pairs.
    bins
        The same similarities of the candidates in bins.
    elsewhere
        The random pairs in the same bins.

    Returns
    -------
    list of Mixture
        Without and with the columns in which only some relatives are unlike, such as a telephone
        that half of a household shares; empty where no column tells relatives apart.
    """
    probability = coarse.probability
    taken = probability > 0.5
    if not taken.any():
        return []
    chance = Chance.of(drawn)
    found = agreement(seen, chance, taken)
    is_random = bool(found.random.max() >= APART)
    share, least = (found.random, APART) if is_random else (found.weak, WEAK)
    most = max(least, NEARLY * float(share.max()))
    telling: list[int] = []
    alike = np.zeros(len(seen))
    for column in np.flatnonzero((share >= most) & (found.present >= 0.5)):
        like = unlike_chance(seen, drawn, int(column))
        by_chance = float((unlike_chance(drawn, drawn, int(column)) == 1).mean())
        fewest = max(BEYOND * by_chance, FEWEST_ALIKE if is_random else OFTEN_ALIKE)
        if by_chance > TELLING or (like[taken] == 1).mean() < fewest:
            continue
        telling.append(int(column))
        alike += like
    weight = found.present * found.told
    against = float((share * weight)[telling].sum())
    if not telling or 1 - against / max(float(weight.sum()), 1e-9) < RELATIVES:
        return []
    same = np.clip(2 * alike / len(telling) - 0.8, 0.02, 0.98)
    unlike = [int(column) for column in np.flatnonzero(share >= most)]
    some = np.flatnonzero((share >= SOME) & (share < most))
    parted = []
    for besides in ([], some.tolist()) if len(some) else ([],):
        mixture = part_relatives(
            bins, probability, same, elsewhere, unlike, besides, random=is_random
        )
        finer = mixture.probability > 0.5
        if finer.any() and agreement(seen, chance, finer).random[telling].max() <= REST:
            parted.append(mixture)
    return parted
