"""What an oracle is asked and what it answers: the contract of ``matchloop.oracles``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matchloop.errors import UsageError
from matchloop.simulation.truth import Truth

__all__ = ["Answer", "Oracle", "check_rate", "grouped"]


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
    """

    labels: tuple[str | None, ...]
    person: str = "oracle"
    price: float = 0.0


@runtime_checkable
class Oracle(Protocol):
    """Answers in the place of a person. Its parameters are the fields of a frozen dataclass."""

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Group the rows of one set.

        Parameters
        ----------
        rows
            Row positions of the set, shape (rows,), at least one.
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


def check_rate(name: str, value: float) -> None:
    """Refuse what is no share.

    Raises
    ------
    UsageError
        The value is not from 0 to 1.
    """
    if not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} is {value}; give a share from 0 to 1")
