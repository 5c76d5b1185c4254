"""The contract of ``matchloop.oracles``: what an oracle gets and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import UsageError
from matchloop.lab.simulation.truth import Truth

__all__ = ["Answer", "Oracle", "as_shown", "check_rate", "grouped"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one set: a grouping of its rows.

    Parameters
    ----------
    labels
        One per row: rows with the same label match, others do not. None leaves a row unanswered.
    person
        Name of the annotator.
    price
        Money that the answer cost.
    seconds
        Measured seconds; 0 where nobody measured, so that the cost model computes them.
    votes
        The answer of each annotator, where several answered and the majority counts. Price and
        seconds are then the sums of theirs.
    """

    labels: tuple[str | None, ...]
    person: str = "oracle"
    price: float = 0.0
    seconds: float = 0.0
    votes: tuple[Answer, ...] = ()


@runtime_checkable
class Oracle(Protocol):
    """Contract of an oracle, which answers in place of an annotator.

    Its parameters are the fields of a frozen dataclass. An oracle with a field ``persistent`` that
    is False gets a new random state each time the same set is shown. All others answer the same
    question of one seed the same way.
    """

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Group the rows of one set.

        Parameters
        ----------
        rows
            Row positions of the set, shape (rows,), at least one, without repetition. Their order
            decides nothing but the order of the labels.
        truth
            The truth of the table.
        rng
            The only random generator to use. It depends on the seed of the run and the rows of the
            set, not on the strategy. So the same question of one seed gets the same answer in every
            run.
        """
        ...


def grouped(groups: Iterable[object]) -> tuple[str, ...]:
    """Return groups as labels, numbered from ``"1"`` in order of first appearance."""
    numbers: dict[object, str] = {}
    return tuple(numbers.setdefault(group, str(len(numbers) + 1)) for group in groups)


def as_shown(rows: NDArray[np.int32], groups: Iterable[int | None]) -> tuple[str | None, ...]:
    """Return labels in the order in which rows are shown, from groups of the sorted rows.

    Oracles that use the generator decide over the rows in ascending order. So the same set in
    another order gets the same answer.

    Parameters
    ----------
    rows
        Rows in the order shown, shape (rows,).
    groups
        The group of each row of ``np.sort(rows)``; None for a row without an answer.
    """
    of_row = dict(zip(np.sort(rows).tolist(), groups, strict=True))
    shown = [of_row[row] for row in rows.tolist()]
    labels = iter(grouped(group for group in shown if group is not None))
    return tuple(None if group is None else next(labels) for group in shown)


def check_rate(name: str, value: float) -> None:
    """Raise unless a value is a share.

    Raises
    ------
    UsageError
        The value is not a number from 0 to 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} is {value!r}; give a share from 0 to 1")
