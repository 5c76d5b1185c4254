"""What a larger reading of a table would match, as a sentence for the user.

People who moved agree in all but their address, and people of one household in their address and
little else. Without labels little tells the two apart: both form consistent groups, and both agree
by more than chance. Such pairs are not matched, and the user is told in which columns they agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import some
from matchloop.matching.scoring.chance import Agreement, agreement
from matchloop.matching.scoring.columns import part_of
from matchloop.matching.scoring.readings import TELLS, Judge, Reading

__all__ = ["left_apart"]

# These are conventions.
SUPPORTED = 0.8  # its support, as a share of that of the reading chosen
WORTH_SAYING = 0.05  # pairs that it adds at least, per match
MOST = 0.7  # share of the added pairs that agree, or differ, in a column that is named
NAMED = 4  # columns that are named at most


def left_apart(judge: Judge, chosen: Reading, others: Sequence[Reading], names: list[str]) -> str:
    """Describe the pairs that the best of the larger readings would match as well.

    Parameters
    ----------
    judge
        Evaluates pairs of the table.
    chosen
        The reading whose matches are taken.
    others
        Other readings of the table.
    names
        Column of each similarity that the judge sees.

    Returns
    -------
    str
        A sentence, such as ``124 more pairs agree in 'name', 'phone' and differ in 'street': they
        were left apart; label some of them.`` Empty where no larger reading has nearly as much
        support, or where its further pairs agree by chance.
    """
    larger = [other for other in others if _extends(other, chosen)]
    if not larger:
        return ""
    best = max(larger, key=lambda reading: reading.support)
    more = best.taken & ~chosen.taken
    count = int(more.sum())
    by_column = agreement(judge.seen, judge.chance, more)
    agree = _telling(by_column, by_column.alike, names)
    differ = _telling(by_column, by_column.weak, names)
    information = sum(by_column.information[place] * by_column.alike[place] for place in agree)
    if not differ or information <= np.log(judge.evidence.total / count):  # chance makes as many
        return ""
    what, but = (some((names[place] for place in part), NAMED) for part in (agree, differ))
    return (
        f"{count:,} more pairs agree in {what} and differ in {but}: they were left apart; label "
        "some of them."
    )


def _extends(other: Reading, chosen: Reading) -> bool:
    more = int((other.taken & ~chosen.taken).sum())
    return (
        other.holds(chosen)
        and more >= WORTH_SAYING * int(chosen.taken.sum())
        and other.support >= SUPPORTED * chosen.support
    )


def _telling(by_column: Agreement, share: NDArray[np.float64], names: list[str]) -> list[int]:
    """Return the whole columns in which most pairs agree or differ, the most telling first."""
    named = (by_column.information >= TELLS) & (by_column.present > 0) & (share >= MOST)
    whole = [place for place in np.flatnonzero(named).tolist() if not part_of(names[place])[1]]
    return sorted(whole, key=lambda place: -float(by_column.information[place]))
