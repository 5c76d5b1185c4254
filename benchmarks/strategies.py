"""Compare labelling strategies on the benchmark tables: the shipped grid of the laboratory.

    python benchmarks/strategies.py --jobs 2 -o runs/strategies
    python benchmarks/strategies.py --tables abt_buy --strategies margin,random -o runs/try
    matchloop lab compare runs/strategies
    matchloop lab report runs/strategies -o strategies.html

Parts of the grid: ``strategies`` (every strategy, no errors), and with the default strategy
``starts``, ``noise`` (oracles that err in 5, 10 and 20 % of the answers) and ``sets`` (sets of ten
rows beside pairs). A finished run is
not played again.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from judging import entities
from matchloop.active_learning.strategies import BUILTIN
from matchloop.lab.simulation import Grid, Named, Results, TableSource, Task, run_grid
from tables import load_table

#: Four tables that choices were made on, and six that none was.
TABLES = {
    "abt_buy": "tuned on",
    "cora": "tuned on",
    "febrl3": "tuned on",
    "restaurants_oaei": "tuned on",
    "amazon_google": "reported",
    "census841": "reported",
    "chicago_early_childhood": "reported",
    "dblp_acm": "reported",
    "fodors_zagats": "reported",
    "rldata500": "tuned on",
}


MARGIN = (Named("margin"),)


def load(name: str) -> Task:
    table = load_table(name)
    return Task.of(name, table.records(), entities(table.truth, len(table)))


def parts(options: argparse.Namespace) -> dict[str, Grid]:
    strategies = tuple(Named(name) for name in options.strategies.split(","))
    whole = Grid(
        "strategies",
        tuple(TableSource(name, name, "id", "gold.csv") for name in options.tables.split(",")),
        strategies,
        seeds=options.seeds,
        rounds=options.rounds,
    )
    wrong = tuple(Named("uniform", {"rate": float(rate)}) for rate in options.noise.split(","))
    starts = tuple(options.starts.split(","))
    return {
        "strategies": whole,
        "starts": replace(whole, name="starts", strategies=MARGIN, starts=starts),
        "noise": replace(whole, name="noise", strategies=MARGIN, oracles=wrong),
        "sets": replace(whole, name="sets", strategies=MARGIN, questions=((10, 2),)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TABLES), help="names, comma between")
    parser.add_argument("--strategies", default=",".join(sorted(BUILTIN)))
    parser.add_argument("--parts", default="strategies,starts,noise,sets")
    parser.add_argument("--starts", default="random,stratified,top_bottom")
    parser.add_argument("--noise", default="0.05,0.1,0.2")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    grids = parts(options)
    for name in options.parts.split(","):
        began = time.perf_counter()
        played = run_grid(grids[name], Results(options.output), jobs=options.jobs, loader=load)
        print(f"{name}: {played} runs in {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
