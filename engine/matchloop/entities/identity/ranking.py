"""How the candidates of records compare: kept in the index for pairs that are added later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.backends import PreparedTable
from matchloop.matching.learning import Context
from matchloop.matching.scoring import Standings

__all__ = ["Ranking"]

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How the candidates of some records compare, for pairs that are added later.

    Parameters
    ----------
    rivals
        The highest similarities of each record by each measure, shape (records, measures * kept).
    context
        Its standings by the prior model and by the forest.
    """

    rivals: NDArray[np.float32]
    context: Context

    @classmethod
    def of(cls, prepared: PreparedTable, context: Context) -> Ranking:
        """Take the ranking from a scored table."""
        return cls(
            np.concatenate([rivals.best for rivals in prepared.comparer.rivals], axis=1), context
        )

    def take(self, rows: Positions) -> Ranking:
        """Return the ranking of some records."""
        context = self.context
        return Ranking(
            self.rivals[rows],
            Context(_standings_at(context.prior, rows), _standings_at(context.forest, rows)),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return arrays for a file."""
        arrays: dict[str, NDArray[Any]] = {"ranking/rivals": self.rivals}
        for name in ("prior", "forest"):
            standings = getattr(self.context, name)
            if standings is not None:
                arrays[f"ranking/{name}"] = np.column_stack(
                    (standings.best, standings.second, standings.odds)
                ).astype(np.float64)
        return arrays

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Ranking:
        """Read what :meth:`to_arrays` returns, without the prefix of the names."""
        return cls(
            arrays["rivals"],
            Context(_standings_of(arrays.get("prior")), _standings_of(arrays.get("forest"))),
        )


def _standings_at(standings: Standings | None, rows: Positions) -> Standings | None:
    if standings is None:
        return None
    return Standings(standings.best[rows], standings.second[rows], standings.odds[rows])


def _standings_of(stored: NDArray[np.float64] | None) -> Standings | None:
    if stored is None:
        return None
    best, second = (np.ascontiguousarray(stored[:, at]).astype(np.float32) for at in (0, 1))
    return Standings(best, second, np.ascontiguousarray(stored[:, 2]))
