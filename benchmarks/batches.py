"""Measure a batch that joins an identity folder: CPU seconds, peak memory, and its quality.

    python benchmarks/batches.py --rows 100000,1000000
    python benchmarks/batches.py --rows 100000 --whole

Made persons (see ``persons.py``) and a model of 2,000 labelled pairs of 5,000 rows. Each size gets
a first run and two batches by ``matchloop match --identity``, each in a process of its own; runs on
a small folder compile before. ``--whole`` repeats the second batch without the index, so that all
rows are matched. CPU seconds are those of the whole command, start and reading included.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from persons import make_persons

HERE = Path(__file__).resolve().parent
TRAINED_ON = 5_000
LABELS = 2_000
BATCHES = 2


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="100000,1000000", help="sizes of the folder")
    parser.add_argument("--batch", type=int, default=10_000, help="rows of a batch")
    parser.add_argument("--whole", action="store_true", help="also without the index")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", type=Path, help="where to put tables while at work")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "batches.json")
    options = parser.parse_args()
    sizes = [int(size) for size in options.rows.split(",")]
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="matchloop-batches-") as folder:
        results = [measure(Path(folder), size, options) for size in [60_000, *sizes]][1:]
    options.out.write_text(json.dumps(results, indent=1) + "\n")


def measure(folder: Path, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure a folder of one size."""
    persons = make_persons(size + BATCHES * options.batch, seed=options.seed)
    entity = np.asarray(persons["ent"].combine_chunks())
    table = persons.drop_columns(["ent"])
    model = folder / "labelled.model"
    if not model.exists():
        train(table.slice(0, TRAINED_ON), entity[:TRAINED_ON], model)
    first, ids = folder / f"first{size}.parquet", folder / f"ids{size}"
    pq.write_table(table.slice(0, size), first)
    result: dict[str, Any] = {"records": size, "batch": options.batch}
    result["first"] = match(first, ids, "--model", str(model))
    result["batches"] = []
    for number in range(BATCHES):
        batch = folder / f"batch{number}.parquet"
        pq.write_table(table.slice(size + number * options.batch, options.batch), batch)
        if options.whole and number == BATCHES - 1:
            other = folder / "whole"
            shutil.rmtree(other, ignore_errors=True)
            shutil.copytree(ids, other, ignore=shutil.ignore_patterns("index"))
            result["whole"] = match(batch, other) | quality(other, table, entity)
        result["batches"].append(match(batch, ids))
    result["batches"][-1] |= quality(ids, table, entity)
    print(json.dumps(result, indent=1), flush=True)
    return result


def train(table: pa.Table, entity: NDArray[np.int64], model: Path) -> None:
    """Save a matcher that learned from labelled candidate pairs."""
    import matchloop
    from matchloop.active_learning.questions import LabelingSet
    from matchloop.matching.backends import prepare

    prepared = prepare(matchloop.read_records(table, key="id"))
    candidates = prepared.candidates
    chosen = np.linspace(0, len(candidates) - 1, LABELS).astype(np.int64)
    pairs = np.column_stack([candidates.left[chosen], candidates.right[chosen]])
    is_match = entity[pairs[:, 0]] == entity[pairs[:, 1]]
    given = [label for one in is_match for label in ("1", "1" if one else "2")]
    labels = LabelingSet(prepared.records, tuple(pairs)).answered(given)
    matchloop.Matcher().fit(prepared, labels).save(model)


def match(table: Path, ids: Path, *more: str) -> dict[str, float]:
    """Run ``matchloop match --identity`` and return what it took."""
    output = table.with_suffix(".out.parquet")
    command = [sys.executable, "-m", "matchloop", "match", str(table), "--key", "id"]
    command += ["--identity", str(ids), "-o", str(output), *more]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {status}")
    return {
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": used.ru_maxrss // 1024,
    }


def quality(ids: Path, table: pa.Table, entity: NDArray[np.int64]) -> dict[str, float]:
    """Return pairwise precision, recall and F1 of the groups of a folder."""
    import matchloop

    state = matchloop.Identity(ids).state
    number = {str(key): at for at, key in enumerate(table.column("id").to_pylist())}
    rows = np.array([number[key] for key in state.keys.to_pylist()])
    both = np.unique(np.column_stack((state.match_id, entity[rows])), axis=0, return_counts=True)[1]
    joined, true, right = (
        int((sizes * (sizes - 1) // 2).sum())
        for sizes in (np.bincount(state.match_id), np.bincount(entity[rows]), both)
    )
    precision, recall = right / joined, right / true
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
    }


if __name__ == "__main__":
    main()
