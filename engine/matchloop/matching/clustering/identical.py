"""Links between identical records, as far as the rules of a matching allow them."""

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
    """Return links that hold identical records together in groups which break no rule.

    Every record of a chain goes to the first group of its chain that can take it. Labels and
    earlier groups come first: identical records never make a group larger than these do.

    Parameters
    ----------
    chains
        Pairs of identical records; those that are connected are identical to each other.
    held
        Pairs that are together whatever the rules say: match labels, earlier groups.
    cannot
        Pairs that must end up apart.
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
    found = _Groups(None, None)
    for left, right in _rows(chains):
        found.join(left, right)
    chain_of: dict[int, list[int]] = {}
    for row in sorted(found.parent):
        chain_of.setdefault(found.root(row), []).append(row)
    return list(chain_of.values())


class _Groups:
    """Disjoint groups of rows that know their size, their sources and the rows they refuse."""

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
        one, other = self.root(left), self.root(right)
        if one == other:
            return
        if self._size[one] < self._size[other]:
            one, other = other, one
        self.parent[other] = one
        self._size[one] += self._size.pop(other)
        self._held[one] |= self._held.pop(other)
        if other in self._refused:
            self._refused.setdefault(one, set()).update(self._refused.pop(other))

    def part(self, left: int, right: int) -> None:
        one, other = self.root(left), self.root(right)
        self._refused.setdefault(one, set()).add(right)
        self._refused.setdefault(other, set()).add(left)

    def fill(self, rows: list[int]) -> list[tuple[int, int]]:
        """Join the rows of one chain into as few groups as its order gives; return the links."""
        links: list[tuple[int, int]] = []
        firsts: list[int] = []  # a row of each group of the chain
        start: dict[int, int] = {}  # by source: groups before take no record of it any more
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

    def _may_join(self, one: int, other: int) -> bool:
        size = self._size[one] + self._size[other]
        if self._max_size is not None and size > self._max_size:
            return False
        if self._held[one] & self._held[other]:
            return False
        few, many = sorted((one, other), key=lambda root: len(self._refused.get(root, ())))
        return all(self.root(row) != many for row in self._refused.get(few, ()))
