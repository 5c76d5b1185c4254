"""Pairs on which the readings of a table differ, for the first sets.

Without labels, the table alone chooses one of several readings: are people who agree in all but the
address one person who moved, or two? A few answers decide that for all such pairs at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.round import Round
from matchloop.data.pairs import CandidatePairs

__all__ = ["drawn_disputed"]

# These are conventions.
ENOUGH = 6
"""Labels of disputed pairs after which the reading is settled: an option must be ahead by two, see
:func:`matchloop.matching.scoring.options.preferred`."""

SHARE = 0.6  # share of the sets of a round that start with such a pair at most
MOST = 0.5  # share of the largest dispute, from which a pair counts as disputed
WORTH = 0.02  # disputed pairs per record, from which they are worth asking about


def drawn_disputed(
    round_: Round,
    pairs: CandidatePairs,
    dispute: NDArray[np.float64],
    *,
    sets: int,
) -> list[tuple[int, int]]:
    """Draw pairs at random among those on which most other readings differ from the chosen one.

    Parameters
    ----------
    round_
        The round; no row is marked as shown.
    pairs
        Candidates, all of them or some.
    dispute
        How far the other readings differ from the chosen one, shape (pairs,), in [0, 1].
    sets
        Sets of the round.

    Returns
    -------
    list of tuples of int
        Two rows each; no row occurs twice. Empty where few pairs are disputed, or where enough of
        them have an answer.
    """
    disputed = np.flatnonzero(dispute >= max(MOST * float(dispute.max(initial=0.0)), 1e-9))
    if len(disputed) < WORTH * round_.graph.n_records:
        return []
    is_answered = round_.are_answered(pairs)[disputed]
    count = min(ENOUGH - int(is_answered.sum()), max(1, round(SHARE * sets)))
    return [
        (int(pairs.left[pair]), int(pairs.right[pair]))
        for pair in round_.drawn(pairs, disputed[~is_answered], count)
    ]
