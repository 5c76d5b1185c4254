"""Tasks: tables with their truth, prepared once for many runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.lab.simulation.truth import Truth
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.matcher import Matcher

__all__ = ["Split", "Task", "split_by_entity"]


@dataclass(frozen=True, eq=False)
class Task:
    """A table with its truth; build one with :meth:`of`. It is prepared at its first use.

    Parameters
    ----------
    name
        Name of the task in curves and tables.
    records
        The table.
    entities
        Number of the entity of each record, shape (records,).
    digest
        Hash of the rows, the settings of reading and the truth. It keeps results of other data
        apart.
    """

    name: str
    records: Records
    entities: NDArray[np.int64]
    digest: str

    @classmethod
    def of(cls, name: str, records: Records, entities: NDArray[np.integer]) -> Task:
        """Make a task of a table and its truth.

        Parameters
        ----------
        name
            Name of the task.
        records
            The table.
        entities
            Number of the entity of each record, shape (records,), from 0.

        Raises
        ------
        UsageError
            There are more or fewer entities than records.
        """
        if len(entities) != len(records):
            raise UsageError(
                f"{name}: the truth knows {len(entities)} records, the table holds "
                f"{len(records)}; give the truth of this table"
            )
        numbers = np.unique(np.asarray(entities), return_inverse=True)[1].astype(np.int64)
        return cls(name, records, numbers, _digest(records, numbers))

    @cached_property
    def prepared(self) -> PreparedTable:
        """The table, blocked and ready to compare."""
        return prepare(self.records)

    @cached_property
    def truth(self) -> Truth:
        """The true groups, for oracles."""
        scores = Matcher().fit(self.prepared).score(self.prepared)
        sure = scores.probability.astype(np.float64)
        ids = self.prepared.candidates.ids()
        return Truth(self.entities, ids, 4 * sure * (1 - sure), self.records)

    @cached_property
    def is_match(self) -> NDArray[np.bool_]:
        """Whether each candidate is a true match, shape (pairs,)."""
        pairs, entities = self.prepared.candidates, self.entities
        return np.asarray(entities[pairs.left] == entities[pairs.right], np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The held-out records of a run, and the pairs to judge.

    Parameters
    ----------
    held_out
        Records of held-out entities, which no question shows, shape (records,).
    judged
        Records whose pairs are judged, shape (records,). In linkage the held-out ones of the first
        source, else all held-out ones.
    test
        Candidates to judge, shape (pairs,): every pair of a judged record.
    """

    held_out: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    test: NDArray[np.bool_]


def split_by_entity(task: Task, *, share: float, seed: int) -> Split:
    """Hold out whole entities, so that no answer implies one about a judged pair.

    Parameters
    ----------
    task
        The table.
    share
        Share of the records to hold out (in linkage, of the first source), in (0, 1).
    seed
        The same seed holds out the same entities, whatever the other settings are.

    Returns
    -------
    Split
        The held-out records and the pairs to judge.

    Notes
    -----
    Splitting by entity is the rule of ALMSER (Primpeli and Bizer 2021).
    """
    entities = task.entities
    sources = task.records.sources
    counted = np.ones(len(entities), np.bool_) if sources is None else sources == sources.min()
    sizes = np.bincount(entities[counted], minlength=int(entities.max(initial=0)) + 1)
    order = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(sizes))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), share * counted.sum())) + 1
    is_out = np.zeros(len(sizes), np.bool_)
    is_out[order[:enough]] = True
    held_out = is_out[entities]
    judged = held_out & counted
    pairs = task.prepared.candidates
    return Split(held_out, judged, judged[pairs.left] | judged[pairs.right])


def _digest(records: Records, entities: NDArray[np.int64]) -> str:
    kinds = {name: str(kind) for name, kind in records.kinds.items()}
    header = [records.key, kinds, [str(column_type) for column_type in records.table.schema]]
    made = hashlib.sha256(json.dumps(header).encode())
    made.update(np.ascontiguousarray(entities, "<i8").tobytes())
    if records.sources is not None:
        made.update(np.ascontiguousarray(records.sources, "<i8").tobytes())
    for column in records.table.columns:
        for value in column.to_pylist():
            made.update(f"{value!r}\x1f".encode())
    return made.hexdigest()
