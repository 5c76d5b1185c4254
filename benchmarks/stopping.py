"""Measure when to stop labelling: rules judged by their regret, forecasts by what came.

``play`` plays runs without errors and stores, for each round, what a stopping rule may see beside
the true F1; ``judge`` replays rules over what is stored. Regret of a rule is the labels spent after
F1 stayed for good above 95 % of that of a model that learned every label, and the F1 by which
stopping earlier fell short of that mark.

    python benchmarks/stopping.py play --tables abt_buy,cora --seeds 5 -o runs/stopping.jsonl
    python benchmarks/stopping.py judge runs/stopping.jsonl
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.stopping import (
    Checkpoint,
    Combined,
    MeanDoubt,
    Plateau,
    Progress,
    StoppingRule,
    WorstDoubt,
    forecast,
)
from matchloop.lab.simulation import Task, split_by_entity
from matchloop.lab.simulation.judging import judge
from matchloop.lab.simulation.playing import learn_everything
from matchloop.matching.matcher import Matcher
from tables import load_table

SHARE = 0.3


def play(name: str, seed: int, *, rounds: int, rows: int, sets: int, task: Task) -> dict[str, Any]:
    split = split_by_entity(task, share=SHARE, seed=seed)
    most = learn_everything(task, matcher=Matcher(), test_share=SHARE, seed=seed).row["f1"]
    loop = LabelingLoop(
        task.prepared, seed=seed, matcher=Matcher(seed=seed), askable=~split.held_out
    )
    played = []
    for _ in range(rounds):
        asked = loop.ask(sets=sets, rows=rows)
        if not asked.sets:
            break
        loop.learn(asked.answered([str(task.entities[row]) for row in asked.positions.tolist()]))
        outlook = loop.outlook(look_back=1)
        f1 = judge(task, split, loop.match())["f1"]
        played.append({"f1": f1, **asdict(outlook.checkpoints[-1])})
    return {
        "table": name, "seed": seed, "rows": rows, "sets": sets, "most": most, "rounds": played,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    playing = commands.add_parser("play")
    playing.add_argument("--tables", required=True, help="names, comma between")
    playing.add_argument("--seeds", type=int, default=5)
    playing.add_argument("--rounds", type=int, default=20)
    playing.add_argument("--rows", type=int, default=2)
    playing.add_argument("--sets", type=int, default=20)
    playing.add_argument("-o", "--output", type=Path, required=True)
    judging = commands.add_parser("judge")
    judging.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "judge":
        runs = [json.loads(line) for file in options.files for line in file.open()]
        tell_regret(runs)
        tell_forecast(runs)
        return
    for name in options.tables.split(","):
        table = load_table(name)
        task = Task.of(name, table.records(), entities(table.truth, len(table)))
        for seed in range(options.seeds):
            run = play(
                name, seed, rounds=options.rounds, rows=options.rows, sets=options.sets, task=task
            )
            with options.output.open("a") as file:
                file.write(json.dumps(run) + "\n")
            print(name, seed, f"{run['rounds'][-1]['f1']:.3f} of {run['most']:.3f}", flush=True)


def candidates() -> dict[str, StoppingRule]:
    """Return the rules that are compared."""
    rules: dict[str, StoppingRule] = {
        f"plateau {at} x {times}": Plateau(at, times)
        for at in (0.97, 0.98, 0.99, 0.995)
        for times in (1, 2, 3)
    }
    rules |= {f"mean doubt {below}": MeanDoubt(below) for below in (0.05, 0.1, 0.2, 0.3)}
    rules |= {f"worst doubt {below}": WorstDoubt(below) for below in (0.1, 0.2, 0.3)}
    return rules | {"combined (default)": Combined()}


def stop_of(run: dict[str, Any], rule: StoppingRule) -> int | None:
    """Return the number of the round after which a rule stops a run; None if it never does."""
    known = [checkpoint_of(one) for one in run["rounds"]]
    for number in range(len(known)):
        if rule.verdict(Progress(tuple(known[: number + 1]))).stop:
            return number
    return None


def checkpoint_of(row: dict[str, Any]) -> Checkpoint:
    return Checkpoint(**{name: row[name] for name in Checkpoint.__dataclass_fields__})


def regret(run: dict[str, Any], rule: StoppingRule) -> tuple[float, float, bool, float]:
    """Return labels too many, F1 too little, whether it stopped, and the labels spent."""
    rows = run["rounds"]
    mark = 0.95 * run["most"]
    below = [number for number, row in enumerate(rows) if row["f1"] < mark]
    stable = below[-1] + 1 if below else 0  # len(rows) where F1 never stayed above the mark
    stopped = stop_of(run, rule)
    at = len(rows) - 1 if stopped is None else stopped
    per_row = 1 if run["rows"] > 2 else 0.5  # a pair is one label
    late = (rows[at]["labels"] - rows[stable]["labels"]) * per_row if stable < at else 0.0
    early = max(0.0, mark - rows[at]["f1"])
    return late, early, stopped is not None, rows[at]["labels"] * per_row


def tell_regret(runs: list[dict[str, Any]]) -> None:
    print(f"{len(runs)} runs of {len({run['table'] for run in runs})} tables")
    print("| rule | stopped | labels spent | too many | F1 short, mean | worst | worst table |")
    print("|---|---|---|---|---|---|---|")
    for name, rule in candidates().items():
        found = [(run["table"], *regret(run, rule)) for run in runs]
        by_table = defaultdict(list)
        for table, _, early, *_ in found:
            by_table[table].append(early)
        worst = max(by_table, key=lambda table: statistics.mean(by_table[table]))
        mean = [statistics.mean(float(one[place]) for one in found) for place in range(1, 5)]
        print(
            f"| {name} | {mean[2]:.0%} | {mean[3]:.0f} | {mean[0]:.0f} | {mean[1]:.4f} | "
            f"{max(one[2] for one in found):.3f} | "
            f"{worst} {statistics.mean(by_table[worst]):.3f} |"
        )


def tell_forecast(runs: list[dict[str, Any]]) -> None:
    """Tell how often the change was inside its interval, and F1 moved less than the change."""
    ratios, inside, moved = [], [], []
    for run in runs:
        known = [checkpoint_of(one) for one in run["rounds"]]
        for number in range(2, len(known)):
            told = forecast(known[:number], known[number].labels - known[number - 1].labels)
            if told is None:
                continue
            came = 1 - known[number].agreement
            slack = 1 / max(known[number].predicted, 1)  # one pair more or less is no error
            inside.append(told.low - slack <= came <= told.high + slack)
            if told.expected > 0:
                ratios.append(came / told.expected)
            moved.append(
                (told.expected, run["rounds"][number]["f1"] - run["rounds"][number - 1]["f1"], came)
            )
    ratios.sort()
    deciles = [ratios[int(share * (len(ratios) - 1))] for share in (0.1, 0.25, 0.5, 0.75, 0.9)]
    print(f"\n{len(inside)} forecasts: inside the interval {statistics.mean(inside):.0%}")
    print("change over expected change, deciles 1, 2.5, 5, 7.5, 9:", [f"{d:.2f}" for d in deciles])
    over = sum(abs(gain) > came + 1e-9 for _, gain, came in moved)
    print(f"F1 moved by more than the predicted pairs changed in {over} of {len(moved)} rounds")
    moved.sort()
    for part in range(5):
        some = moved[part * len(moved) // 5 : (part + 1) * len(moved) // 5]
        if some:
            expected = statistics.mean(one[0] for one in some)
            gains = sorted(one[1] for one in some)
            print(
                f"expected change {expected:.4f}: F1 gained {statistics.mean(gains):+.4f}, "
                f"four of five between {gains[len(gains) // 10]:+.4f} "
                f"and {gains[-1 - len(gains) // 10]:+.4f}"
            )


if __name__ == "__main__":
    main()
