"""Replay the labels of a labelling file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matchloop.data.io import read_labels
from matchloop.data.pairs import pair_ids
from matchloop.data.records import Records
from matchloop.errors import UsageError
from matchloop.lab.simulation.oracles.annotators import consistent
from matchloop.lab.simulation.oracles.base import Answer, as_shown
from matchloop.lab.simulation.truth import Truth

__all__ = ["Replay"]


@dataclass(frozen=True, slots=True)
class Replay:
    """Oracle that answers with the labels of a file, and abstains on all other rows.

    It infers nothing from the labels. Where sets of the file contradict each other the majority
    counts, and a tie has no answer.

    Parameters
    ----------
    file
        A labelling file of the table.
    """

    file: str

    def __post_init__(self) -> None:
        if not isinstance(self.file, str) or not self.file:
            raise UsageError(f"file is {self.file!r}; name a labelling file")

    def in_folder(self, folder: Path) -> Replay:
        """Return a copy whose file is relative to a folder."""
        return self if "://" in self.file else replace(self, file=str(folder / self.file))

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set that the file labels, without random generator."""
        if truth.records is None:
            raise UsageError("the truth has no records: replay needs those the file speaks of")
        answers = _pairs_of(self.file, truth.records)
        ordered = np.sort(rows)
        pairs = list(combinations(range(len(ordered)), 2))
        ids = pair_ids(
            ordered[[first for first, _ in pairs]], ordered[[second for _, second in pairs]]
        )
        together = {pair: answers.get(id_) for pair, id_ in zip(pairs, ids.tolist(), strict=True)}
        return Answer(as_shown(rows, consistent(len(ordered), together)), "replay")


@lru_cache(maxsize=4)
def _pairs_of(file: str, records: Records) -> dict[int, bool | None]:
    """Return the file's answer on each of its pairs; None where it contradicts itself."""
    pairs = read_labels(file, key=records.key).pairs(records)
    votes: dict[int, int] = {}
    for id_, is_match in zip(pairs.ids().tolist(), pairs.is_match.tolist(), strict=True):
        votes[id_] = votes.get(id_, 0) + (1 if is_match else -1)
    return {id_: None if vote == 0 else vote > 0 for id_, vote in votes.items()}
