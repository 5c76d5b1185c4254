"""Whether the pairs that a larger reading adds are the same people after a move.

People who moved agree in name and date of birth and differ in the address. People of one household
agree in the address and differ in name and date of birth. Both form consistent groups, and chance
explains neither. The records of others tell: if many have the same address and other names, the
address belongs to several people, and whoever agrees in all but the address has moved. If nobody
shares an address, the two cannot be told apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.chance import ALIKE, agreement
from matchloop.matching.scoring.readings import TELLS, Judge, Reading

__all__ = ["adds_movers"]

# Chosen on generated households of 2,000 and 6,000 records in which a quarter of the repeats have
# another address: with any of SHARED from 1 to 3, APART from 1 to 3 and FEWEST 2, F1 rises by .11
# to .18 on five of sixteen such tables. None of 121 tables that only report changes.
SHARED = 2.0
"""Pairs of others, per match, that agree in a column, from which the column is shared."""

APART = 2.0
"""How many times as often the columns in which the pairs differ are shared as the least shared
column in which they agree."""

FEWEST = 2
"""Columns in which the added pairs differ at least: an address has several. People of one household
may differ in the first name alone."""

# These are conventions.
AGREE = 0.7  # share of the added pairs that agree in a column, from which they agree in it
DIFFER = 0.7  # the same for pairs that are unlike in it
UNLIKE = 0.5  # similarity up to which a pair is unlike in a column
FILLED = 0.3  # share of the added pairs that must have both values in a column in which they differ


def adds_movers(judge: Judge, larger: Reading, base: Reading) -> bool:
    """Return whether a larger reading adds pairs that agree in all but what several people share.

    Parameters
    ----------
    judge
        Evaluates pairs of the table.
    larger
        A reading that holds most matches of ``base``.
    base
        The reading to which it adds.
    """
    more = larger.taken & ~base.taken
    count = int(more.sum())
    if not 0 < count <= base.taken.sum():
        return False
    added = agreement(judge.seen, judge.chance, more)
    telling = judge.plain & (added.information >= TELLS)
    agree = telling & (added.alike >= AGREE) & (added.present > 0)
    differ = telling & (added.present >= FILLED) & (_unlike(judge.seen, more) >= DIFFER)
    agreed = float((added.information * added.alike)[agree].sum())
    if differ.sum() < FEWEST or agreed <= np.log(judge.evidence.total / count):
        return False
    others = ~base.taken & ~more
    strangers = others & (judge.seen[:, agree] < UNLIKE).any(axis=1)
    shared = _shared(judge.seen[:, differ], strangers, base.taken).min()
    own = _shared(judge.seen[:, agree], others, base.taken).min()
    return bool(shared >= SHARED and shared >= APART * own)


def _unlike(seen: NDArray[np.float32], pairs: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of the pairs with both values that are unlike, shape (columns,)."""
    chosen = seen[pairs]
    both = np.isfinite(chosen).sum(axis=0)
    return np.asarray((chosen < UNLIKE).sum(axis=0) / np.maximum(both, 1))


def _shared(
    seen: NDArray[np.float32], others: NDArray[np.bool_], matches: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the pairs of others that agree in a column, per match that does, shape (columns,)."""
    alike = seen >= ALIKE
    return np.asarray(alike[others].sum(axis=0) / np.maximum(alike[matches].sum(axis=0), 1))
