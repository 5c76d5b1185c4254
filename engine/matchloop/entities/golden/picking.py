"""Apply a chain of rules to all groups at once, each rule one reduction over their members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.entities.golden.fields import Field
from matchloop.entities.golden.members import Rows
from matchloop.entities.golden.rules import Chain, Rule
from matchloop.entities.golden.scores import Scores

__all__ = ["MISSING", "ONLY_VALUE", "Pick", "Picker"]

MISSING, ONLY_VALUE = "missing", "only_value"
"""What stands for a rule where a group has no value, or one only."""


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """The member chosen in each group.

    Parameters
    ----------
    member
        Shape (groups,): position among the members; -1 where no value was chosen.
    rule
        Shape (groups,): position in ``names`` of the rule that left one value.
    names
        The rules.
    keeps_all
        Whether every value is kept, so that no member is chosen.
    """

    member: Rows
    rule: Rows
    names: list[str]
    keeps_all: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Picker:
    """Choose one member per group by a list of scores.

    Parameters
    ----------
    group
        Shape (members,): the group of each member, ascending; members of a group are in order.
    groups
        How many groups there are.
    scores
        The scores by which a rule ranks members.
    tie
        The entry for a rule that lets the order of the members decide.
    """

    group: Rows
    groups: int
    scores: Scores
    tie: str

    def pick(self, values: Field, columns: tuple[str, ...], chain: Chain) -> Pick:
        """Narrow the members of each group rule by rule until one value is left."""
        names = [MISSING, ONLY_VALUE, *map(str, chain), self.tie]
        picked = Pick(*self._none(), names)
        rows = np.flatnonzero(values.exact >= 0)
        rows = self._settled(picked, values.exact, rows, names.index(ONLY_VALUE))
        for number, rule in enumerate(chain, 2):
            if len(rows) == 0:
                break
            if rule.name == "unanimous":
                rows, differing = self._unanimous(values, rows)
                picked.rule[self.group[differing]] = number
                self._take(picked, rows, number)
                return picked
            rows = self._narrowed(rule, values, columns, rows)
            rows = self._settled(picked, values.exact, rows, number)
        self._take(picked, rows, len(names) - 1)
        return picked

    def keep_all(self, values: Field) -> Pick:
        """Keep every value, each group's only one as the choice of the member that has it."""
        names = [MISSING, ONLY_VALUE, "all"]
        picked = Pick(*self._none(), names, keeps_all=True)
        rows = self._settled(picked, values.exact, np.flatnonzero(values.exact >= 0), 1)
        picked.rule[self.group[rows]] = 2
        return picked

    def _none(self) -> tuple[Rows, Rows]:
        return np.full(self.groups, -1, np.int64), np.zeros(self.groups, np.int64)

    def _narrowed(self, rule: Rule, values: Field, columns: tuple[str, ...], rows: Rows) -> Rows:
        """Return the rows that a rule prefers within their group."""
        if rule.name == "most_frequent":
            # values that are alike vote together; their most frequent writing stands for them
            rows = self._most_frequent(values.alike, rows)
            return self._most_frequent(values.exact, rows)
        if rule.name == "first_non_null":
            return rows[_starts(self.group[rows])]
        score = self.scores.score(rule, values, columns)
        return rows[_best(score[rows], _starts(self.group[rows]))]

    def _most_frequent(self, codes: Rows, rows: Rows) -> Rows:
        pairs = self.group[rows] * (int(codes.max(initial=-1)) + 1) + codes[rows]
        _, which, count = np.unique(pairs, return_inverse=True, return_counts=True)
        return rows[_best(count[which], _starts(self.group[rows]))]

    def _settled(self, picked: Pick, exact: Rows, rows: Rows, rule: int) -> Rows:
        """Take the groups with one value left; return the rows of the others."""
        if len(rows) == 0:
            return rows
        is_one = _is_one(exact[rows], _starts(self.group[rows]))
        self._take(picked, rows[is_one], rule)
        return rows[~is_one]

    def _take(self, picked: Pick, rows: Rows, rule: int) -> None:
        if len(rows):
            first = rows[_starts(self.group[rows])]
            picked.member[self.group[first]] = first
            picked.rule[self.group[first]] = rule

    def _unanimous(self, values: Field, rows: Rows) -> tuple[Rows, Rows]:
        agree = _is_one(values.alike[rows], _starts(self.group[rows]))
        return rows[agree], rows[~agree]


def _starts(group: Rows) -> Rows:
    return np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])


def _per_row(starts: Rows, rows: int) -> Rows:
    return np.repeat(np.arange(len(starts)), np.diff(np.append(starts, rows)))


def _best(score: Rows, starts: Rows) -> NDArray[np.bool_]:
    """Tell which rows have the highest score of their group; all where no row has a score."""
    if len(score) == 0:
        return np.zeros(0, np.bool_)
    best = np.maximum.reduceat(score, starts)[_per_row(starts, len(score))]
    return np.equal(score, best)


def _is_one(codes: Rows, starts: Rows) -> NDArray[np.bool_]:
    """Tell which rows are in a group whose codes are all equal."""
    if len(codes) == 0:
        return np.zeros(0, np.bool_)
    low, high = np.minimum.reduceat(codes, starts), np.maximum.reduceat(codes, starts)
    return np.equal(low, high)[_per_row(starts, len(codes))]
