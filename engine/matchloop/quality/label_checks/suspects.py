"""Labels that are probably wrong: pairs, rows and sets, each with the reason and a proposal."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.quality.label_checks.given import GivenLabels
from matchloop.quality.label_checks.moves import ALONE, Move, best_moves

__all__ = ["SuspectPair", "SuspectRow", "SuspectSet", "Suspects", "find_suspects"]

SUSPECTED = 0.5
"""Probability of being wrong from which a label is counted as suspect."""

SURE = 0.9
"""Probability of being misplaced from which a row counts as surely so."""

LISTED = 200
"""Suspects of a kind that are listed at most."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SuspectPair:
    """A labelled pair that is probably not what was said."""

    set: str
    left_key: str
    right_key: str
    is_match: bool
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectRow:
    """A row that probably stands in the wrong group of its set."""

    set: str
    key: str
    label: str
    move_to: str | None
    gain: float
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectSet:
    """A set to be asked again: ``expected`` of its rows are probably misplaced."""

    number: int
    set: str
    file: str
    rows: int
    expected: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """What looks wrong.

    Parameters
    ----------
    pairs, rows, sets
        Worst first; at most two hundred of each are listed.
    set_score
        Rows expected to be misplaced in each set, in the order of the labels.
    count
        Rows more probably misplaced than not.
    sure
        Rows, of sets of three and more, that fit elsewhere ten to one.
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
            "rows": [asdict(one) for one in self.rows],
            "pairs": [asdict(one) for one in self.pairs],
            "sets": [asdict(one) for one in self.sets],
        }


def find_suspects(given: GivenLabels, probability: Floats) -> Suspects:
    """Rank labelled pairs, rows and sets by how suspect they are.

    Parameters
    ----------
    given
        The labels.
    probability
        Match probability of each of their pairs, by models that did not see its answer.
    """
    pairs = given.pairs
    wrong = np.where(pairs.is_match, 1 - probability, probability)
    starts = np.searchsorted(pairs.set_index, np.arange(len(given.sets) + 1))
    per_set, rows = np.zeros(len(given.sets)), []
    count = sure = 0
    for number, one in enumerate(given.sets):
        moves = best_moves(one, probability[starts[number] : starts[number + 1]])
        odds = np.array([move.gain for move in moves])
        chance = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        seen = _once(one.groups, moves, chance)
        per_set[number] = float((chance * seen).sum())
        count += int((seen & (chance > SUSPECTED)).sum())
        if len(one.rows) > 2:
            sure += int((seen & (chance > SURE)).sum())
        for move, probable, counted in zip(moves, chance, seen, strict=True):
            if counted and probable > SUSPECTED:
                key = given.key(int(one.rows[move.row]))
                to = None if move.to == ALONE else one.labels[move.to]
                label = one.labels[one.groups[move.row]]
                reason = _row_reason(key, given.title(number), label, to, move.here, move.there)
                rows.append(
                    SuspectRow(
                        given.title(number), key, label, to, move.gain, float(probable), reason
                    )
                )
    order = np.argsort(-wrong, kind="stable")[:LISTED]
    doubtful = tuple(_pair(given, int(at), probability) for at in order if wrong[at] > SUSPECTED)
    worst = [int(at) for at in np.argsort(-per_set, kind="stable")[:LISTED] if per_set[at] > 0.5]
    return Suspects(
        doubtful,
        tuple(sorted(rows, key=lambda row: -row.gain)[:LISTED]),
        tuple(_set(given, number, float(per_set[number])) for number in worst),
        per_set,
        count,
        sure,
    )


def _once(groups: NDArray[np.int64], moves: tuple[Move, ...], chance: Floats) -> NDArray[np.bool_]:
    """Keep one row of a pair that may as well join one way as the other, or part."""
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
    """Return whether the twin's move does the same as the row's."""
    both_part = own.to == ALONE and other.to == ALONE
    return bool(both_part or (own.to == groups[twin] and other.to == groups[row]))


def _pair(given: GivenLabels, at: int, probability: Floats) -> SuspectPair:
    pairs = given.pairs
    said, chance = bool(pairs.is_match[at]), float(probability[at])
    left, right = given.key(int(pairs.left[at])), given.key(int(pairs.right[at]))
    title = given.title(int(pairs.set_index[at]))
    words = "a match" if said else "no match"
    reason = (
        f"{left} and {right} of set {title} were said to be {words}; "
        f"models that did not see this give a match {chance:.2f}"
    )
    return SuspectPair(title, left, right, said, chance, reason)


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


def _set(given: GivenLabels, number: int, expected: float) -> SuspectSet:
    one = given.sets[number]
    reason = f"about {max(1, round(expected))} of its {len(one.rows)} rows look misplaced"
    return SuspectSet(number, one.name, given.files[one.file], len(one.rows), expected, reason)
