"""Several people who answer: each errs, asks and takes in their own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import UsageError
from matchloop.lab.simulation.oracles.base import Answer, as_shown, check_rate
from matchloop.lab.simulation.oracles.noisy import misjudged
from matchloop.lab.simulation.truth import Truth

__all__ = ["Annotator", "Annotators"]

SECONDS_PER_ROW = 4.0


@dataclass(frozen=True, slots=True)
class Annotator:
    """One of several people.

    Parameters
    ----------
    name
        What events call them.
    missed, invented
        Their confusion matrix: probability of taking a match for a non-match, and the reverse.
    price
        Money for each answer.
    seconds
        Time for each row of a set.
    """

    name: str
    missed: float = 0.1
    invented: float = 0.02
    price: float = 0.0
    seconds: float = SECONDS_PER_ROW

    def __post_init__(self) -> None:
        check_rate(f"missed of {self.name}", self.missed)
        check_rate(f"invented of {self.name}", self.invented)
        for field in ("price", "seconds"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
                raise UsageError(f"{field} of {self.name} is {value!r}; give a number from 0")

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        groups = misjudged(truth.entities[np.sort(rows)], self.missed, self.invented, rng)
        return Answer(
            as_shown(rows, groups), self.name, float(self.price), float(self.seconds * len(rows))
        )


@dataclass(frozen=True, slots=True)
class Annotators:
    """Several people: one is drawn for each question, or some answer and the majority counts.

    Parameters
    ----------
    people
        Who there is; in a grid each as a mapping with ``name`` and the fields of
        :class:`Annotator`. Three of different care by default.
    asked
        How many answer each question. What a majority of those asked says of two rows counts; of
        pairs that are tied nothing is said.
    persistent
        Whether asking again brings the same answer of the same people.
    """

    people: Sequence[Annotator | Mapping[str, Any]] = (
        Annotator("careful", 0.02, 0.005, 0.1, 6.0),
        Annotator("usual", 0.1, 0.02, 0.05, 4.0),
        Annotator("hasty", 0.25, 0.05, 0.02, 2.0),
    )
    asked: int = 1
    persistent: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", tuple(_annotator(one) for one in self.people))
        names = [one.name for one in self._everyone()]
        if not names or len(set(names)) < len(names):
            raise UsageError(f"people: {names}; give at least one, each with a name of their own")
        if isinstance(self.asked, bool) or not isinstance(self.asked, int):
            raise UsageError(f"asked is {self.asked!r}; give a whole number")
        if not 1 <= self.asked <= len(names):
            raise UsageError(f"asked is {self.asked}; there are {len(names)} people to ask")

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set."""
        people = self._everyone()
        chosen = np.sort(rng.choice(len(people), self.asked, replace=False))
        votes: tuple[Answer, ...] = tuple(
            people[one].answer(rows, truth, rng) for one in chosen.tolist()
        )
        if len(votes) == 1:
            return votes[0]
        return Answer(
            _majority(rows, votes),
            "+".join(vote.person for vote in votes),
            sum(vote.price for vote in votes),
            sum(vote.seconds for vote in votes),
            votes,
        )

    def _everyone(self) -> tuple[Annotator, ...]:
        return tuple(one for one in self.people if isinstance(one, Annotator))


def _annotator(given: Any) -> Annotator:
    if isinstance(given, Annotator):
        return given
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise UsageError(f"people: {given!r} has no name; write name: and what is set of them")
    try:
        return Annotator(**given)
    except TypeError as error:
        raise UsageError(f"people: {given['name']}: {error}") from None


def _majority(rows: NDArray[np.int32], votes: tuple[Answer, ...]) -> tuple[str | None, ...]:
    """Group the rows by what most votes say of each pair; rows that stay undecided get no label."""
    order = np.argsort(rows)
    said = [[vote.labels[at] for at in order.tolist()] for vote in votes]
    together: dict[tuple[int, int], bool | None] = {}
    for pair in combinations(range(len(rows)), 2):
        counts = Counter(vote[pair[0]] == vote[pair[1]] for vote in said)
        tied = counts[True] == counts[False]
        together[pair] = None if tied else counts[True] > counts[False]
    return as_shown(rows, consistent(len(rows), together))


def consistent(count: int, together: Mapping[tuple[int, int], bool | None]) -> list[int | None]:
    """Group rows by what is known of their pairs, as far as it can be said in labels.

    Row by row: one joins the rows before it if what is known of it and each of them agrees, and
    stays without a label if a pair is unknown or contradicts. Labels say something of every pair
    of rows that have one, so a row of which only part is known cannot have one.

    Parameters
    ----------
    count
        How many rows.
    together
        For each pair of row numbers ``(lower, higher)`` whether they match; None or left out where
        that is unknown.

    Returns
    -------
    list
        A group for each row, None for one without; all None where fewer than two have one.
    """
    groups: list[int | None] = [None] * count
    for row in range(count):
        earlier = [other for other in range(row) if groups[other] is not None]
        known = {other: together.get((other, row)) for other in earlier}
        if any(answer is None for answer in known.values()):
            continue
        joined = {groups[other] for other in earlier if known[other]}
        apart = {groups[other] for other in earlier if not known[other]}
        if len(joined) > 1 or joined & apart:
            continue
        groups[row] = joined.pop() if joined else row
    return groups if sum(group is not None for group in groups) > 1 else [None] * count
