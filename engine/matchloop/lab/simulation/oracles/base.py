"""What an oracle is asked and what it answers: the contract of ``matchloop.oracles``."""

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
    """How somebody grouped the rows of one set.

    Parameters
    ----------
    labels
        One per row: rows with the same label match, others do not; None says nothing of a row.
    person
        Who answered.
    price
        What the answer cost, in money.
    seconds
        How long it took; 0 where nobody measured it, and the cost model reckons.
    votes
        What each person said where several were asked and their majority is the answer. Price and
        seconds are then the sums of theirs.
    """

    labels: tuple[str | None, ...]
    person: str = "oracle"
    price: float = 0.0
    seconds: float = 0.0
    votes: tuple[Answer, ...] = ()


@runtime_checkable
class Oracle(Protocol):
    """Answers in the place of a person. Its parameters are the fields of a frozen dataclass.

    An oracle with a field ``persistent`` that is False is given other chance each time the same
    set is shown; all others answer the same question of one seed always alike.
    """

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Group the rows of one set.

        Parameters
        ----------
        rows
            Row positions of the set, shape (rows,), at least one, none twice. Their order changes
            nothing but the order of the labels.
        truth
            What is true of the table.
        rng
            The only source of chance. It depends on the seed of the run and the rows of the set,
            not on the strategy: whoever asks the same question of the same seed gets the same
            answer.
        """
        ...


def grouped(groups: Iterable[object]) -> tuple[str, ...]:
    """Number groups anew, in order of first appearance, as labels from ``"1"``."""
    numbers: dict[object, str] = {}
    return tuple(numbers.setdefault(group, str(len(numbers) + 1)) for group in groups)


def as_shown(rows: NDArray[np.int32], groups: Iterable[int | None]) -> tuple[str | None, ...]:
    """Return labels for rows in the order they are shown in, of groups for the sorted rows.

    Oracles that use chance decide over the rows in ascending order, so that the same set in
    another order gets the same answer.

    Parameters
    ----------
    rows
        As they are shown, shape (rows,).
    groups
        The group of each row of ``np.sort(rows)``; None says nothing of it.
    """
    of_row = dict(zip(np.sort(rows).tolist(), groups, strict=True))
    shown = [of_row[row] for row in rows.tolist()]
    labels = iter(grouped(group for group in shown if group is not None))
    return tuple(None if group is None else next(labels) for group in shown)


def check_rate(name: str, value: float) -> None:
    """Refuse what is no share.

    Raises
    ------
    UsageError
        The value is not a number from 0 to 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} is {value!r}; give a share from 0 to 1")
