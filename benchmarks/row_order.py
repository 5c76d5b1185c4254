"""Count the rows of a set that "same as the row above" or "a new group" answer alone.

Draws sets as `matchloop ask` does, after some rounds of true answers, and puts the rows of each in
three orders: by match probability (each row after the one it most likely matches), by the text of
the rows (as people see them), and shuffled. A person answers in the order shown. A row needs no
more than these two answers where it belongs to the group of the row above, or to none yet; any
other has to be given the letter of an earlier group. The first row needs no answer.

    python benchmarks/row_order.py
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import by_likeness
from matchloop.data.pairs import Scores, pair_ids
from matchloop.lab.simulation import Task
from matchloop.matching.matcher import Matcher
from provenance import HERE, Results, provenance
from tables import load_table

ORDERS = ("probability", "text", "shuffled")
TABLES = "febrl3,abt_buy,cora,fake_1000,imdb_tmdb,dblp_acm"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES, help="names, comma between")
    parser.add_argument("--sets", type=int, default=25, help="of each table, five a round")
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="measure anew what is there")
    options = parser.parse_args()
    results = Results(HERE / "results" / "row_order.json", again=options.again)
    for name in options.tables.split(","):
        if not results.has(name):
            found = measure(name, options.sets, options.rows, options.seed)
            origin = provenance(seed=options.seed, sets=options.sets, rows=options.rows)
            results.put(name, {**found, **origin})
        print(name, {key: results.rows[name][key] for key in ("answers", *ORDERS, "order_ms")})


def measure(name: str, sets: int, rows: int, seed: int) -> dict[str, Any]:
    table = load_table(name)
    task = Task.of(name, table.records(), entities(table.truth, len(table)))
    loop = LabelingLoop(task.prepared, seed=seed, matcher=Matcher(seed=seed))
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(ORDERS, 0)
    answers, drawn, spent = 0, 0, []
    while drawn < sets:
        scores = loop.scores
        asked = loop.ask(sets=min(5, sets - drawn), rows=rows)
        if not asked.sets:
            break
        for one in asked.sets:
            began = time.process_time()
            by_likeness(task.records, one)
            spent.append(time.process_time() - began)
            orders = (by_probability(scores, one), one, rng.permutation(one))
            for order, shown in zip(ORDERS, orders, strict=True):
                counts[order] += by_two_answers(task.entities[shown])
            answers += len(one) - 1
        drawn += len(asked.sets)
        loop.learn(asked.answered([str(task.entities[row]) for row in asked.positions.tolist()]))
    return {"answers": answers, **counts, "order_ms": 1_000 * float(np.median(spent))}


def by_two_answers(groups: NDArray[np.integer]) -> int:
    """Count the rows after the first that join the row above or begin a group."""
    known = {groups[0]}
    count = 0
    for before, group in zip(groups[:-1], groups[1:], strict=True):
        count += group == before or group not in known
        known.add(group)
    return int(count)


def by_probability(scores: Scores, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Order rows so that each stands after the one it most likely matches."""
    one, other = np.triu_indices(len(rows), 1)
    ids, known = pair_ids(rows[one], rows[other]), scores.pairs.ids()
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    likely = np.full((len(rows), len(rows)), -1.0)
    likely[one, other] = np.where(known[at] == ids, scores.probability[at], -1.0)
    likely = np.maximum(likely, likely.T)
    ordered, left = [0], list(range(1, len(rows)))
    while left:
        # the likeliest partner of any row placed; of equals the partner of the last row
        ties = likely[np.ix_(ordered, left)].max(axis=0) + 1e-3 * likely[ordered[-1], left]
        following = left[int(np.argmax(ties))]
        ordered.append(following)
        left.remove(following)
    return rows[ordered]


if __name__ == "__main__":
    main()
