"""Bins of several columns in one number: what the compiled loops of the mixture read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.columns import Bins
from matchloop.matching.scoring.mixture_kernels import count_cells, share_pairs

__all__ = ["Cells"]

# These two are conventions.
LARGEST = 40.0  # nats below the best class at which a class stops, so that exp cannot underflow
MOST_CELLS = 300  # cells of a group of columns: a table of them stays in the first cache


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The bins of some columns together, as the compiled loops read them.

    Columns are grouped. A cell is a combination of bins of the columns of a group, so that a loop
    over the groups of a pair takes half the steps of one over its columns.

    Parameters
    ----------
    number
        Cell of each pair in each group, numbered over all groups, shape (pairs, groups).
    shapes
        By group: the number of bins of each of its columns, and one more for a missing value.
    """

    number: NDArray[np.unsignedinteger]
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, bins: Bins, columns: Sequence[int]) -> Cells:
        """Group columns, neighbours together, and number their cells."""
        shapes: list[tuple[int, ...]] = []
        for size in (bins.counts[columns] + 1).tolist():
            if shapes and math.prod(shapes[-1]) * size <= MOST_CELLS:
                shapes[-1] += (size,)
            else:
                shapes.append((size,))
        kind = np.uint16 if sum(map(math.prod, shapes)) < 1 << 16 else np.uint32
        number = np.empty((len(bins.number), len(shapes)), kind)
        rest, start = list(columns), 0
        for group, shape in enumerate(shapes):
            cell = np.zeros(len(number), np.int32)
            for size in shape:
                cell = cell * size + (bins.number[:, rest.pop(0)] + 1)
            number[:, group] = cell + start
            start += math.prod(shape)
        return cls(number, tuple(shapes))

    def shares(
        self,
        tables: Sequence[NDArray[np.float64]],
        prior: NDArray[np.float64],
        factors: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the posterior class shares of each pair, shape (pairs, classes).

        Parameters
        ----------
        tables
            Log probability of each bin of each column in each class, shape (classes, bins).
        prior
            Log probability of each class.
        factors
            Factor on the evidence of each column.
        """
        nothing = np.empty(0)
        return self._shares(tables, prior, factors, nothing, np.empty((0, len(prior))))

    def counted_shares(
        self,
        tables: Sequence[NDArray[np.float64]],
        prior: NDArray[np.float64],
        factors: NDArray[np.float64],
        part: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
        """Return :meth:`shares`, and what :meth:`counted` returns for them.

        Parameters
        ----------
        tables, prior, factors
            As for :meth:`shares`.
        part
            What the shares of each pair sum to, shape (pairs,); 1 by default.
        """
        total = np.zeros((self._count, len(prior)))
        part = np.empty(0) if part is None else part
        return self._shares(tables, prior, factors, part, total), self._by_column(total)

    def counted(self, share: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Sum class shares in each bin of each column, shape (classes, bins) each."""
        total = np.zeros((self._count, share.shape[1]))
        count_cells(self.number, np.ascontiguousarray(share), total)
        return self._by_column(total)

    def distinct(self) -> tuple[Cells, NDArray[np.int64]]:
        """Return the distinct rows of cells, and the number of each pair's row among them."""
        key, keys, start = np.zeros(len(self.number), np.int64), 1, 0
        for group, shape in enumerate(self.shapes):
            size = math.prod(shape)
            if keys * size > 1 << 62:  # no longer fits: number what there is
                key = np.unique(key, return_inverse=True)[1]
                keys = len(key)
            key = key * size + (self.number[:, group].astype(np.int64) - start)
            keys, start = keys * size, start + size
        _, first, of_pair = np.unique(key, return_index=True, return_inverse=True)
        return Cells(self.number[first], self.shapes), of_pair

    @property
    def _count(self) -> int:
        return sum(map(math.prod, self.shapes))

    def _shares(
        self,
        tables: Sequence[NDArray[np.float64]],
        prior: NDArray[np.float64],
        factors: NDArray[np.float64],
        part: NDArray[np.float64],
        total: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        evidence = np.empty((self._count, len(prior)))
        rest, start = list(zip(factors, tables, strict=True)), 0
        for shape in self.shapes:
            group = np.zeros((1, len(prior)))
            for size in shape:
                factor, table = rest.pop(0)
                of_column = np.zeros((size, len(prior)))  # a missing value comes first: no evidence
                of_column[1:] = factor * table.T
                group = (group[:, None] + of_column).reshape(-1, len(prior))
            evidence[start : start + len(group)] = group
            start += len(group)
        share = np.empty((len(self.number), len(prior)))
        share_pairs(self.number, evidence, prior, LARGEST, part, share, total)
        return share

    def _by_column(self, total: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        columns, start = [], 0
        for shape in self.shapes:
            group = total[start : start + math.prod(shape)].reshape(*shape, -1)
            for axis in range(len(shape)):
                others = tuple(other for other in range(len(shape)) if other != axis)
                columns.append(np.ascontiguousarray(group.sum(axis=others)[1:].T))
            start += math.prod(shape)
        return columns
