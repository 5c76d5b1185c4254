"""Answer as a labelling file does: people's labels, played over and over."""

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
    """Answers what a labelling file says of the rows, and nothing where it says nothing.

    What follows from the labels is not inferred; where sets of the file contradict each other,
    most of them count, and a tie says nothing.

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
        """Return the same with its file looked for in a folder."""
        return self if "://" in self.file else replace(self, file=str(folder / self.file))

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set that the file labels; chance is not used."""
        if truth.records is None:
            raise UsageError("the truth has no records: replay needs those the file speaks of")
        said = _pairs_of(self.file, truth.records)
        known = np.sort(rows)
        pairs = list(combinations(range(len(known)), 2))
        ids = pair_ids(known[[one for one, _ in pairs]], known[[other for _, other in pairs]])
        together = {pair: said.get(id_) for pair, id_ in zip(pairs, ids.tolist(), strict=True)}
        return Answer(as_shown(rows, consistent(len(known), together)), "replay")


@lru_cache(maxsize=4)
def _pairs_of(file: str, records: Records) -> dict[int, bool | None]:
    """Return what the file says of each pair it speaks of, None where it contradicts itself."""
    pairs = read_labels(file, key=records.key).pairs(records)
    votes: dict[int, int] = {}
    for id_, is_match in zip(pairs.ids().tolist(), pairs.is_match.tolist(), strict=True):
        votes[id_] = votes.get(id_, 0) + (1 if is_match else -1)
    return {id_: None if vote == 0 else vote > 0 for id_, vote in votes.items()}
