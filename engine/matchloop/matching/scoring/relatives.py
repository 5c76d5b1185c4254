"""Separate matches from relatives: the people of a household, the variants of a product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.chance import DISTINCTIVE, Chance, agreement, unlike_chance
from matchloop.matching.scoring.columns import Bins
from matchloop.matching.scoring.mixture import Elsewhere, Mixture, fit_relatives

__all__ = ["split_relatives"]

# Constants that name no table were chosen with duplicates.FIRM, on the same tables.
APART = 0.7  # share of matches as unlike as random pairs, from which a column shows relatives
WEAK = 0.6
"""Share of matches with less than half of a column's information, from which it shows relatives
where no match is as unlike as random pairs. The track lists of the two discs of an album are a
little more alike than those of any two. Chosen on generated discs of many scripts."""

NEARLY = 0.85  # part of the largest such share, from which other columns are used too
BEYOND = 3.0  # how many times more matches than random pairs agree in such a column at least
FEWEST_ALIKE = 0.005  # and the least share of the supposed matches that agree in it
OFTEN_ALIKE = 0.1
"""The same where relatives are a little more alike than random pairs. Chosen on generated discs of
many scripts (.3) and lists of members without duplicates (.02, namesakes of one address)."""

SOME = 0.15
"""Share of matches as unlike as random pairs from which a column is used in addition. Chosen on
generated households and census841."""

RELATIVES = 0.6  # least share of the columns' information in which relatives agree
REST = 0.4  # share of unlike matches that may remain in such a column


def split_relatives(
    coarse: Mixture,
    similarity: NDArray[np.float32],
    drawn: NDArray[np.float32],
    bins: Bins,
    elsewhere: Elsewhere,
) -> list[Mixture]:
    """Separate matches from relatives, where most supposed matches are unlike in some column.

    The people of a household agree in all that the household shares. In the first name they are as
    unlike as any two people. True matches never are, except in columns without information.

    Parameters
    ----------
    coarse
        Model that takes relatives for matches.
    similarity, drawn
        Similarity by column of the candidates and of random pairs.
    bins
        The same similarities of the candidates in bins.
    elsewhere
        The random pairs in the same bins.

    Returns
    -------
    list of Mixture
        Without and with the columns in which only some relatives are unlike, such as a telephone
        that half of a household shares; empty where no column shows relatives.
    """
    probability = coarse.probability
    taken = probability > 0.5
    if not taken.any():
        return []
    chance = Chance.of(drawn)
    by_column = agreement(similarity, chance, taken)
    # The sex or the country of relatives looks like that of any two people: they tell nothing.
    tells = by_column.information >= -np.log(DISTINCTIVE)
    random, weak = (np.where(tells, part, 0.0) for part in (by_column.random, by_column.weak))
    is_random = bool(random.max() >= APART)
    share, least = (random, APART) if is_random else (weak, WEAK)
    most = max(least, NEARLY * float(share.max()))
    distinctive: list[int] = []
    alike = np.zeros(len(similarity))
    for column in np.flatnonzero((share >= most) & (by_column.present >= 0.5)):
        like = unlike_chance(similarity, drawn, int(column))
        by_chance = float((unlike_chance(drawn, drawn, int(column)) == 1).mean())
        fewest = max(BEYOND * by_chance, FEWEST_ALIKE if is_random else OFTEN_ALIKE)
        if by_chance > DISTINCTIVE or (like[taken] == 1).mean() < fewest:
            continue
        distinctive.append(int(column))
        alike += like
    weight = by_column.present * by_column.information
    against = float((share * weight)[distinctive].sum())
    if not distinctive or 1 - against / max(float(weight.sum()), 1e-9) < RELATIVES:
        return []
    same = np.clip(2 * alike / len(distinctive) - 0.8, 0.02, 0.98)
    unlike = [int(column) for column in np.flatnonzero(share >= most)]
    some = np.flatnonzero((share >= SOME) & (share < most))
    separated = []
    for besides in ([], some.tolist()) if len(some) else ([],):
        mixture = fit_relatives(
            bins, probability, same, elsewhere, unlike, besides, random=is_random
        )
        finer = mixture.probability > 0.5
        if finer.any() and agreement(similarity, chance, finer).random[distinctive].max() <= REST:
            separated.append(mixture)
    return separated
