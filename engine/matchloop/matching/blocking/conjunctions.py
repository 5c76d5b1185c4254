"""Blocks of records that agree in several columns, none of which is rare by itself."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matchloop.data.memory import UNLIMITED, Memory
from matchloop.matching.blocking.kernels import pack_joint, runs, sorted_from
from matchloop.matching.blocking.threads import over_items

__all__ = ["Blocks", "cut_blocks", "joint_blocks"]

# Most columns of a conjunction, and number of columns for conjunctions of three and more: those of
# most frequent values. 4 of 10 columns are 375 sorts at most. Chosen on generated persons whose
# date of birth is in three columns and who have no phone and no e-mail: of 1,000,000 records, .922
# of the true pairs share a block; with conjunctions of two, .890.
JOINED = 4
JOINED_COLUMNS = 10

MANY = 1 << 14  # numbers from which they are sorted by digits of so many bits, which is then faster
DIGIT = 11

Blocks = tuple[NDArray[np.int32], NDArray[np.int64]]
"""The members of all blocks, concatenated, and the end of each block."""


def cut_blocks(
    packed: NDArray[np.uint64],
    bits: int,
    largest: int,
    ample: int,
    block_of: NDArray[np.int32],
    *,
    in_order: bool = False,
) -> tuple[Blocks, int]:
    """Sort ``hash << bits | position`` numbers, overwriting them, and cut blocks of equal hash.

    ``in_order`` tells that the positions ascend. Returns the blocks and how many are larger than
    ``ample``: see :func:`matchloop.matching.blocking.kernels.runs`.
    """
    if len(packed) < MANY:
        packed.sort()
    else:
        packed = sorted_from(packed, bits if in_order else 0, DIGIT)
    members, ends, common = runs(packed, bits, largest, ample, block_of)
    return (members, ends), common


def joint_blocks(
    numbers: NDArray[np.int32],
    frequent: list[tuple[int, int]],
    bits: int,
    largest: int,
    memory: Memory = UNLIMITED,
) -> list[Blocks]:
    """Compute blocks of two and more columns of which no part makes a small enough block.

    Parameters
    ----------
    numbers
        Shape (columns, records): the frequent value of each record, -1 where it is rare or missing.
    frequent
        The columns with frequent values, and the number of these values.
    bits
        Bits of a position.
    largest
        Most records of a block. Larger blocks are joined with a further column.
    memory
        Keeps the blocks.
    """
    records = numbers.shape[1]

    def join(columns: tuple[int, ...]) -> tuple[Blocks, NDArray[np.uint8] | None]:
        parts = [common[part] for part in combinations(columns, len(columns) - 1)]
        everywhere = np.bitwise_and.reduce(parts)
        positions = np.flatnonzero(np.unpackbits(everywhere, count=records).view(np.bool_))
        packed = pack_joint(numbers, np.array(columns), positions.astype(np.int32), bits)
        del positions
        block_of = np.full(records, -1, np.int32)
        blocks, too_large = cut_blocks(packed, bits, largest, largest, block_of, in_order=True)
        blocks = memory.keep(blocks)
        return blocks, np.packbits(block_of >= 0) if too_large else None

    # The positions that a conjunction leaves in blocks that are too large, one bit each: only these
    # can gain from a further column.
    common: dict[tuple[int, ...], NDArray[np.uint8]] = {
        (column,): np.packbits(numbers[column] >= 0) for column, _ in frequent
    }
    chosen = [column for column, _ in frequent]
    blocks_of_all = []
    for size in range(2, JOINED + 1):
        jobs = [job for job in combinations(chosen, size) if _has_parts(job, common)]
        joined = over_items(join, jobs)
        blocks_of_all += [blocks for blocks, _ in joined]
        left = {job: bits_of for job, (_, bits_of) in zip(jobs, joined, strict=True)}
        common = {job: bits_of for job, bits_of in left.items() if bits_of is not None}
        if size == 2:
            most = sorted(frequent, key=lambda column: (-column[1], column[0]))[:JOINED_COLUMNS]
            chosen = sorted(column for column, _ in most)
    return blocks_of_all


def _has_parts(columns: tuple[int, ...], parts: dict[tuple[int, ...], NDArray[np.uint8]]) -> bool:
    return all(part in parts for part in combinations(columns, len(columns) - 1))
