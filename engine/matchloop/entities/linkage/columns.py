"""Find which columns of two tables mean the same, by name, kind and content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from matchloop.entities.linkage.profiles import Profile, content_likeness, name_likeness
from matchloop.errors import UsageError, some

__all__ = ["ColumnPair", "match_columns"]

NAME = 0.4
"""Weight of the names of two columns, the rest is that of their content."""

ALIKE = 0.45
"""Likeness from which two columns are taken for the same."""


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """Two columns that mean the same.

    Parameters
    ----------
    left, right
        Their names.
    reason
        Why: "given", "same name", or how alike they are.
    """

    left: str
    right: str
    reason: str


def match_columns(
    left: Mapping[str, pa.ChunkedArray],
    right: Mapping[str, pa.ChunkedArray],
    *,
    keys: tuple[str, str],
    mapped: Mapping[str, str | None] | None = None,
) -> list[ColumnPair]:
    """Pair the columns of two tables.

    Columns of the same name are a pair, also where case and marks differ; the others are
    paired where each is the most alike of all to the other, in name and content, and enough so.

    Parameters
    ----------
    left, right
        The columns of each table by name.
    keys
        Their key columns, which are left out.
    mapped
        Pairs that are known, from left to right column; None for a left column that has no
        partner.

    Raises
    ------
    UsageError
        A given column is not in its table.
    """
    mapped = mapped or {}
    pairs = []
    lefts = [name for name in left if name != keys[0] and name.strip()]
    rights = [name for name in right if name != keys[1] and name.strip()]
    for own, other in mapped.items():
        if own not in lefts or (other is not None and other not in rights):
            missing, names = (own, lefts) if own not in lefts else (str(other), rights)
            raise UsageError(f"no column '{missing}' to map; there are {some(names, 20)}")
        lefts.remove(own)
        if other is not None:
            rights.remove(other)
            pairs.append(ColumnPair(own, other, "given"))
    for own in list(lefts):
        same = [name for name in rights if name_likeness(own, name) == 1]
        same = [name for name in same if name == own] or same
        if len(same) == 1:
            lefts.remove(own)
            rights.remove(same[0])
            pairs.append(ColumnPair(own, same[0], "same name"))
    pairs += _alike(
        [Profile.of(name, left[name]) for name in lefts],
        [Profile.of(name, right[name]) for name in rights],
    )
    order = {name: place for place, name in enumerate(left)}
    return sorted(pairs, key=lambda pair: order[pair.left])


def _alike(lefts: Sequence[Profile], rights: Sequence[Profile]) -> list[ColumnPair]:
    if not lefts or not rights:
        return []
    names = np.array([[name_likeness(a.name, b.name) for b in rights] for a in lefts])
    contents = np.array([[content_likeness(a, b) for b in rights] for a in lefts])
    likeness = np.where(contents > 0, NAME * names + (1 - NAME) * contents, 0)
    # the best of each other, or none: a wrong pair costs more than a column that is left out
    best = (likeness == likeness.max(axis=0)) & (likeness == likeness.max(axis=1, keepdims=True))
    best &= (best.sum(axis=0) == 1) & (best.sum(axis=1, keepdims=True) == 1)
    chosen = np.argwhere(best & (likeness >= ALIKE)).tolist()
    return [
        ColumnPair(
            lefts[row].name,
            rights[column].name,
            f"name {names[row, column]:.2f}, content {contents[row, column]:.2f}",
        )
        for row, column in chosen
    ]
