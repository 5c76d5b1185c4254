"""Find labels that are probably wrong: pairs, rows and sets, each with a reason."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.label_checks.label_files import LabelFiles
from matchloop.quality.label_checks.moves import ALONE, Move, best_moves

__all__ = ["SuspectPair", "SuspectRow", "SuspectSet", "Suspects", "find_suspects"]

SUSPECTED = 0.5
"""Probability of being wrong above which a label is suspect; a convention."""

SURE = 0.9
"""Probability of being misplaced above which the noise test counts a row; a convention."""

LISTED = 200
"""Suspects of a kind that are listed at most; a convention."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SuspectPair:
    """A labelled pair whose answer is probably wrong."""

    set: str
    left_key: str
    right_key: str
    is_match: bool
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectRow:
    """A row that is probably in the wrong group of its set."""

    set: str
    key: str
    label: str
    move_to: str | None
    gain: float
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectSet:
    """A set worth asking again, with the expected number of its misplaced rows."""

    number: int
    set: str
    file: str
    rows: int
    expected: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Labels that are probably wrong.

    Parameters
    ----------
    pairs, rows, sets
        Suspects, worst first; at most :data:`LISTED` of each.
    set_score
        Expected number of misplaced rows of each set, shape (sets,).
    count
        Number of rows that are more probably misplaced than not.
    sure
        Number of rows, in sets of three or more, that fit elsewhere at ten to one.
    """

    pairs: tuple[SuspectPair, ...]
    rows: tuple[SuspectRow, ...]
    sets: tuple[SuspectSet, ...]
    set_score: Floats
    count: int
    sure: int

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "pairs": [asdict(pair) for pair in self.pairs],
            "sets": [asdict(file_set) for file_set in self.sets],
        }


def find_suspects(labels: LabelFiles, probability: Floats) -> Suspects:
    """Rank labelled pairs, rows and sets by their probability of being wrong.

    Parameters
    ----------
    labels
        The labels.
    probability
        Out-of-fold match probability of each of their pairs, shape (pairs,).

    Returns
    -------
    Suspects
        The suspects, each kind ranked by itself.
    """
    pairs = labels.pairs
    wrong = np.where(pairs.is_match, 1 - probability, probability)
    starts = np.searchsorted(pairs.set_index, np.arange(len(labels.sets) + 1))
    per_set, rows = np.zeros(len(labels.sets)), []
    count = sure = 0
    for number, file_set in enumerate(labels.sets):
        moves = best_moves(file_set, probability[starts[number] : starts[number + 1]])
        odds = np.array([move.gain for move in moves])
        chance = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        seen = _once(file_set.groups, moves, chance)
        per_set[number] = float((chance * seen).sum())
        count += int((seen & (chance > SUSPECTED)).sum())
        if len(file_set.rows) > 2:
            sure += int((seen & (chance > SURE)).sum())
        for move, probable, counted in zip(moves, chance, seen, strict=True):
            if counted and probable > SUSPECTED:
                key = labels.key(int(file_set.rows[move.row]))
                to = None if move.to == ALONE else file_set.labels[move.to]
                label = file_set.labels[file_set.groups[move.row]]
                reason = _row_reason(key, labels.title(number), label, to, move.here, move.there)
                rows.append(
                    SuspectRow(
                        labels.title(number), key, label, to, move.gain, float(probable), reason
                    )
                )
    order = np.argsort(-wrong, kind="stable")[:LISTED]
    doubtful = tuple(_pair(labels, int(at), probability) for at in order if wrong[at] > SUSPECTED)
    worst = [int(at) for at in np.argsort(-per_set, kind="stable")[:LISTED] if per_set[at] > 0.5]
    return Suspects(
        doubtful,
        tuple(sorted(rows, key=lambda row: -row.gain)[:LISTED]),
        tuple(_set(labels, number, float(per_set[number])) for number in worst),
        per_set,
        count,
        sure,
    )


def _once(groups: NDArray[np.int64], moves: tuple[Move, ...], chance: Floats) -> NDArray[np.bool_]:
    """Return which moves count: of two rows whose moves are the same repair, only one does."""
    seen = np.ones(len(groups), np.bool_)
    size = np.bincount(groups)
    for row, move in enumerate(moves):
        to = move.to
        alone = size[groups[row]] == 1
        if to == ALONE and size[groups[row]] == 2:
            twin = int(np.flatnonzero((groups == groups[row]) & (np.arange(len(groups)) != row))[0])
        elif alone and to != ALONE and size[to] == 1:
            twin = int(np.flatnonzero(groups == to)[0])
        else:
            continue
        if seen[row] and seen[twin]:
            loser = twin if (chance[row], -row) >= (chance[twin], -twin) else row
            if chance[loser] <= SUSPECTED or _is_back(moves[twin], moves[row], groups, row, twin):
                seen[loser] = False
    return seen


def _is_back(other: Move, own: Move, groups: NDArray[np.int64], row: int, twin: int) -> bool:
    """Return whether the twin's move is the same repair as the row's."""
    both_part = own.to == ALONE and other.to == ALONE
    return bool(both_part or (own.to == groups[twin] and other.to == groups[row]))


def _pair(labels: LabelFiles, at: int, probability: Floats) -> SuspectPair:
    pairs = labels.pairs
    is_match, chance = bool(pairs.is_match[at]), float(probability[at])
    left, right = labels.key(int(pairs.left[at])), labels.key(int(pairs.right[at]))
    title = labels.title(int(pairs.set_index[at]))
    words = "a match" if is_match else "no match"
    reason = (
        f"{left} and {right} of set {title} were said to be {words}; "
        f"models that did not see this give a match {chance:.2f}"
    )
    return SuspectPair(title, left, right, is_match, chance, reason)


def _row_reason(key: str, title: str, label: str, to: str | None, here: float, there: float) -> str:
    if to is None:
        return (
            f"row {key} of set {title} fits no other of its group {label!r}: {here:.2f} on average"
        )
    if math.isnan(here):
        return (
            f"row {key} of set {title} stands alone but fits group {to!r}: {there:.2f} on average"
        )
    return (
        f"row {key} of set {title} fits group {to!r} rather than {label!r}: "
        f"{there:.2f} against {here:.2f}"
    )


def _set(labels: LabelFiles, number: int, expected: float) -> SuspectSet:
    file_set = labels.sets[number]
    reason = f"about {max(1, round(expected))} of its {len(file_set.rows)} rows look misplaced"
    return SuspectSet(
        number, file_set.name, labels.files[file_set.file], len(file_set.rows), expected, reason
    )
