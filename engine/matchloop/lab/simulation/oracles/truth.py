"""The oracle that is always right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import Labels
from matchloop.data.pairs import groups_of_pairs
from matchloop.errors import UsageError
from matchloop.lab.simulation.oracles.base import Answer, grouped
from matchloop.lab.simulation.truth import Truth

__all__ = ["Always", "TruthOracle"]


@dataclass(frozen=True, slots=True)
class Always:
    """Groups every set as it truly is."""

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set; chance is not used."""
        return Answer(grouped(truth.entities[rows]))


@dataclass(frozen=True, eq=False)
class TruthOracle:
    """Groups every set as it truly is.

    Parameters
    ----------
    entities
        The entity each record stands for, by row position, shape (records,).
    """

    entities: Sequence[object] | NDArray[np.generic]

    @classmethod
    def from_pairs(
        cls, left: NDArray[np.integer], right: NDArray[np.integer], n_records: int
    ) -> TruthOracle:
        """Take the truth from pairs: records that pairs connect are one entity.

        Parameters
        ----------
        left, right
            Row positions of the true pairs, shape (pairs,).
        n_records
            How many records the table holds.
        """
        return cls(groups_of_pairs((left, right), n_records))

    def answer(self, questions: LabelingSet) -> Labels:
        """Label every row: rows of one entity alike, numbered anew in each set.

        Parameters
        ----------
        questions
            The sets asked, at least one.

        Returns
        -------
        Labels
            With person ``truth`` as their provenance.

        Raises
        ------
        UsageError
            The truth is of another table.
        """
        if len(self.entities) != len(questions.records):
            raise UsageError(
                f"the truth knows {len(self.entities)} records, the table holds "
                f"{len(questions.records)}; give the truth of this table"
            )
        labels: list[str | None] = []
        for rows in questions.sets:
            numbers: dict[object, str] = {}
            for row in rows.tolist():
                labels.append(numbers.setdefault(self.entities[row], str(len(numbers) + 1)))
        return questions.answered(labels, person="truth", assisted=False)
