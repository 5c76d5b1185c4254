"""One similarity per column, cut into bins: the input of the models without labels.

The measures of a column depend on each other. A model that takes features as independent would
count them several times, so that their mean is counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ALIGNED",
    "Bins",
    "column_features",
    "column_similarity",
    "cut",
    "part_of",
    "quantity_columns",
    "swapped_features",
]

T = TypeVar("T")

# These four are conventions: quantiles give fine bins near the top, where matches are, and equal
# widths keep bins where most pairs are unlike.
LEVELS = (0.25, 0.5, 0.75, 0.9, 0.95, 0.98)  # quantiles of the candidates that are bin edges
WIDTHS = 10  # equal widths over [0, 1] whose ends are bin edges too
FEWEST = 20  # least pairs in a bin
SHARE = 0.002  # least share of the pairs in a bin

# two titles of one thing differ in many words: only the forest uses these
NOT_SIMILARITIES = ("both_present", "one_present", "words_apart", "numbers_apart")

CODES = ("digits",)
"""Measures of the numbers inside a text, which count as a column of their own.

Two variants of a product share nearly all words and differ in a number, as two members of a
household share an address and differ in the first name. Chosen on lspc_computers, where the F1 of
the best reading rose from .28 to .61.
"""

CONTRAST = ("contrast", "alternates")
"""Measures of the words by which two texts name two things, which count as a column of their own.

Two variants of a product may share all words but a colour. Chosen on generated variants, where the
F1 of the best reading rose from .37 to .86; of offers, which only report, from .49 to .80.
"""

SWAPPED = "swapped"
"""A measure of two columns that may hold each other's value: then both are as alike as it says."""

PART = "\0"
"""Between the name of a column and what is read out of it; no name of a column holds it."""

ALIGNED = "aligned"
"""The share of a value that is aligned. Of a text, only the forest uses it: it is the complement of
what is apart."""

TEXT = "contained"
"""A measure that only columns of running text have."""

QUANTITIES = ("ratio",)
"""Measures that only columns of quantities have."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Bin number per pair and column, shape (pairs, columns), int8; -1 where missing.

    A higher bin is a higher similarity; ``counts`` holds the number of bins of each column.
    """

    number: NDArray[np.int8]
    counts: NDArray[np.int64]
    _made: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Compute a value of these bins once and cache it under ``name``."""
        if name not in self._made:
            self._made[name] = make()
        return cast(T, self._made[name])


def column_features(
    names: Sequence[str], *, whole: bool = False, codes: bool = False, contrast: bool = False
) -> dict[str, list[int]]:
    """Return the feature numbers of each column.

    Parameters
    ----------
    names
        Feature names, ``column:measure``.
    whole
        Whether the whole record counts as one more column, ``record``.
    codes
        Whether the numbers and codes inside a text count as a column of their own, see
        :func:`part_of`.
    contrast
        Whether the words by which two texts differ do.
    """
    columns: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        column, _, measure = name.rpartition(":")
        if (
            column == "rivals"
            or measure in (*NOT_SIMILARITIES, SWAPPED)
            or (column == "record" and not whole)
        ):
            continue
        is_text = column != "record" and f"{column}:{TEXT}" in names
        if is_text and measure == ALIGNED:
            continue
        if codes and is_text and measure in CODES:
            column += f"{PART}codes"
        if measure in CONTRAST:
            if not contrast:
                continue
            column += f"{PART}contrast"
        columns.setdefault(column, []).append(number)
    return columns


def swapped_features(names: Sequence[str]) -> dict[str, int]:
    """Return the feature by column that says how far its value stands in another column."""
    parts = [name.rpartition(":") for name in names]
    return {column: number for number, (column, _, part) in enumerate(parts) if part == SWAPPED}


def part_of(column: str) -> tuple[str, str]:
    """Return the name of a column and which part of its texts this is.

    The part is ``codes``, ``contrast``, or empty for the whole value.
    """
    name, _, part = column.partition(PART)
    return name, part


def quantity_columns(
    names: Sequence[str], columns: Mapping[str, Sequence[int]]
) -> NDArray[np.bool_]:
    """Return which columns hold quantities such as prices, shape (columns,)."""
    measures = [[names[number].rpartition(":")[2] for number in part] for part in columns.values()]
    return np.array([any(measure in QUANTITIES for measure in part) for part in measures], np.bool_)


def column_similarity(
    features: NDArray[np.float32],
    columns: Mapping[str, Sequence[int]],
    swapped: Mapping[str, int],
) -> NDArray[np.float32]:
    """Return the similarity by column of pairs.

    Parameters
    ----------
    features
        Shape (pairs, features).
    columns
        The features of each column.
    swapped
        The feature by column that says how far its value stands in another column; see
        :func:`swapped_features`.

    Returns
    -------
    NDArray
        The mean of the features, or the swapped one where that is larger, shape (pairs, columns);
        NaN where all are missing.
    """
    similarity = np.empty((len(features), len(columns)), np.float32)
    for place, (name, numbers) in enumerate(columns.items()):
        part = features[:, numbers]
        present = np.isfinite(part)
        count = present.sum(axis=1)
        total = np.where(present, part, 0).sum(axis=1)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        if name in swapped:
            mean = np.fmax(mean, features[:, swapped[name]])
        similarity[:, place] = mean
    return similarity


def cut(
    similarity: NDArray[np.float32], *others: NDArray[np.float32]
) -> tuple[Bins, list[NDArray[np.int8]]]:
    """Cut similarities into bins of enough pairs each.

    Parameters
    ----------
    similarity
        Shape (pairs, columns), NaN where missing.
    others
        Further pairs, cut at the same edges.

    Returns
    -------
    tuple
        The bins of the pairs, and the bin numbers of the further pairs.
    """
    counts = np.zeros(similarity.shape[1], np.int64)
    parts = [np.full(part.shape, -1, np.int8) for part in (similarity, *others)]
    for place in range(similarity.shape[1]):
        values = similarity[:, place]
        edges = _edges(values[np.isfinite(values)])
        counts[place] = len(edges) + 1
        for part, cells in zip(parts, (similarity, *others), strict=True):
            present = np.isfinite(cells[:, place])
            part[present, place] = np.searchsorted(edges, cells[present, place], side="right")
    return Bins(parts[0], counts), parts[1:]


def _edges(values: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(values) == 0:
        return np.empty(0, np.float32)
    top = min(0.9999, float(values.max()) - 1e-4)  # equal values have a bin of their own
    widths = np.linspace(0, 1, WIDTHS + 1)[1:-1]
    ordered = np.sort(values)
    edges = np.sort(np.concatenate((np.quantile(ordered, LEVELS), widths, [top])))
    least = max(FEWEST, SHARE * len(values))
    kept: list[float] = []
    below = 0
    for edge in edges.astype(np.float32):
        reached = int(np.searchsorted(ordered, edge))
        if reached - below >= least and len(values) - reached >= min(least, FEWEST):
            kept.append(float(edge))
            below = reached
    return np.array(kept, np.float32)
