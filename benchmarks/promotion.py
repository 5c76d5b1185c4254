"""Whether the promotion gate refuses the worse of two models, and only that one.

    python benchmarks/promotion.py --models MODELS -o benchmarks/results/promotion.json

For each table and seed the truth answers a hundred pair questions; of its model, of those that
learn from the same questions with 10, 20 and 30 % of the answers turned round, and of one that was
asked other questions, the groups on the whole table are kept in MODELS. Then the gate compares
each two of them, both ways, on evidence that is drawn many times: whole components of about so
many records with their truth, or questions with their answers. What it says is held against the
difference on the whole table.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import bcubed, entities, judge_partition
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import LabeledPairs, Labels
from matchloop.data.pairs import groups_of_pairs
from matchloop.matching.backends import prepare
from matchloop.matching.matcher import Matcher
from matchloop.quality.promotion import Difference, against_labels, against_truth
from tables import Table, load_table

TABLES = "abt_buy,amazon_google,cora,dblp_acm,fake_1000,restaurants_oaei,imdb_tmdb,rldata500"
NOISE = (0.1, 0.2, 0.3)
RECORDS = (250, 1000)
Groups = NDArray[np.int64]


def learn_models(table: Table, folder: Path, seed: int, questions: int) -> dict[str, Any]:
    """Return groups by model and labelled pairs by questions; made once, then read."""
    path = folder / f"{table.name}_{seed}.npz"
    if path.exists():
        with np.load(path) as file:
            return dict(file)
    prepared = prepare(table.records())
    entity = entities(table.truth, len(table))
    matcher = Matcher(seed=seed)
    made: dict[str, Any] = {}

    def keep(name: str, labels: Labels) -> None:
        found = matcher.fit(prepared, labels).find_matches(prepared)
        made[f"model {name}"] = found.match_id
        pairs = labels.pairs(prepared.records)
        made[f"pairs {name}"] = np.column_stack(
            (pairs.left, pairs.right, pairs.is_match, pairs.set_index)
        )

    for name, start in (("clean", seed), ("other", seed + 1000)):
        asked = ask(LabelingLoop(prepared, seed=start), entity, questions)
        keep(name, answered(asked, entity, 0.0, seed))
        for share in NOISE if name == "clean" else ():
            keep(f"noise {share:.0%}", answered(asked, entity, share, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **made)
    return made


def ask(loop: LabelingLoop, entity: Groups, questions: int) -> list[LabelingSet]:
    asked = []
    for _ in range(questions // 20):
        asked.append(loop.ask(sets=20, rows=2))
        loop.learn(answered(asked[-1:], entity, 0.0, 0))
    return asked


def answered(asked: list[LabelingSet], entity: Groups, noise: float, seed: int) -> Labels:
    """Answer sets of two by the truth, a share of them the other way round."""
    rng = np.random.default_rng([seed, 7])
    labels: Labels | None = None
    for one in asked:
        rows = entity[one.positions].reshape(-1, 2)
        same = (rows[:, 0] == rows[:, 1]) ^ (rng.random(len(rows)) < noise)
        said = np.column_stack((np.zeros(len(rows), int), np.where(same, 0, 1))).reshape(-1)
        new = one.answered([str(value) for value in said])
        labels = new if labels is None else labels.merged(new)
    assert labels is not None
    return labels


def difference(old: Groups, new: Groups, table: Table, entity: Groups) -> dict[str, float]:
    first, second = (judge_partition(one, table.truth, sources=table.sources) for one in (old, new))
    return {
        "precision": second.precision - first.precision,
        "recall": second.recall - first.recall,
        "f1": second.f1 - first.f1,
        "bcubed_f1": bcubed(new, entity)["f1"] - bcubed(old, entity)["f1"],
    }


def components(*groupings: Groups) -> Groups:
    """Join each record with the first of its group, in every grouping."""
    records = np.arange(len(groupings[0]))
    firsts = []
    for groups in groupings:
        _, first, code = np.unique(groups, return_index=True, return_inverse=True)
        firsts.append(first[code])
    return groups_of_pairs((np.tile(records, len(firsts)), np.concatenate(firsts)), len(records))


def heaviest(unit: Groups, found: Groups, entity: Groups) -> int:
    """Return the component with more than half of the pairs that groups join wrongly, or -1."""
    wrong = np.zeros(int(unit.max()) + 1)
    for groups, sign in ((found, 1.0), (found.astype(np.int64) << 32 | entity, -1.0)):
        _, first, size = np.unique(groups, return_index=True, return_counts=True)
        np.add.at(wrong, unit[first], sign * size * (size - 1) / 2)
    most = int(wrong.argmax())
    return most if wrong[most] > wrong.sum() / 2 else -1


def sampled(unit: Groups, records: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw whole components until they hold so many records."""
    units = int(unit.max()) + 1
    order = rng.permutation(units)
    size = np.bincount(unit, minlength=units)[order]
    chosen = order[: int(np.searchsorted(np.cumsum(size), records)) + 1]
    return np.flatnonzero(np.isin(unit, chosen))


def labelled(rows: NDArray[np.int64], rng: np.random.Generator) -> LabeledPairs:
    """Draw the labelled pairs anew, as another hundred questions would be."""
    drawn = rows[rng.integers(0, len(rows), len(rows))]
    return LabeledPairs(
        drawn[:, 0].astype(np.int32),
        drawn[:, 1].astype(np.int32),
        drawn[:, 2].astype(bool),
        np.arange(len(drawn), dtype=np.int32),
    )


