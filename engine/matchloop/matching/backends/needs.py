"""The memory that matching a table needs, and the refusal of a table that needs too much."""

from __future__ import annotations

import os
from pathlib import Path

from matchloop.data.memory import LARGE
from matchloop.data.records import Records
from matchloop.errors import TableError
from matchloop.matching.blocking import mean_candidates

__all__ = [
    "PAIR",
    "aside_bytes",
    "check_fit",
    "check_limit",
    "check_memory",
    "fit_bytes",
    "kept_bytes",
    "needed_bytes",
    "text_bytes",
]

MIB = 1 << 20

STARTED = 320 * MIB
"""Memory of a process with compiled code, and the 3-grams of any large table."""
TABLE, TEXT, PAIR = 0.5, 2.0, 60.0
"""Bytes in memory per byte of the table, per byte of compared text, and per candidate pair.
Chosen on persons with families, whose columns repeat most values: within 10 % of the peaks of
300,000 and of 1,000,000 with and without a saved model."""

AT_WORK, WORKING = 480 * MIB, 3.0
"""Under a limit: memory of a process with compiled code, and bytes in memory per byte of compared
text: 10,000,000 persons, whose columns have 1.2 GiB, are expected to need just under 4 GiB."""
FITTING, FITTED, IN_FILE = 110 * MIB, 12, 8
"""Bytes in memory for what fitting a prior model loads, and per feature of a pair that it is fitted
to; the latter is less where the pairs are a sample, whose features wait in a file. With them, the
larger table of dblp_scholar, musicbrainz20k_mutated and 100,000 persons are forecast at .94, 1.21
and 1.03 of their peaks."""
ASIDE = 28
"""Bytes of a pair that are set aside: two numbers, and five of it with its score."""
KEPT = 10.0
"""Under a limit: bytes in temporary files per byte of compared text."""


def needed_bytes(records: Records, pairs: float) -> float:
    """Return the memory that matching a table takes, without what fitting a model adds.

    Parameters
    ----------
    records
        The table; under the limit of its memory, data that waits in files counts only while it is
        used.
    pairs
        Its candidate pairs.
    """
    if records.memory.limit is not None:
        return AT_WORK + WORKING * text_bytes(records)
    free = STARTED + TABLE * records.table.nbytes + TEXT * text_bytes(records) + PAIR * pairs
    return float(free)


def fit_bytes(sampled: float, *, in_file: bool = False) -> float:
    """Return the memory that fitting a prior model adds.

    Parameters
    ----------
    sampled
        Features of all pairs that it is fitted to.
    in_file
        Whether these features wait in a file, as those of a sample do.
    """
    return FITTING + (IN_FILE if in_file else FITTED) * sampled


def check_fit(records: Records, sampled: float) -> None:
    """Refuse to fit a prior model under a limit that it does not fit.

    Raises
    ------
    TableError
        It needs more.
    """
    limit = records.memory.limit
    needed = AT_WORK + fit_bytes(sampled)
    if limit is not None and needed > limit:
        raise TableError(
            f"learning from this table needs about {needed / MIB:,.0f} MiB of memory and the limit "
            f"is {limit / MIB:,.0f}; raise the limit, or match with a saved model "
            "(docs/scale.md)"
        )


def kept_bytes(records: Records) -> float:
    """Return the bytes of temporary files under a limit; 0 without one."""
    if records.memory.limit is None:
        return 0.0
    return float(records.table.nbytes + KEPT * text_bytes(records))


def aside_bytes(records: Records, pairs: float) -> float:
    """Return the bytes of large values that are set aside in temporary files without a limit."""
    if records.memory.limit is not None:
        return 0.0
    columns = (column.nbytes for column in records.table.columns)
    table = float(sum(size for size in columns if size >= LARGE))
    return table + (ASIDE * pairs if 4 * pairs >= LARGE else 0.0)


def text_bytes(records: Records) -> int:
    """Return the bytes of the compared columns."""
    return int(sum(records.table.column(name).nbytes for name in records.columns))


def check_memory(records: Records, *, effort: float = 0.5) -> None:
    """Refuse a table that surely does not fit in the memory of this machine, or in its limit.

    Half of what is expected must fit in the machine; above that, swapping or an estimate that is
    too high may still let it through. A limit must hold all of it.

    Raises
    ------
    TableError
        It does not fit.
    """
    check_limit(records)
    pairs = mean_candidates(len(records), effort) * len(records)
    needed = needed_bytes(records, min(pairs, len(records) ** 2 / 2))
    total = _memory_of_machine()
    if total is not None and needed / 2 > total:
        raise TableError(
            f"{len(records):,} records need about {needed / MIB:,.0f} MiB of memory and this "
            f"machine has {total / MIB:,.0f}; give --memory, leave columns out with --kinds "
            "COLUMN=ignore, match the table in parts, or take a machine with more memory "
            "(docs/scale.md)"
        )


def check_limit(records: Records) -> None:
    """Refuse a table that cannot be matched under the limit of its memory.

    Raises
    ------
    TableError
        It needs more.
    """
    limit = records.memory.limit
    if limit is None:
        return
    needed = needed_bytes(records, 0)
    if needed > limit:
        raise TableError(
            f"{len(records):,} records need about {needed / MIB:,.0f} MiB of memory and the limit "
            f"is {limit / MIB:,.0f}; raise the limit, leave columns out with the kind 'ignore', or "
            "match the table in parts (docs/scale.md)"
        )
    kept, free = kept_bytes(records), records.memory.free_disk()
    if kept > free:
        raise TableError(
            f"{len(records):,} records need about {kept / MIB:,.0f} MiB of temporary files and "
            f"their folder has {free / MIB:,.0f} free; name another folder in TMPDIR, or free "
            "disk space"
        )


def _memory_of_machine() -> int | None:
    """Return the memory of the machine or of the container, in bytes; None where unknown."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return total
