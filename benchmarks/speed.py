"""Measure how fast and in how much memory a large table is matched with a trained model.

A model is trained on labels of a sample of 100,000 records. Then each run is a fresh process:
Parquet in, matches as Parquet out, wall and CPU seconds and peak memory stage by stage. ``first``
is a small table with an empty cache of compiled code: what the very first call costs. The large
runs come after it, warm. Growth of a stage from the smaller to the larger table is the exponent k
of CPU seconds ~ records ** k.

    python benchmarks/speed.py --rows 100000,1000000 --splink
    python benchmarks/speed.py --parquet persons1m.parquet --key id --truth ent
    python benchmarks/speed.py --rows 1000000 --families --paths model,none,labels --splink

``--paths`` also measures the run without labels, and the one that learns from 200 labelled rows.
``--memory 1GiB`` measures every run under that limit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from judging import judge_partition, recall_of_candidates
from persons import Population, make_persons
from provenance import HERE, Results, provenance
from tables import pairs_of_groups

SAMPLE = 100_000
#: Candidate pairs of the sample that get a label, spread evenly over them.
LABELS = 5_000
#: Labelled rows of the path ``labels``: pairs, half of them matches, the others alike in a column.
LABELLED_ROWS = 200
PATHS = {"none": "without labels", "labels": f"{LABELLED_ROWS} labelled rows"}
#: Persons of ``--families``: households of one address and surname, 14 columns.
FAMILIES = Population(households=0.6, columns=14)


def main() -> None:
    """Run all measurements that the command line asks for, or one of them as a child process."""
    if len(sys.argv) > 1 and sys.argv[1] == "--child":
        print("SPEED " + json.dumps(run_once(json.loads(sys.argv[2]))), flush=True)
        return
    options = parse()
    with tempfile.TemporaryDirectory(prefix="matchloop-speed-", dir=options.scratch) as folder:
        row = measure(options, Path(folder))
    results = Results(options.out, again=True)
    made = f"persons.py seed {options.seed}{' families' if options.families else ''}"
    source = options.parquet.name if options.parquet else made
    results.put(options.name or source, row | {"source": source})
    report(row)


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="100000,1000000", help="sizes, smallest first")
    parser.add_argument("--parquet", type=Path, help="use this file (and its first rows)")
    parser.add_argument("--key", default="id", help="its key column")
    parser.add_argument("--truth", default="ent", help="its column of entities")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--repeats", type=int, default=1, help="warm runs per size; the best counts"
    )
    parser.add_argument("--families", action="store_true", help="14 columns and households")
    parser.add_argument(
        "--paths", default="model", help="of model,none,labels: what to measure, the model always"
    )
    parser.add_argument("--memory", help="limit of every run, such as 1GiB")
    parser.add_argument("--splink", action="store_true", help="also Splink on the largest table")
    parser.add_argument("--scratch", type=Path, help="where to put tables while at work")
    parser.add_argument("--name", help="name of the row of results")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "speed.json")
    return parser.parse_args()


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Make the tables, train the model, time the runs, judge what came out."""
    sizes = [int(size) for size in options.rows.split(",")]
    if options.parquet:
        whole = pq.read_table(options.parquet)
        sizes = sorted({min(size, whole.num_rows) for size in sizes})
    population = FAMILIES if options.families else None
    made = {
        str(size): shrunk(whole, size, options.truth, 0)
        if options.parquet
        else make_persons(size, seed=options.seed, population=population)
        for size in {*sizes, 2_000}
    }
    made["sample"] = (
        shrunk(whole, SAMPLE, options.truth, 1)
        if options.parquet
        else make_persons(SAMPLE, seed=options.seed + 1, population=population)
    )
    tables = {}
    for name, table in made.items():
        tables[name] = table[options.truth].to_numpy()
        pq.write_table(table.drop_columns([options.truth]), folder / f"{name}.parquet")
    del made
    model = folder / "model.matchloop"
    trained = train(folder / "sample.parquet", tables["sample"], model, options)
    first = child(
        {"table": folder / "2000.parquet", "out": folder / "first.parquet"},
        model, options, cache=folder / "compiled",
    )  # fmt: skip
    child(
        {"table": folder / "2000.parquet", "out": folder / "first.parquet"}, model, options
    )  # fills the usual cache of compiled code
    runs = {}
    for size in sizes:
        plan = {"table": folder / f"{size}.parquet", "out": folder / "out.parquet"}
        tries = [child(plan, model, options) for _ in range(options.repeats)]
        best = min(tries, key=lambda run: run["seconds"])
        runs[str(size)] = best | quality(folder, tables[str(size)])
    paths: dict[str, dict[str, Any]] = {}
    for path in [name for name in options.paths.split(",") if name != "model"]:
        for size in sizes:
            plan = {"table": folder / f"{size}.parquet", "out": folder / "out.parquet"}
            if path == "labels":
                plan["labels"] = folder / "labels.csv"
                write_labels(plan["table"], tables[str(size)], plan["labels"], options.key)
            run = child(plan, model, options, path=path)
            found = quality(folder, tables[str(size)])
            paths.setdefault(path, {})[str(size)] = run | found
    row: dict[str, Any] = {"first": first, "runs": runs, "trained": trained}
    if paths:
        row["paths"] = paths
    row["growth"] = growth(runs, sizes)
    if options.splink:
        row["splink"] = splink(folder, sizes[-1], tables[str(sizes[-1])], options)
    return row | {"provenance": provenance(seed=options.seed)}


