"""Run other systems on the same tables in the same run.

Each peer runs in a virtual environment of its own, through an adapter in ``peer_adapters``, in a
fresh process with a time limit and a memory limit. A peer that dies is reported as such.

    python benchmarks/peers.py --tables fake_1000,cora --peers splink,goldenmatch
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from judging import Quality, judge_pairs, judge_partition
from provenance import HERE, Results, provenance
from tables import PARTIAL, Table, load_table, names, table_from_parquet

#: What is installed for each peer; the versions are those that were tried together.
PINS = {
    "splink": ["splink==5.0.0", "duckdb==2.0.0", "pandas", "pyarrow"],
    "goldenmatch": ["goldenmatch==3.22.0", "polars<2", "scikit-learn", "pandas", "pyarrow"],
    "recordlinkage": ["recordlinkage==0.16", "pandas<3", "pyarrow"],
    # Newer BTrees lack a method that dedupe 3.0.3 calls.
    "dedupe": ["dedupe==3.0.3", "BTrees<6.2", "zope.index<7.1", "pandas", "pyarrow"],
}
#: Labels each peer asks for; the others need none.
LABELS = {"recordlinkage": 100, "dedupe": 100}


def main() -> None:
    """Run the chosen peers on the chosen tables, one at a time."""
    options = parse()
    results = Results(options.out, again=options.again)
    for name in chosen_tables(options.tables):
        for peer in options.peers.split(","):
            row = f"{name} {peer}"
            if results.has(row):
                continue
            python = environment(peer, options.cache)
            table = read_table(name, options)
            said = run_peer(peer, python, table, options)
            origin = provenance(seed=options.seed, peer_versions=peer_versions(python, peer))
            results.put(row, {"table": name, "peer": peer, **said, "provenance": origin})
            print(row, summary(said), flush=True)


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default="all", help="names, comma between them, or all")
    parser.add_argument("--parquet", type=Path, help="a Parquet file instead of a named table")
    parser.add_argument("--truth", default="ent", help="column of entities in the Parquet file")
    parser.add_argument("--peers", default=",".join(PINS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one run")
    parser.add_argument("--memory", type=float, default=10, help="GiB for one run")
    default = os.environ.get("MATCHLOOP_PEERS") or Path.home() / ".cache/matchloop-benchmarks/peers"
    parser.add_argument("--cache", type=Path, default=default, help="where environments are made")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "peers.json")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    options = parser.parse_args()
    if options.parquet:
        options.tables = options.parquet.stem
    return options


def chosen_tables(given: str) -> list[str]:
    """Return table names: those given, ``all``, or all tasks of a collection by its name."""
    if given != "all" and all("/" in name for name in given.split(",")):
        return given.split(",")
    known = names() if given == "all" or os.environ.get("MATCHLOOP_DATA") else []
    if given == "all":
        return [name for name in known if name not in PARTIAL]
    chosen = []
    for name in given.split(","):
        chosen += [each for each in known if each.startswith(f"{name}/")] or [name]
    return chosen


def read_table(name: str, options: argparse.Namespace) -> Table:
    """Return a named table, or the Parquet file of the options."""
    if options.parquet:
        return table_from_parquet(options.parquet, truth=options.truth)
    return load_table(name, seed=options.seed)


def environment(peer: str, cache: Path) -> Path:
    """Return the Python of a peer's environment, made and filled where it is not there yet."""
    place = Path(cache) / peer
    python, mark = place / "bin" / "python", place / ".ready"
    if not mark.exists():
        print(f"making an environment for {peer} in {place}", file=sys.stderr, flush=True)
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PINS[peer]], check=True)
        mark.touch()
    return python


