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
"""Share of the rows of sets to repeat from earlier rounds (a convention).

``benchmarks/questions.py`` measures what repeats cost.
"""


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
        The round. Its rows are marked as shown.
    utilities
        Utility of each candidate, shape (pairs,); None for the first questions, without a model.
    sets
        Most sets to draw, at least 1.
    rows
        Most rows of a set, at least 2; with 2 every set is a pair.
    start
        Draws the first questions.
    overlap
        Share of the rows to repeat from earlier rounds, in [0, 0.5]; not in pairs.

    Returns
    -------
    tuple of arrays
        Row positions per set in the order of choice, which follows the model: show them to
        annotators by :func:`by_likeness`. No row occurs twice; every set holds an unlabelled pair.
        Fewer sets, or none, where no useful pairs are left.

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
        np.array(chosen, np.int32) for chosen in drawn if round_.has_unlabelled_pair(chosen)
    )
