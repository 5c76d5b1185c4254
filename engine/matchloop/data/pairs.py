"""Pairs of records with the data of each stage: candidates, comparisons, scores.

Positions inside, keys only at the edges: a pair is two row positions, ``left < right``.
Positions are int32 (tables of up to 2 ** 31 rows), which halves the memory of the largest arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CandidatePairs",
    "Compared",
    "Comparisons",
    "Scores",
    "groups_of_pairs",
    "packed",
    "pair_ids",
    "possible_pairs",
    "run_starts",
    "unpacked",
]

Positions = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CandidatePairs:
    """Pairs worth comparing, sorted by (left, right), each once.

    Parameters
    ----------
    left, right
        Row positions, shape (pairs,), ``left < right`` in every row.
    strength
        How strongly blocking ties the pair together, shape (pairs,), float32 in [0, 1].
    rules
        Bit mask of the blocking rules that found the pair, shape (pairs,); bit ``i`` stands for
        ``rule_names[i]``.
    rule_names
        Names of the blocking rules, at most 32.
    """

    left: Positions
    right: Positions
    strength: NDArray[np.float32]
    rules: NDArray[np.uint32]
    rule_names: tuple[str, ...]

    @classmethod
    def of(
        cls, left: NDArray[np.integer], right: NDArray[np.integer], rule: str = "given"
    ) -> CandidatePairs:
        """Make pairs that no blocking rule found: sorted, each once, strength 0.

        Parameters
        ----------
        left, right
            Row positions, shape (pairs,), in any order.
        rule
            Name of the rule to record as their origin.
        """
        ids = np.sort(pair_ids(left, right))
        ids = ids[run_starts(ids)]
        lower, upper = unpacked(ids)
        return cls(
            lower.astype(np.int32),
            upper.astype(np.int32),
            np.zeros(len(ids), np.float32),
            np.ones(len(ids), np.uint32),
            (rule,),
        )

    def __len__(self) -> int:
        return len(self.left)

    def ids(self) -> NDArray[np.int64]:
        """Return one sortable number per pair, ``left * 2**32 + right``."""
        return packed(self.left, self.right)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> CandidatePairs:
        """Return the pairs at an index, mask or slice."""
        return CandidatePairs(
            self.left[index],
            self.right[index],
            self.strength[index],
            self.rules[index],
            self.rule_names,
        )


def pair_ids(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return one sortable number per pair of positions, whatever the order inside a pair."""
    return packed(np.minimum(left, right), np.maximum(left, right))


def packed(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return one number per two, sorted by the first and then by the second, shape (numbers,).

    Parameters
    ----------
    first, second
        Whole numbers from 0 to 2 ** 31 - 1, shape (numbers,) each.
    """
    numbers = first.astype(np.int64)
    numbers <<= 32
    numbers |= second
    return numbers


def unpacked(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two numbers that :func:`packed`, or :func:`pair_ids`, made each number of."""
    return numbers >> 32, numbers & 0xFFFFFFFF


def possible_pairs(n_records: int, sources: NDArray[np.integer] | None) -> int:
    """Count the pairs of a table that may match: all, or with sources those of different ones.

    Parameters
    ----------
    n_records
        Records of the table.
    sources
        Number of each record's source, shape (records,).
    """
    sizes = np.zeros(0, np.int64) if sources is None else np.bincount(sources).astype(np.int64)
    return n_records * (n_records - 1) // 2 - int((sizes * (sizes - 1) // 2).sum())


def run_starts(*values: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return where runs of equal values begin, ascending; of several arrays, of equal rows."""
    is_start = np.zeros(len(values[0]), np.bool_)
    is_start[:1] = True
    for column in values:
        is_start[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_start)


def groups_of_pairs(
    pairs: tuple[NDArray[np.integer], NDArray[np.integer]], n_records: int
) -> NDArray[np.int64]:
    """Return the connected component of each record, shape (records,).

    Parameters
    ----------
    pairs
        Pairs that belong together, as two arrays of row positions.
    n_records
        Records there are; one in no pair is a group of its own.
    """
    # imported here: readers of label files need no compiled code, and numba takes time to import
    from matchloop.data.components import first_records, numbered

    left, right = (np.asarray(side, np.int32) for side in pairs)
    return np.asarray(numbered(first_records(left, right, n_records))[0], np.int64)


class Compared(Protocol):
    """Compared pairs, whose features may wait in a file; see :class:`Comparisons`."""

    @property
    def pairs(self) -> CandidatePairs:
        """The pairs compared."""
        ...

    @property
    def features(self) -> NDArray[np.float32]:
        """Shape (pairs, features)."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """One name per feature."""
        ...

    def __len__(self) -> int:
        """Return the number of pairs."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Feature vectors of pairs.

    Parameters
    ----------
    pairs
        The pairs compared.
    features
        Shape (pairs, features), float32; a value that could not be compared is NaN.
    names
        One name per feature, ``column:measure`` or ``record:measure`` or ``rivals:measure``.
    """

    pairs: CandidatePairs
    features: NDArray[np.float32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Match probabilities of pairs.

    Parameters
    ----------
    pairs
        The pairs scored.
    probability
        Calibrated match probability, shape (pairs,), float32 in [0, 1].
    """

    pairs: CandidatePairs
    probability: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pairs)

    def overlaid(self, other: Scores) -> Scores:
        """Return these scores overlaid with others: the others win where both hold a pair.

        Parameters
        ----------
        other
            Scores of any pairs, also of pairs that these scores lack.
        """
        own, new = self.pairs.ids(), other.pairs.ids()
        at = np.searchsorted(own, new)
        is_shared = np.zeros(len(new), np.bool_)
        inside = at < len(own)
        is_shared[inside] = own[at[inside]] == new[inside]
        probability = self.probability.copy()
        probability[at[is_shared]] = other.probability[is_shared]
        if is_shared.all():
            return Scores(self.pairs, probability)
        del own
        added, before = other.pairs.take(~is_shared), at[~is_shared]  # both sides are sorted
        pairs = CandidatePairs(
            np.insert(self.pairs.left, before, added.left),
            np.insert(self.pairs.right, before, added.right),
            np.insert(self.pairs.strength, before, added.strength),
            np.insert(self.pairs.rules, before, np.uint32(0)),
            self.pairs.rule_names,
        )
        return Scores(pairs, np.insert(probability, before, other.probability[~is_shared]))
