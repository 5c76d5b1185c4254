"""Forecast the pairs, memory, disk and time of a matching, from a part of the work."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

import numba
import numpy as np
import pyarrow as pa

from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.backends import prepare
from matchloop.matching.backends.local import CHUNK, KEPT_BYTES
from matchloop.matching.backends.needs import (
    AT_WORK,
    aside_bytes,
    fit_bytes,
    kept_bytes,
    needed_bytes,
    text_bytes,
)
from matchloop.matching.blocking import expected_pairs
from matchloop.matching.blocking.rules import is_rich
from matchloop.matching.comparing.comparer import PART

__all__ = ["Forecast", "forecast"]

MIB = 1 << 20

# CPU seconds of the machine of WORKED_S, measured at 100,000 and 1,000,000 persons of 10 and 14
# columns: per byte of compared text for blocking and for planning, per pair for a forest, and per
# record for groups. Comparing is measured on the table.
BLOCK_S, PLAN_S, FOREST_S, GROUP_S = 0.9e-7, 1.0e-7, 1.2e-6, 2.6e-6
LOAD_S, FIT_S, FITTED_S = 0.9, 3.1, 2.2e-7
"""CPU seconds that the prior model takes: to load what fits it, to fit it to :data:`FEW` pairs, and
per feature of a sampled pair. The first two: chosen on fodors_zagats, restaurants_oaei and cddb."""
FEW = 20_000
WORKED_S = 0.052
"""CPU seconds of the work of :func:`_machine` on the machine of these constants."""
ALONE = 0.35
"""Share of the CPU seconds in which one core works: 20 s of 30 CPU seconds pass on two cores."""
SAMPLED = 400_000
"""Pairs that the prior model is fitted to at most."""

TIMED = 5_000
"""Records whose pairs are compared to measure this machine."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected cost of a matching.

    Parameters
    ----------
    records, pairs
        Rows, and candidate pairs.
    memory_bytes
        Highest memory of the process.
    disk_bytes
        Files in the temporary folder: features of pairs and, under a memory limit, what waits.
    cpu_seconds
        CPU seconds after reading, with compiled code in the cache.
    seconds
        Wall-clock time of these if no other work needs the cores.
    """

    records: int
    pairs: int
    memory_bytes: int
    disk_bytes: int
    cpu_seconds: float
    seconds: float

    def __str__(self) -> str:
        disk = f"{self.disk_bytes / MIB:,.0f} MiB" if self.disk_bytes else "nothing"
        took = f"{self.seconds / 60:.1f} minutes" if self.seconds >= 90 else f"{self.seconds:.0f} s"
        return (
            f"{self.records:,} records: about {self.pairs:,} candidate pairs, "
            f"{self.memory_bytes / MIB:,.0f} MiB of memory, {disk} on disk "
            f"for temporary files, {took} after reading ({self.cpu_seconds:,.0f} CPU seconds)"
        )

    def to_dict(self) -> dict[str, float]:
        """Return the numbers by name, for a script."""
        return asdict(self)


def forecast(
    records: Records, *, effort: float = 0.5, fits: bool = True, passes: int = 1
) -> Forecast:
    """Estimate the cost of matching a table, from a sample of its keys and of its rows.

    Parameters
    ----------
    records
        The table.
    effort
        Glue's AccuracyCostTradeoff.
    fits
        Whether a model is fitted first; a saved one is not.
    passes
        How often all pairs are scored: once, or twice where labels meet a prior model.
    """
    features, feature_s = _timed(records)
    views = Views(records)
    start = time.process_time()
    pairs = expected_pairs(views, effort=effort)
    text = text_bytes(records)
    slower = min(_machine() for _ in range(3)) / WORKED_S
    # small tables were blocked in full
    blocked = time.process_time() - start if is_rich(views) else slower * BLOCK_S * text
    sampled = min(pairs, SAMPLED) * features if fits else 0
    constant = PLAN_S * text + GROUP_S * len(records) + FOREST_S * passes * pairs
    constant += (LOAD_S + FIT_S * min(1.0, pairs / FEW)) * fits + FITTED_S * sampled
    cpu = blocked + feature_s * features * pairs + slower * constant
    wall = cpu * (ALONE + (1 - ALONE) / numba.get_num_threads())
    kept = pairs * features * 4
    is_bounded = records.memory.limit is not None
    spilled = kept if passes > 1 and (is_bounded or kept > KEPT_BYTES) else 0
    memory = needed_bytes(records, pairs)
    if is_bounded:  # what blocking needs is in files while a model is fitted
        memory = max(memory, AT_WORK + fit_bytes(sampled) if fits else 0)
    else:
        fitted = fit_bytes(sampled, in_file=pairs > SAMPLED) if fits else 0
        chunk = (CHUNK + numba.get_num_threads() * PART) * features * 4
        memory += kept + fitted if kept <= KEPT_BYTES else max(chunk, fitted)
    if fits and pairs > SAMPLED:
        spilled += 4 * sampled
    disk = int(spilled + kept_bytes(records) + aside_bytes(records, pairs))
    return Forecast(len(records), pairs, int(memory), disk, cpu, wall)


def _machine() -> float:
    """Return the CPU seconds of a fixed piece of sorting and counting on this machine."""
    numbers = np.random.default_rng(0).integers(0, 1 << 40, 400_000)
    start = time.process_time()
    order = np.argsort(numbers, kind="stable")
    np.bincount(numbers[order] % 100_003)
    np.unique(numbers[:200_000] % 50_021, return_inverse=True)
    return time.process_time() - start


def _timed(records: Records) -> tuple[int, float]:
    """Return the features of a pair, and CPU seconds per feature and pair on this machine."""
    rows = np.linspace(0, len(records) - 1, min(TIMED, len(records))).astype(np.int64)
    if records.sources is not None:  # one row of each source at least
        rows = np.union1d(rows, np.unique(records.sources, return_index=True)[1])
    some = replace(records, table=records.table.take(pa.array(rows)))
    prepared = prepare(some)
    features = len(prepared.comparer.names)
    pairs = prepared.candidates.take(slice(0, 100_000))
    if len(pairs) == 0:
        return features, 0.0
    prepared.comparer.compare(pairs)  # compiles what is not in the cache yet
    start = time.process_time()
    prepared.comparer.compare(pairs)
    return features, (time.process_time() - start) / (len(pairs) * features)
