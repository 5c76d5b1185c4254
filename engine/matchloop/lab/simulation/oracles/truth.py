"""Oracles that always give the true answer."""

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
    """Oracle that groups every set by the truth."""

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set by the truth, without random generator."""
        return Answer(grouped(truth.entities[rows]))


@dataclass(frozen=True, eq=False)
class TruthOracle:
    """Oracle for :class:`matchloop.LabelingLoop` that groups every set by the truth.

    Parameters
    ----------
    entities
        Entity of each record, by row position, shape (records,).
    """

    entities: Sequence[object] | NDArray[np.generic]

    @classmethod
    def from_pairs(
        cls, left: NDArray[np.integer], right: NDArray[np.integer], n_records: int
    ) -> TruthOracle:
        """Make an oracle from true pairs: records that pairs connect are one entity.

        Parameters
        ----------
        left, right
            Row positions of the true pairs, shape (pairs,).
        n_records
            Number of records of the table.
        """
        return cls(groups_of_pairs((left, right), n_records))

    def answer(self, questions: LabelingSet) -> Labels:
        """Label every row, with the same label for one entity, numbered anew in each set.

        Parameters
        ----------
        questions
            The sets to label, at least one.

        Returns
        -------
        Labels
            Labels with the annotator ``truth`` in their provenance.

        Raises
        ------
        UsageError
            The truth belongs to another table.
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
