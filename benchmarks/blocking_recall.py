"""Measure what blocking keeps of the true pairs, and how many candidates it takes for that.

One line of JSON per table: candidates per record, recall of the true pairs (of all rules and of
each), CPU seconds, and where the figure comes from. Made-up persons of ``persons.py`` are tables,
too: ``persons/100000``. In ``persons_in_parts/100000`` the date of birth stands in three columns,
and there is neither phone nor e-mail: no column is rare alone.

    python benchmarks/blocking_recall.py > before.jsonl
    python benchmarks/blocking_recall.py ons_census_cis persons/2000 --effort 0.5
    python benchmarks/blocking_recall.py --against before.jsonl > after.jsonl
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from judging import recall_of_candidates
from matchloop import read_records
from matchloop.data.records import Records
from matchloop.data.views import Views
from matchloop.matching.blocking import block
from persons import make_persons
from provenance import provenance
from tables import PARTIAL, load_table, names, pairs_of_groups

#: Tables of made-up persons.
MADE = ("persons", "persons_in_parts")
#: Sizes of the tables of made-up persons that are measured unless tables are named.
PERSONS = (2_000, 20_000, 100_000)


def main() -> None:
    """Measure the tables that the command line names, or all of them."""
    options = parse()
    if not options.tables:
        options.tables = [name for name in names() if name not in PARTIAL]
        options.tables += [f"{kind}/{size}" for kind in MADE for size in PERSONS]
    before = read_rows(options.against) if options.against else {}
    origin = provenance(seed=options.seed, effort=options.effort)
    for name in options.tables:
        row = measure(name, options.seed, options.effort)
        print(json.dumps(row | origin), flush=True)
        print(line_of(row, before.get(name)), file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", help="names of tables, or persons/ROWS; all of them")
    parser.add_argument("--effort", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", type=Path, help="an earlier run, shown beside")
    return parser.parse_args()


def measure(name: str, seed: int, effort: float) -> dict[str, Any]:
    """Block one table and compare its candidates with the truth."""
    records, truth = load(name, seed)
    views = Views(records)
    start = time.process_time()
    pairs = block(views, effort=effort)
    seconds = time.process_time() - start
    ids = (truth[:, 0] << 32) | truth[:, 1]
    kept = pairs.rules[np.isin(pairs.ids(), ids)]
    by_rule = {
        rule: round(float((kept >> np.uint32(bit) & np.uint32(1)).sum() / max(1, len(truth))), 4)
        for bit, rule in enumerate(pairs.rule_names)
    }
    return {
        "table": name,
        "records": len(records),
        "true_pairs": len(truth),
        "candidates": len(pairs),
        "per_record": round(len(pairs) / max(1, len(records)), 3),
        "recall": round(recall_of_candidates(pairs.left, pairs.right, truth), 4),
        "by_rule": by_rule,
        "cpu_s": round(seconds, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def load(name: str, seed: int) -> tuple[Records, np.ndarray[Any, np.dtype[np.int64]]]:
    """Return a table as the engine reads it, and its true pairs."""
    kind, _, size = name.partition("/")
    if kind not in MADE:
        table = load_table(name, seed=seed)
        return table.records(), table.truth
    made = make_persons(int(size), seed=seed)
    if kind == "persons_in_parts":
        for part, (first, last) in {"year": (0, 4), "month": (4, 6), "day": (6, 8)}.items():
            made = made.append_column(part, pc.utf8_slice_codeunits(made["dob"], first, last))
        made = made.drop_columns(["dob", "phone", "email"])
    truth = pairs_of_groups(made["ent"].to_numpy().astype(np.int64))
    return read_records(made.drop_columns(["ent"]), key="id"), truth


def read_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of an earlier run by table."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["table"]: row for row in rows}


def line_of(row: dict[str, Any], before: dict[str, Any] | None) -> str:
    """Return a row for the eye, with the earlier one beside."""
    text = f"{row['table']:<38} {row['recall']:.4f} at {row['per_record']:7.3f}"
    if before:
        text += f"  ({row['recall'] - before['recall']:+.4f}"
        text += f", x {row['per_record'] / max(1e-9, before['per_record']):.2f})"
    return f"{text}  {row['cpu_s']:.1f} s"


if __name__ == "__main__":
    main()
