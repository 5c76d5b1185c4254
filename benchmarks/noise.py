"""Tell what wrong answers cost the default strategy, from the runs of the shipped grid.

For each table and share of wrong answers: F1 on held-out records, as a share of what the same
seeds reach with right answers, and whether it ends below F1 without any label.

    python benchmarks/strategies.py --parts strategies,noise --strategies margin -o runs/strategies
    python benchmarks/noise.py runs/strategies -o benchmarks/results/noise.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matchloop.lab.simulation import read_rounds

LABELS = 200
DRAWS = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path)
    parser.add_argument("--labels", type=int, default=LABELS)
    parser.add_argument("-o", "--output", type=Path, help="JSON")
    options = parser.parse_args()
    found = cells(read_rounds([options.runs]).to_pandas(), options.labels)
    if options.output:
        options.output.write_text(json.dumps(found, indent=1) + "\n")
    tell(found)


def cells(rounds: pd.DataFrame, labels: int) -> list[dict[str, Any]]:
    of = rounds[(rounds.strategy == "margin") & (rounds.start == "mbx") & (rounds.set_rows == 2)]
    runs = {
        key: part.set_index("labels").f1 for key, part in of.groupby(["table", "oracle", "seed"])
    }
    found = []
    for table, oracle in sorted({key[:2] for key in runs}):
        if oracle == "truth":
            continue
        seeds = [s for t, o, s in runs if (t, o) == (table, oracle) and (t, "truth", s) in runs]
        clean = np.array([runs[table, "truth", seed][labels] for seed in seeds])
        noisy = np.array([runs[table, oracle, seed][labels] for seed in seeds])
        never = np.array([runs[table, "truth", seed][0] for seed in seeds])
        drawn = np.random.default_rng(0).integers(0, len(seeds), (DRAWS, len(seeds)))
        shares = noisy[drawn].mean(axis=1) / clean[drawn].mean(axis=1)
        low, high = np.quantile(shares, [0.025, 0.975])
        found.append(
            {
                "table": table,
                "oracle": oracle,
                "seeds": len(seeds),
                "labels": labels,
                "without_labels": float(never.mean()),
                "clean": float(clean.mean()),
                "noisy": float(noisy.mean()),
                "share": float(noisy.mean() / clean.mean()),
                "low": float(low),
                "high": float(high),
                "runs_below_none": int((noisy < never).sum()),
                "clean_runs_below_none": int((clean < never).sum()),
            }
        )
    return found


def tell(found: list[dict[str, Any]]) -> None:
    print("| table | answers | no label | right answers | these | share | below no label |")
    print("|---|---|---|---|---|---|---|")
    for cell in found:
        numbers = " | ".join(f"{cell[name]:.3f}" for name in ("without_labels", "clean", "noisy"))
        print(
            f"| {cell['table']} | {cell['oracle']} | {numbers} | {cell['share']:.3f} "
            f"({cell['low']:.3f} to {cell['high']:.3f}) | {cell['runs_below_none']} of "
            f"{cell['seeds']} runs (right answers: {cell['clean_runs_below_none']}) |"
        )


if __name__ == "__main__":
    main()
