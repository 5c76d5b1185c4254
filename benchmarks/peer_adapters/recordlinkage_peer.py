"""recordlinkage: its index, its comparisons, ECM without labels and logistic regression with some.

recordlinkage has no way to choose questions, so the labelled pairs are drawn at random with a
preference for pairs that look alike.
"""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recordlinkage
from harness import Plan, groups_of_pairs, run

PAIRS_PER_RECORD = 20


def block_columns(frame: pd.DataFrame, plan: Plan) -> list[list[str]]:
    """Return sets of columns whose equality gives a bearable number of pairs."""
    columns = plan.of_kind("name", "identifier", "date")
    for number, column in enumerate(plan.of_kind("text")[:1]):
        words = frame[column].map(lambda v: re.findall(r"\w+", v) if isinstance(v, str) else [])
        frame[f"_start{number}"] = words.map(lambda ws: " ".join(ws[:2]) or None)
        frame[f"_long{number}"] = words.map(lambda ws: " ".join(sorted(ws, key=len)[-2:]) or None)
        frame[f"_code{number}"] = words.map(
            lambda ws: max((w for w in ws if any(c.isdigit() for c in w)), key=len, default=None)
        )
        columns += [f"_start{number}", f"_long{number}", f"_code{number}"]
    found = []
    for chosen in [[c] for c in columns] + [list(pair) for pair in combinations(columns, 2)]:
        size = frame.dropna(subset=chosen).groupby(chosen).size()
        pairs = int((size * (size - 1) // 2).sum())
        if 0 < pairs <= PAIRS_PER_RECORD * len(frame):
            found.append((pairs, chosen))
    return [chosen for _, chosen in sorted(found, key=lambda each: each[0])[-10:]]


def comparer(frame: pd.DataFrame, plan: Plan) -> Any:
    """Return comparisons for the kinds of the columns."""
    compare = recordlinkage.Compare()
    for column, kind in plan.kinds.items():
        if kind == "number":
            digits = frame[column].str.extract(r"(\d+(?:\.\d+)?)", expand=False)
            frame[column] = pd.to_numeric(digits, errors="coerce").astype(float)
            scale = max(1.0, float(frame[column].abs().median() or 1) * 0.2)
            compare.numeric(column, column, method="linear", scale=scale, label=column)
        elif kind == "category":
            compare.exact(column, column, label=column)
        else:
            compare.string(column, column, method="jarowinkler", label=column)
            if kind == "text":
                compare.string(column, column, method="qgram", label=f"{column} grams")
    return compare


def labelled(
    alike: np.ndarray, is_match: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw pairs to label, alike ones more often; draw again while only one answer was seen."""
    weight = (alike - alike.min() + 0.05) ** 4
    chosen = np.arange(0)
    for _ in range(20):
        chosen = rng.choice(
            len(alike), min(count, len(alike)), replace=False, p=weight / weight.sum()
        )
        if is_match[chosen].any() and not is_match[chosen].all():
            break
    return chosen


def work(plan: Plan) -> dict[str, Any]:
    """Write the partitions of ECM and of logistic regression."""
    frame = plan.read().set_index(plan.key)
    plan.kinds = {c: k for c, k in plan.kinds.items() if frame[c].notna().mean() >= 0.05}
    index = recordlinkage.Index()
    for columns in block_columns(frame, plan):
        index.block(columns)
    for column in (plan.of_kind("text") or plan.of_kind("name"))[:1]:
        index.sortedneighbourhood(column, window=7)
    parts = [part for _, part in frame.groupby(plan.source)] if plan.source else [frame]
    pairs = index.index(*parts)
    compare = comparer(frame, plan)
    parts = [part for _, part in frame.groupby(plan.source)] if plan.source else [frame]
    features = compare.compute(pairs, *parts).fillna(0)
    said: dict[str, Any] = {"candidates": len(pairs)}

    def put(variant: str, matches: Any) -> None:
        groups = groups_of_pairs(frame.index, matches)
        plan.write(variant, {"key": groups.keys(), "cluster": groups.values()})

    try:
        put("ecm", recordlinkage.ECMClassifier(binarize=0.8).fit_predict(features))
    except Exception as error:
        said["ecm_error"] = repr(error)[:300]
    truth = plan.true_pairs()
    is_match = np.array([(min(pair), max(pair)) in truth for pair in pairs])
    rng = np.random.default_rng(plan.seed)
    chosen = labelled(features.mean(axis=1).to_numpy(), is_match, plan.labels, rng)
    try:
        model = recordlinkage.LogisticRegressionClassifier()
        model.fit(features.iloc[chosen], pairs[chosen[is_match[chosen]]])
        put("logistic", model.predict(features))
        asked = Path(plan.out) / "logistic.asked.json"
        asked.write_text(json.dumps([list(pair) for pair in pairs[chosen]]))
    except Exception as error:
        said["logistic_error"] = repr(error)[:300]
    return said | {"labels": len(chosen), "label_matches": int(is_match[chosen].sum())}


if __name__ == "__main__":
    run(work)
