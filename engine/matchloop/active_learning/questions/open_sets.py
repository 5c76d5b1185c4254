"""Sets that wait for their answers, and pairs that are never asked again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import pair_ids

__all__ = ["OpenSets"]


class OpenSets:
    """The sets that were handed out and have no answer yet; their rows are not asked again."""

    def __init__(self) -> None:
        self._sets: list[tuple[str, NDArray[np.int32]]] = []
        self._passed_over = np.empty(0, np.int64)

    @property
    def passed_over(self) -> NDArray[np.int64]:
        """Ids of the pairs that nobody could answer."""
        return self._passed_over

    def add(self, sets: Iterable[tuple[str, NDArray[np.int32]]]) -> None:
        """Add sets: the id and the row positions of each."""
        self._sets += sets

    def close(self, set_ids: Collection[str] | None = None) -> None:
        """Close sets by id; all when left out."""
        self._sets = [] if set_ids is None else [s for s in self._sets if s[0] not in set_ids]

    def pass_over(self, rows: NDArray[np.int32]) -> None:
        """Close the sets that hold only these rows, and never ask about a pair of these rows."""
        left, right = (rows[ends] for ends in np.triu_indices(len(rows), 1))
        self._passed_over = np.append(self._passed_over, pair_ids(left, right))
        self._sets = [s for s in self._sets if not np.isin(s[1], rows).all()]

    def free_rows(
        self, n_records: int, askable: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_] | None:
        """Return which rows may be asked about: askable ones in no open set; None for all.

        Parameters
        ----------
        n_records
            Number of records.
        askable
            Which records may be asked about, shape (records,); None for all.
        """
        if not self._sets:
            return askable
        free = np.ones(n_records, np.bool_) if askable is None else askable.copy()
        for _, rows in self._sets:
            free[rows] = False
        return free