def shrunk(table: pa.Table, size: int, truth: str, seed: int) -> pa.Table:
    """Return ``size`` rows: all records of entities drawn at random, but for the last."""
    if size >= table.num_rows:
        return table
    entity = table[truth].to_numpy()
    rng = np.random.default_rng(seed)
    number = rng.permutation(int(entity.max()) + 1)[entity]
    return table.take(pa.array(np.sort(np.argsort(number, kind="stable")[:size])))


def train(
    table: Path, entity: np.ndarray[Any, Any], model: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Train on labels of the sample and save the model."""
    import matchloop
    from matchloop.active_learning.questions import LabelingSet
    from matchloop.matching.backends import prepare

    start = time.perf_counter()
    prepared = prepare(matchloop.read_records(table, key=options.key))
    candidates = prepared.candidates
    chosen = np.linspace(0, len(candidates) - 1, min(LABELS, len(candidates))).astype(np.int64)
    pairs = np.column_stack([candidates.left[chosen], candidates.right[chosen]])
    is_match = entity[pairs[:, 0]] == entity[pairs[:, 1]]
    given = [label for match in is_match for label in ("1", "1" if match else "2")]
    labels = LabelingSet(prepared.records, tuple(pairs)).answered(given)
    matchloop.Matcher(seed=options.seed).fit(prepared, labels).save(model)
    return {
        "labels": len(chosen),
        "label_matches": int(is_match.sum()),
        "seconds": round(time.perf_counter() - start, 2),
        "model_bytes": model.stat().st_size,
    }


def child(
    plan: dict[str, Path],
    model: Path,
    options: argparse.Namespace,
    cache: Path | None = None,
    path: str = "model",
) -> dict[str, Any]:
    """Run :func:`run_once` in a fresh process."""
    told = {name: str(value) for name, value in plan.items()}
    told |= {"model": str(model), "key": options.key, "path": path}
    if options.memory:
        told["memory"] = options.memory
    # as the command does; Arrow is imported before matchloop here
    environment = {"ARROW_DEFAULT_MEMORY_POOL": "system", **os.environ}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--child", json.dumps(told)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("SPEED ")]
    if done.returncode or not lines:
        raise SystemExit(f"the run on {plan['table']} died: {done.stderr[-2000:]}")
    run: dict[str, Any] = json.loads(lines[-1][6:])
    return run | {"process_seconds": round(time.perf_counter() - start, 2)}


def run_once(plan: dict[str, str]) -> dict[str, Any]:
    """Match one table in this process and time every stage."""
    clock = Clock()
    clock.at("import")
    import matchloop
    from matchloop.allocators import return_what_is_freed
    from matchloop.matching.matcher import Matcher

    return_what_is_freed()  # as the command does
    clock.at("read")
    records = matchloop.read_records(plan["table"], key=plan["key"], memory=plan.get("memory"))
    if plan["path"] == "model":
        clock.at("load model")
        matcher = Matcher.load(plan["model"])
    else:
        labels = (
            matchloop.read_labels(plan["labels"], key=plan["key"]) if "labels" in plan else None
        )
        matcher = Matcher().fit(records, labels, on_stage=lambda stage, _: clock.at(stage))
    clock.at("match")
    matches = matcher.find_matches(records, on_stage=lambda stage, _: clock.at(stage))
    clock.at("write")
    matchloop.write_table(matches.table(), plan["out"])
    clock.at("end")
    pairs = matches.scores.pairs
    np.save(plan["out"] + ".pairs.npy", np.column_stack([pairs.left, pairs.right]))
    stages = clock.stages()
    return {
        "records": len(records),
        "pairs": len(pairs),
        "stages": stages,
        "seconds": round(sum(stage["seconds"] for stage in stages.values()), 3),
        "cpu_seconds": round(sum(stage["cpu_seconds"] for stage in stages.values()), 3),
        "peak_mib": clock.peak,
    }


def write_labels(table: Path, entity: np.ndarray[Any, Any], out: Path, key: str) -> None:
    """Write labelled pairs as sets of two rows: true ones, and others alike in one column."""
    rng = np.random.default_rng(0)
    rows = pq.read_table(table)
    order = np.argsort(entity, kind="stable")
    twins = np.flatnonzero(np.diff(entity[order]) == 0)
    true = rng.choice(twins, LABELLED_ROWS // 4, replace=False)
    pairs = [(order[at], order[at + 1], True) for at in true]
    names = [name for name in rows.column_names if name != key]
    while len(pairs) < LABELLED_ROWS // 2:
        column = rows[names[rng.integers(len(names))]].combine_chunks().dictionary_encode()
        code = np.asarray(column.indices.fill_null(-1))
        one = int(rng.integers(len(code)))
        alike = np.flatnonzero((code == code[one]) & (entity != entity[one]))
        if code[one] >= 0 and len(alike):
            pairs.append((one, int(rng.choice(alike)), False))
    places = np.array([place for one, other, _ in pairs for place in (one, other)])
    sets = np.repeat(np.arange(len(pairs)), 2)
    labels = [word for *_, match in pairs for word in ("a", "a" if match else "b")]
    labelled = rows.take(pa.array(places))
    labelled = labelled.add_column(0, "label", pa.array(labels))
    labelled = labelled.add_column(0, "labeling_set_id", pa.array(sets))
    pv.write_csv(labelled, out)


class Clock:
    """Wall and CPU seconds and peak memory from one mark to the next."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, float, float, int]] = []

    def at(self, stage: str) -> None:
        """Say that a stage begins, or goes on."""
        if self.marks and self.marks[-1][0] == stage:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = used.ru_utime + used.ru_stime
        self.marks.append((stage, time.perf_counter(), cpu, peak_mib()))
        forget_peak()

    @property
    def peak(self) -> int:
        """Peak memory until the last mark, MiB."""
        return max(mark[3] for mark in self.marks)

    def stages(self) -> dict[str, dict[str, float]]:
        """Return seconds, CPU seconds and the peak of each stage, MiB."""
        told: dict[str, dict[str, float]] = {}
        for here, after in zip(self.marks, self.marks[1:], strict=False):
            stage = told.setdefault(here[0], {"seconds": 0.0, "cpu_seconds": 0.0, "peak_mib": 0})
            stage["seconds"] = round(stage["seconds"] + after[1] - here[1], 3)
            stage["cpu_seconds"] = round(stage["cpu_seconds"] + after[2] - here[2], 3)
            stage["peak_mib"] = max(stage["peak_mib"], after[3])
        return told


def peak_mib() -> int:
    """Return the most memory this process held, MiB; a parent's memory does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def forget_peak() -> None:
    """Let the peak begin anew, so that each stage shows its own; not everywhere possible."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def quality(folder: Path, entity: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Score what a run wrote."""
    group = pq.read_table(folder / "out.parquet", columns=["match_id"])["match_id"]
    group = np.asarray(pc.cast(group, pa.int64()))
    truth = pairs_of_groups(entity.astype(np.int64))
    found = judge_partition(group, truth)
    pairs = np.load(folder / "out.parquet.pairs.npy")
    recall = recall_of_candidates(pairs[:, 0], pairs[:, 1], truth)
    return {"quality": asdict(found) | {"blocking_recall": recall}}


def growth(runs: dict[str, Any], sizes: list[int]) -> dict[str, float]:
    """Return the exponent of each stage's CPU seconds from the smallest to the largest table."""
    if len(sizes) < 2:
        return {}
    small, large = runs[str(sizes[0])], runs[str(sizes[-1])]
    told = {}
    for stage, at_large in large["stages"].items():
        at_small = small["stages"].get(stage, {}).get("cpu_seconds", 0)
        if at_small > 0.01 and at_large["cpu_seconds"] > 0.01:
            ratio = at_large["cpu_seconds"] / at_small
            told[stage] = round(math.log(ratio) / math.log(sizes[-1] / sizes[0]), 2)
    return told


def splink(
    folder: Path, size: int, entity: np.ndarray[Any, Any], options: argparse.Namespace
) -> dict[str, Any]:
    """Run Splink on the same table, on the same machine, right after."""
    from peers import environment, run_peer
    from tables import table_from_parquet

    table = pq.read_table(folder / f"{size}.parquet")
    pq.write_table(table.append_column("ent", pa.array(entity)), folder / "persons.parquet")
    default = os.environ.get("MATCHLOOP_PEERS") or Path.home() / ".cache/matchloop-benchmarks/peers"
    limits = argparse.Namespace(seed=options.seed, timeout=900, memory=12)
    held = table_from_parquet(folder / "persons.parquet", truth="ent", drop=(options.key,))
    return run_peer("splink", environment("splink", Path(default)), held, limits)


def report(row: dict[str, Any]) -> None:
    """Print the runs."""
    first = row["first"]
    print(
        f"first call, 2,000 records, nothing compiled: {first['seconds']:.1f} s, "
        f"{first['cpu_seconds']:.1f} s CPU"
    )
    runs = [(size, "saved model", run) for size, run in row["runs"].items()]
    for path, of_path in row.get("paths", {}).items():
        runs += [(size, PATHS[path], run) for size, run in of_path.items()]
    for size, path, run in runs:
        found = run["quality"]
        print(
            f"{int(size):,} records, {path}: "
            f"{run['seconds']:.1f} s wall, {run['cpu_seconds']:.1f} s CPU, "
            f"{run['peak_mib']:,} MiB, {run['pairs']:,} pairs, F1 {found['f1']:.4f} "
            f"(P {found['precision']:.4f} R {found['recall']:.4f}), "
            f"blocking recall {found['blocking_recall']:.4f}"
        )
        for stage, told in run["stages"].items():
            grew = row["growth"].get(stage, "")
            print(
                f"   {stage:20} {told['seconds']:8.2f} s {told['cpu_seconds']:8.2f} s CPU "
                f"{told['peak_mib']:6} MiB  {grew}"
            )
    if "splink" in row:
        print("Splink:", json.dumps(row["splink"]))


if __name__ == "__main__":
    main()
