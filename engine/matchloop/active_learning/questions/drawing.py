"""Draw the sets of a round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions.growing import grow_sets
from matchloop.active_learning.questions.round import Round
from matchloop.active_learning.questions.starting import start_sets
from matchloop.active_learning.questions.starts import Start
from matchloop.errors import UsageError

__all__ = ["OVERLAP", "draw_sets"]

OVERLAP = 0.1
"""Share of the rows of sets that should have been labelled in an earlier round."""


def draw_sets(
    round_: Round,
    utilities: NDArray[np.float64] | None,
    *,
    sets: int = 10,
    rows: int = 10,
    start: Start = start_sets,
    overlap: float = 0.0,
) -> tuple[NDArray[np.int32], ...]:
    """Draw the sets of a round.

    Parameters
    ----------
    round_
        What may be used. It is used up.
    utilities
        One per candidate, shape (pairs,); None for the first questions, when there is no model.
    sets
        How many sets to draw at most, at least 1.
    rows
        How many rows a set holds at most, at least 2; with 2 every set is a pair.
    start
        Draws the first questions.
    overlap
        Share of the rows that should have been labelled before, in [0, 0.5]; not in pairs.

    Returns
    -------
    tuple of arrays
        Row positions per set in the order of choice, which follows the model: show them to people
        by :func:`by_likeness`. No row stands twice; every set holds a pair without a label. Fewer
        sets, or none, where the table has no more to ask.

    Raises
    ------
    UsageError
        ``sets`` is below 1, ``rows`` below 2, or ``overlap`` outside its range.
    """
    if not 0 <= overlap <= 0.5:
        raise UsageError(f"an overlap of {overlap} cannot be; give a share from 0 to 0.5")
    if sets < 1 or rows < 2:
        raise UsageError(
            f"{sets} sets of {rows} rows cannot be asked; ask at least 1 set of at least 2 rows"
        )
    if utilities is None:
        drawn = start(round_, sets=sets, rows=rows)
    else:
        drawn = grow_sets(round_, utilities, sets=sets, rows=rows, overlap=overlap)
    return tuple(
        np.array(chosen, np.int32) for chosen in drawn if round_.says_something_new(chosen)
    )
