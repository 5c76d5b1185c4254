"""Measure whether several people are weighed rightly, and whether their consensus is worth it.

The first forty sets that the engine asks of a table are answered by simulated people who slip with
rows, or err where rows are hard, which makes them err together. Their quality on these very sets,
which the truth tells, stands against what `matchloop.quality.agreement` learns from their answers
alone;
their consensus stands against the majority on each pair and against the best of them. Then the
same is learned with what the table suggests without any label as one more who may err.

    python benchmarks/agreement.py --tables abt_buy,febrl3 --runs 20
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import Labels
from matchloop.lab.simulation import Task
from matchloop.lab.simulation.oracles import Annotator, ByDifficulty, Oracle
from matchloop.lab.simulation.truth import Truth
from matchloop.quality.agreement import Agreement, PairPrior, compare_annotators
from matchloop.quality.label_checks import prior_of
from provenance import HERE, Results, provenance
from tables import load_table
from tabulate import fill

SETS, ROWS = 40, 10
TABLES = "abt_buy,cora,febrl3,amazon_google,dblp_acm,musicbrainz20k"
TEAMS: dict[str, tuple[Oracle, ...]] = {
    "three alike": tuple(Annotator(name, 0.1, 0.02) for name in "abc"),
    "three that differ": (
        Annotator("a", 0.02, 0.005),
        Annotator("b", 0.1, 0.02),
        Annotator("c", 0.25, 0.05),
    ),
    "one bad of three": (
        Annotator("a", 0.05, 0.02),
        Annotator("b", 0.05, 0.02),
        Annotator("c", 0.4, 0.2),
    ),
    "two bad of three": (
        Annotator("a", 0.03, 0.01),
        Annotator("b", 0.3, 0.1),
        Annotator("c", 0.3, 0.1),
    ),
    "three misled by hard pairs": (ByDifficulty(0.3), ByDifficulty(0.3), ByDifficulty(0.3)),
    "two, one of them bad": (Annotator("a", 0.05, 0.02), Annotator("b", 0.3, 0.1)),
    "five alike": tuple(Annotator(name, 0.15, 0.05) for name in "abcde"),
}
FIGURES = ("right", "found", "precise")


def main() -> None:
    """Measure what the command line asks for, and fill the table of the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES, help="names, comma between them")
    parser.add_argument("--runs", type=int, default=20, help="runs of each team and table")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "agreement.json")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    options = parser.parse_args()
    results = Results(options.out, again=options.again)
    for name in options.tables.split(","):
        wanted = [team for team in TEAMS if not results.has(f"{name}/{team}")]
        if not wanted:
            continue
        table = load_table(name)
        task = Task.of(name, table.records(), entities(table.truth, len(table)))
        asked = LabelingLoop(task.prepared, seed=0).ask(sets=SETS, rows=ROWS)
        truth = task.truth
        guess = remembered(prior_of(task.prepared))
        for team in wanted:
            row = measure(asked, truth, TEAMS[team], options.runs, guess)
            results.put(f"{name}/{team}", row | {"provenance": provenance(seed=0)})
            print(name, team, json.dumps({key: row[key] for key in row if key != "quality"}))
    page = HERE / "README.md"
    page.write_text(fill(page.read_text(), "agreement", agreement_table(results.rows)))


def measure(
    asked: LabelingSet, truth: Truth, team: tuple[Oracle, ...], runs: int, guess: PairPrior
) -> dict[str, Any]:
    """Let a team answer several times, and judge what is learned from it."""
    heard: dict[str, list[dict[str, Any]]] = {"alone": [], "with the table": []}
    for seed in range(runs):
        people = {
            f"{number}": answered(asked, truth, person, np.random.default_rng([seed, number]))
            for number, person in enumerate(team)
        }
        for how, told in zip(heard, (None, guess), strict=True):
            found = compare_annotators(people, key=asked.records.key, prior=told, seed=seed)
            heard[how].append(judged(found, asked, truth))
    return {
        "sets": len(asked.sets),
        "runs": runs,
        **{how: summed(found) for how, found in heard.items()},
    }


def judged(found: Agreement, asked: LabelingSet, truth: Truth) -> dict[str, Any]:
    """Hold one comparison against the truth."""
    true = truth_of(found, asked, truth)
    said = found.judgements.answers
    team = range(said.shape[1])
    actual = [figures(said[:, one] == 1, true) for one in team]
    learned = [[getattr(one, name) for name in FIGURES] for one in found.quality]
    together = f1_of(grouped(found), true)
    majority = f1_of((said == 1).sum(axis=1) > len(team) / 2, true)
    known = learned[0][0].value is not None
    pairs = [list(zip(one, row, strict=True)) for one, row in zip(learned, actual, strict=True)]
    return {
        "errors": [[f.value - value for f, value in one] for one in pairs] if known else None,
        "covered": [[f.low <= value <= f.high for f, value in one] for one in pairs]
        if known
        else None,
        "f1": [together, majority, max(f1_of(said[:, one] == 1, true) for one in team)],
    }


