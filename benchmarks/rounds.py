"""Measure what one round of labelling costs: learn, score every candidate, choose 20 pairs.

Processor seconds on one core, so that other work on the machine matters little. What needs no label
(comparing, the guess) is made once a table, before the first round, and left out.

    export NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1
    python benchmarks/rounds.py --tables chicago_early_childhood,abt_buy
    python benchmarks/rounds.py --tables cora --strategies margin --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import time

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.strategies import BUILTIN
from matchloop.lab.simulation import Task, TruthOracle
from tables import load_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", required=True, help="names, comma between")
    parser.add_argument("--strategies", default=",".join(sorted(BUILTIN)))
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    print("| table | candidates | strategy | median round | slowest | all rounds |")
    print("|---|---|---|---|---|---|")
    for name in options.tables.split(","):
        table = load_table(name)
        task = Task.of(name, table.records(), entities(table.truth, len(table)))
        candidates = len(task.prepared.candidates)
        play(task, "margin", 2)  # makes, and compiles, what is made once
        for strategy in options.strategies.split(","):
            rounds = play(task, strategy, options.rounds)
            told = f"{statistics.median(rounds):.2f} | {max(rounds):.2f} | {sum(rounds):.1f}"
            print(f"| {name} | {candidates:,} | {strategy} | {told} |", flush=True)


def play(task: Task, strategy: str, rounds: int) -> list[float]:
    """Return the seconds of each round that had labels."""
    oracle = TruthOracle(task.entities)
    loop = LabelingLoop(task.prepared, strategy=strategy)
    asked = loop.ask(sets=20, rows=2)
    seconds = []
    for _ in range(rounds):
        answers = oracle.answer(asked)
        began = time.process_time()
        loop.learn(answers)
        asked = loop.ask(sets=20, rows=2)
        seconds.append(time.process_time() - began)
    return seconds


if __name__ == "__main__":
    main()