def peer_versions(python: Path, peer: str) -> dict[str, str]:
    """Return the versions of what is pinned in a peer's environment."""
    wanted = [pin.split("=")[0].split("<")[0] for pin in PINS[peer]]
    code = "import sys, json; from importlib.metadata import version as v; "
    code += "print(json.dumps({n: v(n) for n in sys.argv[1:]}))"
    done = subprocess.run([python, "-c", code, *wanted], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def kinds_of(table: Table) -> dict[str, str]:
    """Return the kind of each column: from peer_kinds.json, else as the engine infers it."""
    known = json.loads((HERE / "peer_kinds.json").read_text())
    family = table.name.split("/")[0]
    if family not in known and set(known["persons"]) <= set(table.columns):
        family = "persons"
    if family in known:
        kinds = known[family] | (known["families"] if family == "persons" else {})
        return {c: kind for c, kind in kinds.items() if c in table.columns}
    return {column: str(kind) for column, kind in table.records().kinds.items()}


def run_peer(peer: str, python: Path, table: Table, options: argparse.Namespace) -> dict[str, Any]:
    """Run one peer on one table in a fresh process and judge what it wrote."""
    with tempfile.TemporaryDirectory(prefix="matchloop-peer-") as folder:
        plan = write_plan(Path(folder), peer, table, options.seed)
        adapter = HERE / "peer_adapters" / f"{peer}_peer.py"
        said = call([str(python), str(adapter), str(plan)], options.timeout, options.memory)
        said["quality"] = {}
        for path in sorted((Path(folder) / "out").glob("*.parquet")):
            said["quality"][path.stem] = asdict(judge(path, table))
    return said


def write_plan(folder: Path, peer: str, table: Table, seed: int) -> Path:
    """Write the table, the truth where the peer asks questions, and the plan; return the plan."""
    (folder / "out").mkdir()
    table.frame.to_parquet(folder / "table.parquet", index=False)
    plan: dict[str, Any] = {
        "name": table.name,
        "table": str(folder / "table.parquet"),
        "out": str(folder / "out"),
        "key": table.key,
        "source": table.source,
        "kinds": kinds_of(table),
        "seed": seed,
        "labels": LABELS.get(peer, 0),
        "truth": None,
    }
    if peer in LABELS:
        keys = table.frame[table.key].to_numpy()
        pairs = pd.DataFrame({"left": keys[table.truth[:, 0]], "right": keys[table.truth[:, 1]]})
        pairs.to_parquet(folder / "truth.parquet", index=False)
        plan["truth"] = str(folder / "truth.parquet")
    path = folder / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def call(command: list[str], timeout: float, memory: float) -> dict[str, Any]:
    """Run an adapter under its limits; return its own words, or how it died."""
    limit = int(memory * 2**30)
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore", "TQDM_DISABLE": "1"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=quiet,
        start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"died": f"stopped after {timeout:g} s"}
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    lines = output.splitlines()
    said = [line for line in lines if line.startswith("PEER ")]
    if process.returncode or not said:
        return {"died": f"exit {process.returncode}: {last_words(lines)}"}
    told: dict[str, Any] = json.loads(said[-1][5:])
    return told | {"process_seconds": round(time.perf_counter() - start, 2)}


def last_words(lines: list[str]) -> str:
    """Return the line that says best why a process died: its last error, or its last line."""
    errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
    return next(reversed(errors or [line for line in lines if line.strip()]), "")[:300]


def judge(path: Path, table: Table) -> Quality:
    """Score a partition (``key, cluster``) or pairs (``left, right``) that an adapter wrote."""
    found = pd.read_parquet(path)
    position = pd.Series(np.arange(len(table)), index=table.frame[table.key])
    asked = path.with_suffix(".asked.json")
    left_out = None
    if asked.exists():
        pairs = np.array(json.loads(asked.read_text())).reshape(-1, 2)
        left_out = np.column_stack([position[pairs[:, 0]], position[pairs[:, 1]]])
    if "cluster" in found:
        group = np.arange(len(table)) + len(found)
        group[position[found["key"]].to_numpy()] = pd.factorize(found["cluster"])[0]
        return judge_partition(group, table.truth, sources=table.sources, left_out=left_out)
    pairs = np.column_stack([position[found["left"]], position[found["right"]]])
    pairs = np.sort(pairs, axis=1)
    return judge_pairs(np.unique(pairs, axis=0), table.truth, left_out=left_out)


def summary(said: dict[str, Any]) -> str:
    """Return a result in a few words."""
    if "died" in said:
        return f"died: {said['died']}"
    parts = [f"{name} F1 {found['f1']:.4f}" for name, found in said["quality"].items()]
    return ", ".join([*parts, f"{said['seconds']:.1f} s, {said['peak_mib']} MiB"])


if __name__ == "__main__":
    main()