def summed(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the runs of a team."""
    consensus, majority, best = np.array([run["f1"] for run in runs]).T
    out = {
        "f1_consensus": float(consensus.mean()),
        "f1_majority": float(majority.mean()),
        "f1_best_person": float(best.mean()),
        "better_than_majority": float((consensus > majority + 1e-12).mean()),
        "worse_than_majority": float((consensus < majority - 1e-12).mean()),
    }
    if runs[0]["errors"] is None:
        return {"rms": None, "rms_worst_person": None, "coverage": None, **out}
    errors = np.array([run["errors"] for run in runs])
    covered = np.array([run["covered"] for run in runs])
    worst = rms(errors, 0).max(axis=0)
    return {
        "rms": dict(zip(FIGURES, rms(errors, (0, 1)).tolist(), strict=True)),
        "rms_worst_person": dict(zip(FIGURES, worst.tolist(), strict=True)),
        "coverage": dict(zip(FIGURES, covered.mean(axis=(0, 1)).tolist(), strict=True)),
        **out,
    }


def remembered(guess: PairPrior) -> PairPrior:
    """Compute the prior of each list of pairs once."""
    known: dict[int, NDArray[np.floating]] = {}

    def again(left: Sequence[str], right: Sequence[str]) -> NDArray[np.floating]:
        named = hash((tuple(left), tuple(right)))
        if named not in known:
            known[named] = guess(left, right)
        return known[named]

    return again


def answered(asked: LabelingSet, truth: Truth, person: Oracle, rng: np.random.Generator) -> Labels:
    labels: list[str | None] = []
    for rows in asked.sets:
        labels += person.answer(rows, truth, rng).labels
    return asked.answered(labels)


def truth_of(found: Agreement, asked: LabelingSet, truth: Truth) -> NDArray[np.bool_]:
    """Say of each judged pair whether it matches."""
    place = {key: row for row, key in enumerate(asked.records.keys.to_pylist())}
    out = []
    bounds = found.judgements.bounds()
    for number, one in enumerate(found.answers.sets):
        entity = truth.entities[[place[key] for key in one.keys]]
        pairs = slice(bounds[number], bounds[number + 1])
        left, right = found.judgements.left[pairs], found.judgements.right[pairs]
        out.append(entity[left] == entity[right])
    return np.concatenate(out)


def grouped(found: Agreement) -> NDArray[np.bool_]:
    """Say of each judged pair whether the consensus puts it together."""
    out = []
    bounds = found.judgements.bounds()
    for number, groups in enumerate(found.consensus.groups):
        pairs = slice(bounds[number], bounds[number + 1])
        left, right = found.judgements.left[pairs], found.judgements.right[pairs]
        out.append((groups[left] == groups[right]) & (groups[left] >= 0))
    return np.concatenate(out)


def figures(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> tuple[float, float, float]:
    hit = (said & true).sum()
    return float((said == true).mean()), float(hit / true.sum()), float(hit / max(said.sum(), 1))


def f1_of(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * (said & true).sum() / (said.sum() + true.sum()))


def rms(errors: NDArray[np.float64], axis: int | tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt((errors**2).mean(axis=axis)), np.float64)


def agreement_table(rows: dict[str, dict[str, Any]]) -> str:
    """Return the results by team, over the tables."""
    heads = [
        "team",
        "heard",
        "tables",
        "error of right",
        "of matches found",
        "of matches right",
        "covered by 95 %",
        "F1 of the consensus",
        "majority",
        "best person",
        "runs better than majority",
        "worse",
    ]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    for team, how in product(TEAMS, ("alone", "with the table")):
        of_team = [row[how] for name, row in rows.items() if name.endswith(f"/{team}")]
        if not of_team:
            continue
        cells = [team, how, str(len(of_team))]
        if of_team[0]["rms"] is None:
            cells += ["not known"] * 4
        else:
            for name in FIGURES:
                cells.append(f"{np.sqrt(np.mean([row['rms'][name] ** 2 for row in of_team])):.3f}")
            cells.append(f"{np.mean([list(row['coverage'].values()) for row in of_team]):.2f}")
        for one in ("consensus", "majority", "best_person"):
            cells.append(f"{np.mean([row[f'f1_{one}'] for row in of_team]):.3f}")
        for one in ("better", "worse"):
            cells.append(f"{np.mean([row[f'{one}_than_majority'] for row in of_team]):.0%}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
