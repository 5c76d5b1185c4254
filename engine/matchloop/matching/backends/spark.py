"""Compare and score pairs on a Spark cluster, by the kernels of the local engine.

The driver blocks the table, plans its comparisons and sends pairs to the executors in parts, each
with the comparator state of its own records (:meth:`Comparer.take`). An executor compares and
scores its part and returns one probability per pair. Only calls of Spark Connect are used, and the
function that Spark runs keeps no state.
"""

from __future__ import annotations

import gc
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.errors import MatchloopError, UsageError
from matchloop.matching.backends.base import OnStage, Score
from matchloop.matching.backends.local import PreparedTable
from matchloop.matching.comparing import Comparer

__all__ = ["SparkTable", "on_spark"]

PART = 20_000
"""Pairs of a part, some 10 MiB as it is sent: Java copies a row several times, and with parts of
50,000 pairs a driver of 1 GiB ran out of heap on 300,000 records."""

WAVE_BYTES = 32 << 20
"""Parts of about so many bytes are sent in one job; at most three such jobs are in memory."""

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True, eq=False)
class SparkTable(PreparedTable):
    """A prepared table whose candidates are compared and scored by Spark.

    Parameters
    ----------
    session
        A Spark session, classic or Spark Connect. matchloop must be installed on its executors.
    """

    session: Any = field(default=None, kw_only=True)

    @property
    def _is_in_memory(self) -> bool:
        return False  # executors compare all candidates, the driver only those that it reads

    def score(
        self,
        score: Score,
        pairs: CandidatePairs | None = None,
        *,
        beside: NDArray[np.float32] | None = None,
        keep: bool = False,
        on_stage: OnStage | None = None,
    ) -> Scores:
        """Score every candidate, or other pairs; the latter here where they are few.

        ``score`` must be picklable.
        """
        all_pairs = self.candidates if pairs is None else pairs
        if pairs is not None and len(pairs) <= PART:
            return super().score(score, pairs, beside=beside, on_stage=on_stage)
        probability = np.empty(len(all_pairs), np.float32)
        done = 0
        for start, scored in self._scored(score, all_pairs, beside):
            probability[start : start + len(scored)] = scored
            done += len(scored)
            if on_stage is not None:
                on_stage("compare and score", done / max(1, len(all_pairs)))
        return Scores(all_pairs, probability)

    def _scored(
        self, score: Score, all_pairs: CandidatePairs, beside: NDArray[np.float32] | None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Return the scores of each part with its first place, in any order."""
        kernel = scoring_kernel(score)
        # One job runs while the parts of the next are cut.
        running: deque[Future[pa.Table]] = deque()
        pool = ThreadPoolExecutor(1)
        try:
            for wave in self._waves(all_pairs, beside):
                running.append(pool.submit(self._run, wave, kernel))
                if len(running) > 1:
                    yield from _parts_of(running.popleft().result())
            while running:
                yield from _parts_of(running.popleft().result())
        finally:  # after an error nobody waits for a job: who owns the session ends it
            pool.shutdown(wait=False, cancel_futures=True)

    def _waves(
        self, all_pairs: CandidatePairs, beside: NDArray[np.float32] | None
    ) -> Iterator[pa.Table]:
        starts: list[int] = []
        payloads: list[bytes] = []
        for start in range(0, len(all_pairs), PART):
            place = slice(start, start + PART)
            pairs = all_pairs.take(place)
            starts.append(start)
            numbers = None if beside is None else beside[place]
            payloads.append(packed(self.comparer, pairs, numbers))
            if sum(map(len, payloads)) >= WAVE_BYTES:
                yield _wave(starts, payloads)
                starts, payloads = [], []
        if starts:
            yield _wave(starts, payloads)

    def _run(self, wave: pa.Table, kernel: Callable[[Batches], Batches]) -> pa.Table:
        try:
            return self._compared(wave, kernel)
        except Exception as error:
            # By the name of the package: pyspark may not be imported here, and has two of them.
            if type(error).__module__.partition(".")[0] not in ("py4j", "pyspark"):
                raise
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = next(
                (line for line in reversed(lines) if "Error: " in line), "".join(lines[:1])
            )
            raise MatchloopError(
                f"Spark could not compare a part of the pairs: {reason[:300]}; the logs of "
                "its executors say more; where memory lacks, raise spark.driver.memory and "
                "spark.executor.memory"
            ) from error

    def _compared(self, wave: pa.Table, kernel: Callable[[Batches], Batches]) -> pa.Table:
        # By a column, not round-robin: Spark would sort the rows first, and copy them for it.
        frame = self.session.createDataFrame(wave).repartition(wave.num_rows, "start")
        scored = frame.mapInArrow(kernel, "start long, probability binary")
        table = scored.toArrow()
        del frame, scored
        gc.collect()  # frames are cycles: until they are freed, Java keeps the parts of every wave
        return table


def on_spark(prepared: PreparedTable, session: Any) -> SparkTable:
    """Return a prepared table whose candidates are compared and scored by a Spark session."""
    shared = {f.name: getattr(prepared, f.name) for f in fields(PreparedTable)}
    return SparkTable(**shared, session=session)


def packed(
    comparer: Comparer, pairs: CandidatePairs, beside: NDArray[np.float32] | None = None
) -> bytes:
    """Pack the comparer and its data that another process needs to compare some pairs.

    Parameters
    ----------
    comparer
        Of the whole table.
    pairs
        Some of its pairs.
    beside
        A number per pair that their score depends on, shape (pairs,).
    """
    rows = np.union1d(pairs.left, pairs.right)
    content = (comparer.take(rows), rows, pairs, beside)
    plain = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    size = len(plain).to_bytes(8, "little")
    return size + bytes(pa.compress(plain, "lz4", asbytes=True))


def scored(payload: bytes, score: Score) -> NDArray[np.float32]:
    """Compare and score the pairs of :func:`packed`, shape (pairs,)."""
    plain = pa.decompress(payload[8:], int.from_bytes(payload[:8], "little"), "lz4", asbytes=True)
    comparer, rows, pairs, beside = pickle.loads(plain)
    left, right = np.searchsorted(rows, pairs.left), np.searchsorted(rows, pairs.right)
    local = CandidatePairs(
        left.astype(np.int32), right.astype(np.int32), pairs.strength, pairs.rules, pairs.rule_names
    )
    compared = comparer.compare(local)
    # Scores depend on standings, which belong to the positions in the whole table.
    compared = Comparisons(pairs, compared.features, compared.names)
    return np.asarray(score(compared) if beside is None else score(compared, beside), np.float32)


def scoring_kernel(score: Score) -> Callable[[Batches], Batches]:
    """Return the function that Spark runs over the parts of a partition."""
    expected = installed_version()

    def kernel(batches: Batches) -> Batches:
        if (here := installed_version()) != expected:
            raise UsageError(
                f"matchloop {here} is installed on an executor and {expected} on "
                "the driver; install the same version on both"
            )
        numba.set_num_threads(1)  # of this thread only: Spark runs a task per core
        for batch in batches:
            for start, payload in zip(batch["start"], batch["payload"], strict=True):
                probability = scored(payload.as_py(), score)
                yield pa.RecordBatch.from_arrays(
                    [pa.array([start.as_py()]), pa.array([probability.tobytes()], pa.binary())],
                    names=["start", "probability"],
                )

    return kernel


def installed_version() -> str:
    """Return the version of matchloop that this process runs."""
    try:
        return version("matchloop")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0"


def _wave(starts: list[int], payloads: list[bytes]) -> pa.Table:
    return pa.table(
        {"start": pa.array(starts, pa.int64()), "payload": pa.array(payloads, pa.binary())}
    )


def _parts_of(table: pa.Table) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start, probability in zip(table["start"], table["probability"], strict=True):
        yield start.as_py(), np.frombuffer(probability.as_py(), np.float32)
