"""What every peer adapter shares: its plan, its table, its results, its time and memory.

An adapter is called as ``python <name>_peer.py PLAN.json`` in the peer's own environment and needs
nothing of matchloop. The plan names a Parquet file of records, the kind of each column, the task
(``link`` or ``dedupe``) and a folder to write to. For each variant the adapter writes one Parquet
file: ``key, cluster`` (a partition) or ``left, right`` (pairs of keys).
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

Partition = dict[str, Any]


@dataclass
class Plan:
    """One run of one peer; the fields are those of the JSON file."""

    name: str
    table: str
    out: str
    key: str
    source: str | None
    kinds: dict[str, str]
    seed: int
    labels: int
    truth: str | None

    @property
    def task(self) -> str:
        """``link`` across sources, or ``dedupe``."""
        return "link" if self.source else "dedupe"

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the columns of some kinds, in table order."""
        return [column for column, kind in self.kinds.items() if kind in kinds]

    def read(self) -> pd.DataFrame:
        """Return the records: lower case, trimmed, one space between words, missing is None."""
        frame = pd.read_parquet(self.table, columns=self.wanted())
        for column in self.kinds:
            text = frame[column].astype(object)
            there = text.notna()
            cleaned = text[there].astype(str).str.lower().str.split().str.join(" ")
            text[there] = cleaned.where(cleaned != "", None)
            frame[column] = text
        return frame

    def raw(self) -> pd.DataFrame:
        """Return the records just as they are."""
        return pd.read_parquet(self.table, columns=self.wanted())

    def wanted(self) -> list[str]:
        """Return the columns to read: key, source, then those with a kind."""
        return [self.key, *([self.source] if self.source else []), *self.kinds]

    def true_pairs(self) -> set[tuple[str, str]]:
        """Return the true pairs of keys, for the peers whose questions are answered from truth."""
        if self.truth is None:
            return set()
        pairs = pd.read_parquet(self.truth)
        return {(min(pair), max(pair)) for pair in zip(pairs["left"], pairs["right"], strict=True)}

    def write(self, variant: str, columns: dict[str, Iterable[object]]) -> None:
        """Write one variant's partition or pairs; all values are written as text."""
        frame = pd.DataFrame({name: list(values) for name, values in columns.items()})
        frame.astype(str).to_parquet(Path(self.out) / f"{variant}.parquet", index=False)


def groups_of_pairs(keys: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a group per key: the connected components of some pairs."""
    parent = {key: key for key in keys}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for left, right in pairs:
        parent[root(left)] = root(right)
    return {key: root(key) for key in parent}


def peak_mib() -> int:
    """Return the most memory this process held, MiB; the memory of its parent does not count."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return (
        int(found[1]) // 1024
        if found
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    )


def run(work: Callable[[Plan], dict[str, Any]]) -> None:
    """Read the plan, do the work, print one JSON line: what the work reports, seconds, memory."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    Path(plan.out).mkdir(parents=True, exist_ok=True)
    start, cpu = time.perf_counter(), time.process_time()
    said = work(plan)
    said |= {
        "seconds": round(time.perf_counter() - start, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_mib": peak_mib(),
    }
    print("\nPEER " + json.dumps(said), flush=True)
