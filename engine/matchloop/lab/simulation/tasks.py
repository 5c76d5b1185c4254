"""Tasks: tables whose truth is known, prepared once for many runs."""

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
    """A table with its truth; build one with :meth:`of`. It is prepared when first played.

    Parameters
    ----------
    name
        What curves and tables call it.
    records
        The table.
    entities
        Number of the entity of each record, shape (records,).
    digest
        Hash of the rows, how they are read, and the truth: results of other data are never mixed
        up with these.
    """

    name: str
    records: Records
    entities: NDArray[np.int64]
    digest: str

    @classmethod
    def of(cls, name: str, records: Records, entities: NDArray[np.integer]) -> Task:
        """Take a table and its truth.

        Parameters
        ----------
        name
            What to call it.
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
        """The true groups, as oracles see them."""
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
    """Which records are never asked about, and which pairs are judged.

    Parameters
    ----------
    held_out
        Records that no question shows, shape (records,): those of the held-out entities.
    judged
        Records whose pairs are judged, shape (records,): in linkage the held-out ones of the first
        source, else all held-out ones.
    test
        Candidates that are judged, shape (pairs,): every pair of a judged record.
    """

    held_out: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    test: NDArray[np.bool_]


def split_by_entity(task: Task, *, share: float, seed: int) -> Split:
    """Hold out whole entities, so that no answer about a judged pair can be inferred.

    Parameters
    ----------
    task
        The table.
    share
        Part of the records (in linkage, of the first source) to hold out, in (0, 1).
    seed
        The same seed holds out the same entities, whatever else a run does.

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
    told = [records.key, kinds, [str(one) for one in records.table.schema]]
    made = hashlib.sha256(json.dumps(told).encode())
    made.update(np.ascontiguousarray(entities, "<i8").tobytes())
    if records.sources is not None:
        made.update(np.ascontiguousarray(records.sources, "<i8").tobytes())
    for column in records.table.columns:
        for value in column.to_pylist():
            made.update(f"{value!r}\x1f".encode())
    return made.hexdigest()
