"""Recognize the columns of a table of pairs by their names: the two keys and the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

from matchloop.data.labels.meaning import alike

__all__ = ["PairColumns", "answer_columns", "changed_key", "pair_columns"]

_SIDES = {
    ("l", "r"),
    ("left", "right"),
    ("ltable", "rtable"),
    ("lhs", "rhs"),
    ("a", "b"),
    ("x", "y"),
    ("1", "2"),
    ("0", "1"),
    ("first", "second"),
    ("source", "target"),
    ("from", "to"),
}
_KEY_WORDS = {
    "id", "ids", "uid", "key", "record", "rec", "row", "unique", "no", "nr", "number", "idx",
    "index", "table",
}  # fmt: skip
_ANSWERS = {
    "label", "labels", "match", "matched", "ismatch", "gold", "golden", "goldlabel", "truth",
    "groundtruth", "target", "class", "y", "same", "issame", "duplicate", "isduplicate", "dup",
    "isdup", "link", "islink", "linked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairColumns:
    """The columns of a table of pairs.

    Parameters
    ----------
    left, right
        Names of the columns of keys.
    answer
        Name of the column of answers; None where there is none.
    """

    left: str
    right: str
    answer: str | None = None


def pair_columns(names: Sequence[str], key: str | None = None) -> PairColumns | None:
    """Recognize two columns of keys such as ``ltable_id, rtable_id`` or ``id_1, id_2``.

    Parameters
    ----------
    names
        Names of the columns.
    key
        Name of the table's key column.

    Returns
    -------
    PairColumns or None
        None where no pair of names fits, or several fit equally well.
    """
    by_rank: dict[int, list[tuple[str, str]]] = {}
    for left, right in permutations(names, 2):
        rest = _common(_words(left), _words(right))
        if rest is None:
            continue
        if key is not None and rest == _words(key):
            by_rank.setdefault(0, []).append((left, right))
        elif set(rest) <= _KEY_WORDS:
            by_rank.setdefault(1 if rest else 2, []).append((left, right))
    best = by_rank[min(by_rank)] if by_rank else []
    if len(best) != 1:
        return None
    answers = answer_columns([name for name in names if name not in best[0]])
    return PairColumns(*best[0], answers[0] if len(answers) == 1 else None)


def answer_columns(names: Iterable[str]) -> list[str]:
    """Return the columns whose name is one for answers on a pair."""
    return [name for name in names if "".join(_words(name)) in _ANSWERS]


def changed_key(labelled: Iterable[str], keys: Iterable[str]) -> tuple[str, str] | None:
    """Return a key that lost its zeros or gained decimals, and its form in the table.

    None where no key has changed so.
    """
    right = {alike(key): key for key in keys}
    return next(((key, right[alike(key)]) for key in labelled if alike(key) in right), None)


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+", name)]


def _common(left: list[str], right: list[str]) -> list[str] | None:
    """Return the words without the one that names the side; None if more differs."""
    if len(left) != len(right):
        return None
    differ = [at for at, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    if len(differ) != 1 or (left[differ[0]], right[differ[0]]) not in _SIDES:
        return None
    return left[: differ[0]] + left[differ[0] + 1 :]
