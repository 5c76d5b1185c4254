"""Forecast the pairs, memory, disk and time of a matching, from a part of the work."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa

from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.backends import prepare
from matchloop.matching.backends.local import CHUNK, KEPT_BYTES
from matchloop.matching.backends.needs import kept_bytes, needed_bytes, text_bytes
from matchloop.matching.blocking import expected_pairs

__all__ = ["Forecast", "forecast"]

MIB = 1 << 20

# Measured at 1,000,000 persons of 10 columns on two quiet cores: seconds per byte of compared
# text for blocking and for planning, per feature of a pair, and per pair for a forest.
BLOCK_S, PLAN_S, FEATURE_S, FOREST_S, GROUP_S = 5.3e-8, 4.2e-8, 2.7e-8, 3.7e-7, 9e-7
FIT_S = 4e-7
"""Seconds per feature of a sampled pair that the prior model takes."""
SAMPLED = 400_000
"""Pairs that the prior model is fitted to at most."""

FITTING, FITTED = 110 * MIB, 12
"""Bytes in memory for what fitting a prior model loads, and per feature of a pair that it is fitted
to. With both, musicbrainz20k_mutated, the larger table of dblp_scholar and cddb are forecast at
1.02, .85 and .97 of their peaks."""

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
    seconds
        Wall-clock time after reading, with compiled code in the cache.
    """

    records: int
    pairs: int
    memory_bytes: int
    disk_bytes: int
    seconds: float

    def __str__(self) -> str:
        disk = f"{self.disk_bytes / MIB:,.0f} MiB" if self.disk_bytes else "nothing"
        took = f"{self.seconds / 60:.1f} minutes" if self.seconds >= 90 else f"{self.seconds:.0f} s"
        return (
            f"{self.records:,} records: about {self.pairs:,} candidate pairs, "
            f"{self.memory_bytes / MIB:,.0f} MiB of memory, {disk} on disk "
            f"for temporary files, {took} after reading"
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
    pairs = expected_pairs(Views(records), effort=effort)
    features, feature_s = _timed(records)
    slower = feature_s / FEATURE_S  # than the machine of the constants
    text = text_bytes(records)
    seconds = (BLOCK_S + PLAN_S) * text + GROUP_S * len(records)
    seconds += pairs * (features * FEATURE_S + passes * FOREST_S)
    sampled = min(pairs, SAMPLED) * features if fits else 0
    seconds += sampled * FIT_S
    kept = pairs * features * 4
    is_bounded = records.memory.limit is not None
    spilled = kept if passes > 1 and (is_bounded or kept > KEPT_BYTES) else 0
    held = 0 if is_bounded else kept if kept <= KEPT_BYTES else 2 * CHUNK * features * 4
    memory = needed_bytes(records, pairs) + held + FITTED * sampled + FITTING * fits
    disk = int(spilled + kept_bytes(records))
    return Forecast(len(records), pairs, int(memory), disk, seconds * slower)


def _timed(records: Records) -> tuple[int, float]:
    """Return the features of a pair, and seconds per feature and pair on this machine."""
    rows = np.linspace(0, len(records) - 1, min(TIMED, len(records))).astype(np.int64)
    if records.sources is not None:  # one row of each source at least
        rows = np.union1d(rows, np.unique(records.sources, return_index=True)[1])
    some = replace(records, table=records.table.take(pa.array(rows)))
    prepared = prepare(some)
    features = len(prepared.comparer.names)
    pairs = prepared.candidates.take(slice(0, 100_000))
    if len(pairs) == 0:
        return features, FEATURE_S
    prepared.comparer.compare(pairs)  # compiles what is not in the cache yet
    start = time.perf_counter()
    prepared.comparer.compare(pairs)
    return features, (time.perf_counter() - start) / (len(pairs) * features)
