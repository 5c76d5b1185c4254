"""Compare the cost of the Spark engine with that of the local one: CPU seconds and memory.

    python benchmarks/spark_cost.py --rows 100000,1000000
    python benchmarks/spark_cost.py --rows 300000 --families --master 'local-cluster[2,1,2048]'

Made persons (see ``persons.py``) and a model trained on labels of a sample. ``matchloop match``
runs once per engine and size, each time as a process, and both must write the same bytes. CPU
seconds are those of the process and all that it starts, Java and Python workers included; they are
read from /proc a few times a second, so this needs Linux. Memory is the highest RSS of a process
of each kind.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from persons import make_persons
from provenance import HERE, Results, provenance
from speed import FAMILIES, train

SAMPLE = 20_000
LOOK_S = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="100000,1000000", help="sizes, smallest first")
    parser.add_argument("--families", action="store_true", help="14 columns and households")
    parser.add_argument("--master", default="local[2]", help="Spark's master")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", type=Path, help="where to put tables while at work")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "spark_cost.json")
    options = parser.parse_args()
    results = Results(options.out, again=True)
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="matchloop-spark-") as folder:
        make(Path(folder), SAMPLE, options, seed=options.seed + 1)
        for size in map(int, options.rows.split(",")):
            name = f"{size}{' families' if options.families else ''}, {options.master}"
            row = measure(Path(folder), size, options)
            results.put(name, row | provenance(seed=options.seed))
            print(name, row, flush=True)


def make(folder: Path, size: int, options: argparse.Namespace, *, seed: int) -> Path:
    """Write persons; of the sample, a model too."""
    population = FAMILIES if options.families else None
    persons = make_persons(size, seed=seed, population=population)
    path = folder / f"{size}-{seed}.parquet"
    pq.write_table(persons.drop_columns(["ent"]), path)
    if seed != options.seed:
        known = argparse.Namespace(key="id", seed=options.seed)
        train(path, persons["ent"].to_numpy(), folder / "persons.model", known)
    return path


def measure(folder: Path, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """Match one table with both engines."""
    table = make(folder, size, options, seed=options.seed)
    engines = {"local": (), "spark": ("--engine", "spark", "--master", options.master)}
    row: dict[str, Any] = {}
    written = []
    for engine, words in engines.items():
        out = folder / f"{engine}.parquet"
        command = ["match", str(table), "--key", "id", "--model", str(folder / "persons.model")]
        used = Usage.of([sys.executable, "-m", "matchloop", *command, "-o", str(out), *words])
        row[engine] = used.figures()
        written.append(out.read_bytes())
    if written[0] != written[1]:
        raise SystemExit(f"{size} rows: the engines wrote different bytes")
    return row


@dataclass
class Usage:
    """What the processes of a command used: by process id, seconds and MiB."""

    seconds: float = 0.0
    cpu: dict[int, float] = field(default_factory=dict)
    kind: dict[int, str] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, command: list[str]) -> Usage:
        """Run a command and watch it and its descendants."""
        used, start = cls(), time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            used.look(process.pid)
            time.sleep(LOOK_S)
        used.seconds = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        return used

    def look(self, root: int) -> None:
        """Read the processes below a root, and the root."""
        seen: dict[int, tuple[int, str, float, float]] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = entry.read_text().rpartition(") ")
            except OSError:  # ended meanwhile
                continue
            part = rest.split()
            cpu = (int(part[11]) + int(part[12])) / TICKS
            kind = name.partition(" (")[2]
            seen[int(entry.parent.name)] = (int(part[1]), kind, cpu, int(part[21]) * PAGE_MIB)
        below = {root}
        while more := {pid for pid, of in seen.items() if of[0] in below} - below:
            below |= more
        for pid in below & seen.keys():
            _, kind, cpu, mib = seen[pid]
            self.kind[pid] = "driver" if pid == root else "java" if kind == "java" else "worker"
            self.cpu[pid] = max(cpu, self.cpu.get(pid, 0.0))
            self.memory[pid] = max(mib, self.memory.get(pid, 0.0))

    def figures(self) -> dict[str, Any]:
        """Return seconds, CPU seconds by kind of process, and the largest process of each kind."""
        kinds = sorted(set(self.kind.values()))
        of = {name: [pid for pid, kind in self.kind.items() if kind == name] for name in kinds}
        return {
            "seconds": round(self.seconds, 1),
            "cpu_seconds": round(sum(self.cpu.values()), 1),
            "cpu_seconds_of": {
                name: round(sum(self.cpu[pid] for pid in pids), 1) for name, pids in of.items()
            },
            "peak_mib_of": {
                name: round(max(self.memory[pid] for pid in pids)) for name, pids in of.items()
            },
        }


if __name__ == "__main__":
    main()
