"""Links between identical records, as far as the constraints of a matching allow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.clustering.constraints import PairList

__all__ = ["permitted_links"]


def permitted_links(
    chains: PairList,
    held: PairList,
    cannot: PairList | None,
    *,
    sources: NDArray[np.int32] | None = None,
    max_size: int | None = None,
) -> PairList:
    """Compute links that join identical records into groups that violate no constraint.

    Every record of a chain joins the first group of its chain that can take it. Labels and earlier
    groups have priority over identical records.

    Parameters
    ----------
    chains
        Pairs of identical records; connected records are all identical.
    held
        Pairs that share a group in any case: match labels, earlier groups.
    cannot
        Pairs that must not share a group.
    sources
        Number of each record's source where a group may hold one record of each, else None.
    max_size
        Records a group may hold.

    Returns
    -------
    tuple of numpy.ndarray
        Left and right positions of the links.
    """
    if cannot is None and sources is None and max_size is None:
        return chains
    groups = _Groups(sources, max_size)
    for left, right in _rows(held):
        groups.join(left, right)
    for left, right in _rows(cannot):
        groups.part(left, right)
    links: list[tuple[int, int]] = []
    for rows in _chained(chains):
        links += groups.fill(rows)
    pairs = np.asarray(links, np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _rows(pairs: PairList | None) -> list[tuple[int, int]]:
    if pairs is None:
        return []
    return list(zip(np.asarray(pairs[0]).tolist(), np.asarray(pairs[1]).tolist(), strict=True))


def _chained(chains: PairList) -> list[list[int]]:
    """Return the rows of each chain in ascending order, the chain of the lowest row first."""
    groups = _Groups(None, None)
    for left, right in _rows(chains):
        groups.join(left, right)
    chain_of: dict[int, list[int]] = {}
    for row in sorted(groups.parent):
        chain_of.setdefault(groups.root(row), []).append(row)
    return list(chain_of.values())


class _Groups:
    """Disjoint groups of rows, with their sizes, their sources and their cannot-link rows."""

    def __init__(self, sources: NDArray[np.int32] | None, max_size: int | None) -> None:
        self.parent: dict[int, int] = {}
        self._sources = sources
        self._max_size = max_size
        self._size: dict[int, int] = {}
        self._held: dict[int, set[int]] = {}
        self._refused: dict[int, set[int]] = {}

    def root(self, row: int) -> int:
        parent = self.parent
        if row not in parent:
            parent[row] = row
            self._size[row] = 1
            self._held[row] = set() if self._sources is None else {int(self._sources[row])}
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    def join(self, left: int, right: int) -> None:
        large, small = self.root(left), self.root(right)
        if large == small:
            return
        if self._size[large] < self._size[small]:
            large, small = small, large
        self.parent[small] = large
        self._size[large] += self._size.pop(small)
        self._held[large] |= self._held.pop(small)
        if small in self._refused:
            self._refused.setdefault(large, set()).update(self._refused.pop(small))

    def part(self, left: int, right: int) -> None:
        # rows, not roots: a root stops being one when its group joins another
        self._refused.setdefault(self.root(left), set()).add(right)
        self._refused.setdefault(self.root(right), set()).add(left)

    def fill(self, rows: list[int]) -> list[tuple[int, int]]:
        """Join each row of one chain to the first group that can take it; return the links."""
        links: list[tuple[int, int]] = []
        firsts: list[int] = []  # a row of each group of the chain
        start: dict[int, int] = {}  # by source: the first group that may still take a record of it
        placed: set[int] = set()
        for row in rows:
            own = self.root(row)
            if own in placed:
                continue
            source = -1 if self._sources is None else int(self._sources[row])
            at = start.get(source, 0)
            while at < len(firsts) and self._is_closed(self.root(firsts[at]), source):
                at += 1
            start[source] = at
            for first in firsts[at:]:
                into = self.root(first)
                if self._may_join(into, own):
                    self.join(into, own)
                    placed.add(self.root(into))
                    links.append((first, row))
                    break
            else:
                firsts.append(row)
                placed.add(own)
        return links

    def _is_closed(self, root: int, source: int) -> bool:
        return source in self._held[root] or self._size[root] == self._max_size

    def _may_join(self, first: int, second: int) -> bool:
        size = self._size[first] + self._size[second]
        if self._max_size is not None and size > self._max_size:
            return False
        if self._held[first] & self._held[second]:
            return False
        few, many = sorted((first, second), key=lambda root: len(self._refused.get(root, ())))
        return all(self.root(row) != many for row in self._refused.get(few, ()))
