"""Several simulated annotators, each with error rates, a price and a speed of their own."""

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
"""Default seconds per row of a set: an assumption, not a measurement."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """One of several annotators.

    Parameters
    ----------
    name
        Name in the events.
    missed, invented
        Probability of labelling a match as a non-match, and the reverse (defaults are assumptions).
    price
        Money per answer.
    seconds
        Seconds per row of a set.
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
        """Label the rows of one set, with errors."""
        groups = misjudged(truth.entities[np.sort(rows)], self.missed, self.invented, rng)
        return Answer(
            as_shown(rows, groups), self.name, float(self.price), float(self.seconds * len(rows))
        )


@dataclass(frozen=True, slots=True)
class Annotators:
    """Several annotators: one is drawn for each question, or several vote and the majority counts.

    Parameters
    ----------
    people
        The annotators; in a grid each as a mapping with ``name`` and the fields of
        :class:`Annotator`. By default three of different care, whose numbers are assumptions.
    asked
        Number of annotators who answer each question. The majority of their labels counts for each
        pair; tied pairs get no answer.
    persistent
        Whether a repeated question gets the same answer of the same annotators.
    """

    people: Sequence[Annotator | Mapping[str, Any]] = (
        Annotator("careful", 0.02, 0.005, 0.1, 6.0),
        Annotator("usual", 0.1, 0.02, 0.05, 4.0),
        Annotator("hasty", 0.25, 0.05, 0.02, 2.0),
    )
    asked: int = 1
    persistent: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "people", tuple(_annotator(person) for person in self.people))
        names = [person.name for person in self._everyone()]
        if not names or len(set(names)) < len(names):
            raise UsageError(f"people: {names}; give at least one, each with a name of their own")
        if isinstance(self.asked, bool) or not isinstance(self.asked, int):
            raise UsageError(f"asked is {self.asked!r}; give a whole number")
        if not 1 <= self.asked <= len(names):
            raise UsageError(f"asked is {self.asked}; there are {len(names)} people to ask")

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set by the drawn annotators."""
        people = self._everyone()
        chosen = np.sort(rng.choice(len(people), self.asked, replace=False))
        votes: tuple[Answer, ...] = tuple(
            people[number].answer(rows, truth, rng) for number in chosen.tolist()
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
        return tuple(person for person in self.people if isinstance(person, Annotator))


def _annotator(person: Any) -> Annotator:
    if isinstance(person, Annotator):
        return person
    if not isinstance(person, Mapping) or not isinstance(person.get("name"), str):
        raise UsageError(f"people: {person!r} has no name; write name: and what is set of them")
    try:
        return Annotator(**person)
    except TypeError as error:
        raise UsageError(f"people: {person['name']}: {error}") from None


def _majority(rows: NDArray[np.int32], votes: tuple[Answer, ...]) -> tuple[str | None, ...]:
    """Group the rows by the majority of votes on each pair; undecided rows get no label."""
    order = np.argsort(rows)
    labels = [[vote.labels[at] for at in order.tolist()] for vote in votes]
    together: dict[tuple[int, int], bool | None] = {}
    for pair in combinations(range(len(rows)), 2):
        counts = Counter(vote[pair[0]] == vote[pair[1]] for vote in labels)
        tied = counts[True] == counts[False]
        together[pair] = None if tied else counts[True] > counts[False]
    return as_shown(rows, consistent(len(rows), together))


def consistent(count: int, together: Mapping[tuple[int, int], bool | None]) -> list[int | None]:
    """Group rows by the answers on their pairs, as far as labels can express them.

    Rows are added one by one. A row joins the rows before it if its answers with each of them
    agree. It stays without a label if an answer is unknown or contradicts. Labels imply an answer
    on every pair of labelled rows, so a row with partial answers cannot have one.

    Parameters
    ----------
    count
        Number of rows.
    together
        Whether each pair of row numbers ``(lower, higher)`` matches; None or absent where unknown.

    Returns
    -------
    list
        The group of each row, None for no label; all None where fewer than two have one.
    """
    groups: list[int | None] = [None] * count
    for row in range(count):
        earlier = [other for other in range(row) if groups[other] is not None]
        answers = {other: together.get((other, row)) for other in earlier}
        if any(answer is None for answer in answers.values()):
            continue
        joined = {groups[other] for other in earlier if answers[other]}
        apart = {groups[other] for other in earlier if not answers[other]}
        if len(joined) > 1 or joined & apart:
            continue
        groups[row] = joined.pop() if joined else row
    return groups if sum(group is not None for group in groups) > 1 else [None] * count