class Verdicts:
    """Counts of what the gate said, by evidence."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(
        self,
        evidence: str,
        told: tuple[Difference, ...],
        true: dict[str, float],
        *,
        chain_unseen: bool = False,
    ) -> None:
        """Put down what the gate said of one comparison, beside what is so."""
        by_name = {one.metric: one for one in told}
        sample = evidence.startswith("truth")
        f1 = by_name["f1"]
        row: dict[str, Any] = {"true": true["f1"], "unknown": f1.low is None}
        row["chain unseen"] = chain_unseen
        row["same"] = all(one.low == one.high == 0 for one in told)
        row["refused"] = f1.high is None or f1.high < 0
        row["reverse refused"] = f1.low is None or f1.low > 0
        for name, value in true.items():
            one = by_name.get(name)
            if sample and one is not None and one.low is not None and one.high is not None:
                row[f"covers {name}"] = one.low - 1e-12 <= value <= one.high + 1e-12
        self.rows[evidence].append(row)


def play(
    name: str, folder: Path, seeds: int, draws: int, questions: int, evidence: str
) -> list[dict[str, Any]]:
    table = load_table(name)
    entity = entities(table.truth, len(table))
    sources = table.sources
    out = []
    for seed in range(seeds):
        made = learn_models(table, folder, seed, questions)
        models = [one.removeprefix("model ") for one in made if one.startswith("model ")]
        rng = np.random.default_rng([seed, 11])
        for old, new in combinations(models, 2):
            before, after = made[f"model {old}"], made[f"model {new}"]
            true = difference(before, after, table, entity)
            unit = components(before, after, entity)
            chains = {heaviest(unit, one, entity) for one in (before, after)} - {-1}
            verdicts = Verdicts()
            for records in RECORDS if "truth" in evidence else ():
                if records > len(table) / 2:
                    continue
                for draw in range(draws):
                    at = sampled(unit, records, rng)
                    told = against_truth(
                        before[at], after[at], entity[at],
                        sources=None if sources is None else sources[at], seed=draw,
                    )  # fmt: skip
                    verdicts.add(
                        f"truth of {records} records", told, true,
                        chain_unseen=not chains <= set(unit[at].tolist()),
                    )  # fmt: skip
            if "other" not in (old, new) and "labels" in evidence:
                for draw in range(draws):
                    told = against_labels(
                        before, after, labelled(made["pairs other"], rng), seed=draw
                    )
                    verdicts.add("labels of other questions", told, true)
            for owner in (old, new) if "labels" in evidence else ():
                for draw in range(draws):
                    told = against_labels(
                        before, after, labelled(made[f"pairs {owner}"], rng), seed=draw
                    )
                    verdicts.add("labels that one learned from", told, true)
            out += [{"evidence": one, **row} for one, rows in verdicts.rows.items() for row in rows]
    return out


BINS = ((0.0, 0.005), (0.005, 0.02), (0.02, 0.05), (0.05, 0.1), (0.1, 1.01))


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Tell how often the gate errs, each comparison counted both ways."""
    true = np.array([row["true"] for row in rows])
    forward = np.array([row["refused"] for row in rows])
    backward = np.array([row["reverse refused"] for row in rows])
    change = np.concatenate((true, -true))
    refused = np.concatenate((forward, backward))
    unknown = np.concatenate([[row["unknown"] for row in rows]] * 2)
    known = ~unknown
    seen = [row for row in rows if not row["same"]]
    fair = (change >= 0) & known
    told: dict[str, Any] = {
        "decisions": len(change),
        "no interval": round(float(unknown.mean()), 4),
        "no difference seen": round(1 - len(seen) / len(rows), 4),
        "refused though equal or better": _share(refused[fair]),
        "refused by how much worse": {
            f"{low:g} to {high:g}": {
                "refused": _share(refused[at]),
                "decisions": int(at.sum()),
            }
            for low, high in BINS
            if (at := known & (-change > low) & (-change <= high)).any()
        },
    }
    for name in ("precision", "recall", "f1", "bcubed_f1"):
        held = [row[f"covers {name}"] for row in seen if f"covers {name}" in row]
        told[f"interval of {name} holds"] = _share(np.array(held)) if held else None
    for unseen, what in ((True, "unseen"), (False, "seen or none")):
        covers = [
            row["covers f1"] for row in seen if row["chain unseen"] == unseen and "covers f1" in row
        ]
        told[f"interval of f1 holds, chain {what}"] = _share(np.array(covers))
        told[f"draws with chain {what}"] = len(covers)
    return told


def _share(values: NDArray[np.bool_]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES)
    parser.add_argument("--models", type=Path, required=True, help="folder to keep models in")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--evidence", default="truth,labels")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: list[dict[str, Any]] = []
    found: dict[str, Any] = {"tables": {}, "all": {}}
    for name in given.tables.split(","):
        own = play(name, given.models, given.seeds, given.draws, given.questions, given.evidence)
        rows += own
        found["tables"][name] = _by_evidence(own)
        print(name, json.dumps(found["tables"][name]), flush=True)
    found["all"] = _by_evidence(rows)
    print("all", json.dumps(found["all"], indent=1), flush=True)
    if given.output:
        given.output.write_text(json.dumps(found, indent=1) + "\n")


def _by_evidence(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(row["evidence"] for row in rows)
    return {name: summed([row for row in rows if row["evidence"] == name]) for name in names}


if __name__ == "__main__":
    main()
