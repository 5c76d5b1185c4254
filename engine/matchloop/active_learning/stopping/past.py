"""Restore the labels as they were before each of the last rounds."""

from __future__ import annotations

import numpy as np

from matchloop.data.labels import Labels

__all__ = ["states"]


def states(labels: Labels, count: int) -> list[Labels]:
    """Return the labels as they were after each of the last rounds.

    A round is the rows that share a round number of :class:`matchloop.LabelingLoop` and the file
    they were read from. A label that was changed later counts in the later round only. Labels that
    were replaced are gone.

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
