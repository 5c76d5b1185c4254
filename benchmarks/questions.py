"""Look at the sets of rows that are asked, and at what showing rows again costs.

Plays runs of sets without errors, once per overlap, and tells for the rounds after the first: the
share of sets that hold three to five entities (expected by the model, and in truth), an expected
match and non-match, the share of rows that were labelled before, pairs of equal records; and the
F1 on held-out records after each round. Runs of one seed share the held-out records.

    python benchmarks/questions.py --tables abt_buy,rldata500 --seeds 5 --overlap 0,0.1
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import twins_of
from matchloop.data.pairs import Scores, pair_ids
from matchloop.lab.simulation import Task, split_by_entity
from matchloop.lab.simulation.judging import judge
from matchloop.matching.matcher import Matcher
from tables import load_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", required=True, help="names, comma between")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--sets", type=int, default=2)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--overlap", default="0,0.1", help="shares, comma between")
    parser.add_argument("-o", "--output", type=Path, help="JSON lines, one per run")
    options = parser.parse_args()
    shares = [float(share) for share in options.overlap.split(",")]
    for name in options.tables.split(","):
        table = load_table(name)
        task = Task.of(name, table.records(), entities(table.truth, len(table)))
        runs = []
        for seed in range(options.seeds):
            for share in shares:
                run = play(task, seed, share, options.rounds, options.sets, options.rows)
                runs.append(run)
                if options.output:
                    with options.output.open("a") as file:
                        file.write(json.dumps(run) + "\n")
        tell(name, runs, shares)


def play(
    task: Task, seed: int, overlap: float, rounds: int, sets: int, rows: int
) -> dict[str, Any]:
    split = split_by_entity(task, share=0.3, seed=seed)
    loop = LabelingLoop(
        task.prepared, seed=seed, matcher=Matcher(seed=seed), askable=~split.held_out
    )
    twins = twins_of(task.records)
    seen: set[int] = set()
    f1, looks, labels = [], [], []
    for number in range(rounds):
        before = loop.scores
        asked = loop.ask(sets=sets, rows=rows, overlap=overlap)
        if not asked.sets:
            break
        if number:
            looks += [look(one, before, task, twins, seen) for one in asked.sets]
        seen |= set(asked.positions.tolist())
        loop.learn(asked.answered([str(task.entities[row]) for row in asked.positions.tolist()]))
        labels.append(0 if loop.labels is None else len(loop.labels))
        f1.append(judge(task, split, loop.match())["f1"])
    return {
        "table": task.name,
        "seed": seed,
        "overlap": overlap,
        "f1": f1,
        "rows": labels,
        "sets": looks,
    }


def look(
    rows: NDArray[np.int32],
    scores: Scores,
    task: Task,
    twins: NDArray[np.int64],
    seen: set[int],
) -> dict[str, Any]:
    one, other = np.triu_indices(len(rows), 1)
    ids, known = pair_ids(rows[one], rows[other]), scores.pairs.ids()
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    likely = (known[at] == ids) & (scores.probability[at] >= 0.5)
    links = coo_array((likely[likely], (one[likely], other[likely])), shape=(len(rows),) * 2)
    entity = task.entities[rows]
    sources = task.records.sources
    counted = np.ones(len(one), np.bool_)
    if sources is not None:
        counted = sources[rows[one]] != sources[rows[other]]
    same = entity[one] == entity[other]
    return {
        "rows": len(rows),
        "expected": int(connected_components(links, directed=False)[0]),
        "true": len(set(entity.tolist())),
        "expects_both": bool((likely & counted).any() and (~likely & counted).any()),
        "holds_both": bool((same & counted).any() and (~same & counted).any()),
        "again": sum(row in seen for row in rows.tolist()),
        "equal": int((twins[rows[one]] == twins[rows[other]]).sum()),
    }


def tell(name: str, runs: list[dict[str, Any]], shares: list[float]) -> None:
    last = defaultdict(list)
    for share in shares:
        mine = [run for run in runs if run["overlap"] == share]
        sets = [one for run in mine for one in run["sets"]]
        if not sets:
            print(f"{name}: nothing was left to ask after the first round")
            continue
        rounds = min(len(run["f1"]) for run in mine)
        last[share] = [statistics.mean(run["f1"]) for run in mine]
        curve = [statistics.mean(run["f1"][number] for run in mine) for number in range(rounds)]
        whole = statistics.mean(3 <= one["expected"] <= 5 for one in sets)
        print(
            f"{name} overlap {share:g}: three to five entities expected {whole:.0%}, true "
            f"{statistics.mean(3 <= one['true'] <= 5 for one in sets):.0%} (mean "
            f"{statistics.mean(one['expected'] for one in sets):.1f}, "
            f"{statistics.mean(one['true'] for one in sets):.1f}); both answers expected "
            f"{statistics.mean(one['expects_both'] for one in sets):.0%}, held "
            f"{statistics.mean(one['holds_both'] for one in sets):.0%}; shown before "
            f"{sum(one['again'] for one in sets) / sum(one['rows'] for one in sets):.1%}; "
            f"{statistics.mean(one['rows'] for one in sets):.1f} rows, "
            f"equal pairs {statistics.mean(one['equal'] for one in sets):.2f} a set; F1 "
            + " ".join(f"{value:.3f}" for value in curve),
            flush=True,
        )
    if len(shares) == 2 and last[shares[0]] and last[shares[1]]:
        cost = [b - a for a, b in zip(last[shares[0]], last[shares[1]], strict=True)]
        print(f"{name}: mean F1 of a run {statistics.mean(cost):+.4f}, by seed",
              [f"{one:+.3f}" for one in cost], flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
