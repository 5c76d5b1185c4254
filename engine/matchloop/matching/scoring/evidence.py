"""The evidence that models without labels are fitted to and judged by."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import Compared, Comparisons
from matchloop.matching.scoring.columns import (
    ALIGNED,
    Bins,
    column_features,
    column_similarity,
    cut,
    swapped_features,
)
from matchloop.matching.scoring.mixture import Elsewhere
from matchloop.matching.scoring.rivals import mutual_best

__all__ = ["Evidence"]

T = TypeVar("T")
Seen = NDArray[np.float32]
Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Candidates of a table, with random pairs for comparison.

    Parameters
    ----------
    comparisons
        The candidates, all of them or all those of some records.
    background
        Pairs drawn at random; empty where there are none.
    n_records
        Records of the table.
    total
        Pairs of the table that could be compared, for the candidates at hand.
    likeness
        Similarity of whole records, shape (pairs,), in [0, 1].
    partial
        Whether a single column is compared, beside others that tell every record apart.
    """

    comparisons: Compared
    background: Comparisons
    n_records: int
    total: float
    likeness: NDArray[np.float64]
    partial: bool = False
    _made: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        comparisons: Compared,
        background: Comparisons | None,
        n_records: int,
        total: float,
        *,
        partial: bool = False,
    ) -> Evidence:
        """Compute the likeness of the candidates as whole records."""
        if background is None:
            nothing = slice(0, 0)
            background = Comparisons(
                comparisons.pairs.take(nothing), comparisons.features[nothing], comparisons.names
            )
        return cls(comparisons, background, n_records, total, _likeness(comparisons), partial)

    @property
    def start(self) -> NDArray[np.float64]:
        """Initial match probability of each candidate: mutual best pairs match."""
        return self._once("start", self._start)

    def _start(self) -> NDArray[np.float64]:
        pairs = self.comparisons.pairs
        best = mutual_best(pairs.left, pairs.right, self.likeness, self.n_records)
        return np.where(best, 0.9 * self.likeness, 0.02)

    def similarity(
        self, *, whole: bool, codes: bool, contrast: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the similarity by column of the candidates and of the random pairs.

        Parameters
        ----------
        whole
            Whether the whole record is one more column.
        codes
            Whether the numbers and codes inside a text are.
        contrast
            Whether the words by which two texts differ are.
        """
        return self._once(
            ("similarity", whole, codes, contrast),
            lambda: self._similarity(whole, codes, contrast),
        )

    def _similarity(
        self, whole: bool, codes: bool, contrast: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        columns = self._of_columns(self._column, whole, codes, contrast)
        return (
            _side_by_side([seen for seen, _ in columns], self.comparisons, np.float32),
            _side_by_side([drawn for _, drawn in columns], self.background, np.float32),
        )

    def aligned(self, *, codes: bool = False, contrast: bool = False) -> NDArray[np.float32]:
        """Return how much of both values is aligned, by column of :meth:`similarity`.

        Shape (pairs, columns), in [0, 1]; NaN where a value is missing, where both are one word,
        and in columns that are not aligned.
        """
        return self._once(("aligned", codes, contrast), lambda: self._aligned(codes, contrast))

    def _aligned(self, codes: bool, contrast: bool) -> NDArray[np.float32]:
        names, features = self.comparisons.names, self.comparisons.features
        columns = column_features(names, codes=codes, contrast=contrast)
        shares = np.full((len(features), len(columns)), np.nan, np.float32)
        for place, column in enumerate(columns):
            if f"{column}:{ALIGNED}" in names:
                shares[:, place] = features[:, names.index(f"{column}:{ALIGNED}")]
        return shares

    def bins(self, *, whole: bool, codes: bool, contrast: bool = False) -> tuple[Bins, Elsewhere]:
        """Return the same similarities in bins; random pairs stand for all pairs not compared."""
        return self._once(
            ("bins", whole, codes, contrast), lambda: self._bins(whole, codes, contrast)
        )

    def _bins(self, whole: bool, codes: bool, contrast: bool) -> tuple[Bins, Elsewhere]:
        cuts = self._of_columns(self._cut, whole, codes, contrast)
        number = _side_by_side([bins.number for bins, _ in cuts], self.comparisons, np.int8)
        drawn = _side_by_side([others[0] for _, others in cuts], self.background, np.int8)
        counts = np.array([bins.counts[0] for bins, _ in cuts], np.int64)
        return Bins(number, counts), Elsewhere(drawn, max(self.total - len(number), 0.0))

    def _of_columns(
        self, make: Callable[[Seen, str, Numbers], T], whole: bool, codes: bool, contrast: bool
    ) -> list[T]:
        """Call a function with the name and feature numbers of each column, on several threads."""
        names = self.comparisons.names
        columns = column_features(names, whole=whole, codes=codes, contrast=contrast)
        # one for all columns: they may be mapped from a file, and leave memory after this
        features = self.comparisons.features
        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            numbers = map(tuple, columns.values())
            return list(pool.map(partial(make, features), columns, numbers))

    def _column(
        self, features: Seen, name: str, numbers: Numbers
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the similarity in one column, shape (pairs, 1) each, once for all sets."""
        column, swapped = {name: numbers}, swapped_features(self.comparisons.names)
        return self._once(
            ("similarity", numbers),
            lambda: (
                column_similarity(features, column, swapped),
                column_similarity(self.background.features, column, swapped),
            ),
        )

    def _cut(
        self, features: Seen, name: str, numbers: Numbers
    ) -> tuple[Bins, list[NDArray[np.int8]]]:
        """Return the bins of one column, once for all sets."""
        return self._once(("cut", numbers), lambda: cut(*self._column(features, name, numbers)))

    def _once(self, name: object, make: Callable[[], T]) -> T:
        if name not in self._made:
            self._made[name] = make()
        return cast(T, self._made[name])


def _side_by_side(
    columns: list[NDArray[Any]], pairs: Compared, kind: type[np.generic]
) -> NDArray[Any]:
    """Return columns of shape (pairs, 1) as one array, also where there are none."""
    return np.concatenate([np.empty((len(pairs), 0), kind), *columns], axis=1)


def _likeness(comparisons: Compared) -> NDArray[np.float64]:
    names = comparisons.names
    whole = [n for n, name in enumerate(names) if name in ("record:words", "record:grams")]
    if not whole:
        whole = [n for n, name in enumerate(names) if not name.startswith("rivals:")]
    part = comparisons.features[:, whole].astype(np.float64)
    strength = comparisons.pairs.strength.astype(np.float64)
    return np.asarray(np.clip((np.nan_to_num(part).mean(axis=1) + strength) / 2, 0, 1))
