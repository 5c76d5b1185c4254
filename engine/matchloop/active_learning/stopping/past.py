"""Which labels were there before the last round, and before the one before."""

from __future__ import annotations

import numpy as np

from matchloop.data.labels import Labels

__all__ = ["states"]


def states(labels: Labels, count: int) -> list[Labels]:
    """Return the labels as they were after each of the last rounds.

    A round is what shares the round number that :class:`matchloop.LabelingLoop` gave and the file
    it was read from. Of a label that was changed later only the later round is known, and labels
    that were replaced are forgotten.

    Parameters
    ----------
    labels
        All labels.
    count
        How many rounds to go back at most.

    Returns
    -------
    list of Labels
        The oldest first, ``labels`` itself last.
    """
    rounds = labels.provenance["round"].to_pylist()
    files = labels.provenance["source"].to_pylist()
    number: dict[tuple[int | None, str | None], int] = {}
    order = np.array([number.setdefault(m, len(number)) for m in zip(rounds, files, strict=True)])
    last = len(number) - 1
    earlier = [labels.chosen(order <= stop) for stop in range(max(0, last - count), last)]
    return [*earlier, labels]
