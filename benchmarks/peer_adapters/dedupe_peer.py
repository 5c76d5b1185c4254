"""dedupe: its own active learner asks, the truth answers."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import dedupe
import numpy as np
import pandas as pd
from dedupe import variables
from harness import Plan, run

SAMPLE = 1500
THRESHOLD = 0.5


def variable(column: str, kind: str, values: pd.Series) -> Any:
    """Return dedupe's variable for a column of a kind."""
    missing = bool(values.isna().any())
    if kind == "number":
        return variables.Price(column, has_missing=missing)
    if kind == "category":
        return variables.Exact(column, has_missing=missing)
    if kind in ("identifier", "date"):
        return variables.ShortString(column, has_missing=missing)
    if kind == "text" and values.dropna().str.len().mean() > 60:
        return variables.Text(column, has_missing=missing)
    return variables.String(column, has_missing=missing)


def records(frame: pd.DataFrame, plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the records as dedupe wants them; each also holds its key."""
    values = frame[list(plan.kinds)].astype(object)
    values = values.where(values.notna(), None)
    return {
        key: row | {"_key": key}
        for key, row in zip(frame[plan.key], values.to_dict("records"), strict=True)
    }


def teach(learner: Any, plan: Plan) -> list[tuple[str, str]]:
    """Answer questions from truth until the labels are used up; return the pairs asked."""
    truth, asked = plan.true_pairs(), []
    while len(asked) < plan.labels:
        try:
            pairs = learner.uncertain_pairs()
        except IndexError:  # nothing left to ask
            break
        answers: dict[str, list[Any]] = {"match": [], "distinct": []}
        for pair in pairs:
            keys = (min(pair[0]["_key"], pair[1]["_key"]), max(pair[0]["_key"], pair[1]["_key"]))
            answers["match" if keys in truth else "distinct"].append(pair)
            asked.append(keys)
        learner.mark_pairs(answers)
    return asked


def work(plan: Plan) -> dict[str, Any]:
    """Learn from the answers and write a partition."""
    random.seed(plan.seed)
    np.random.seed(plan.seed)
    frame = plan.read()
    for column in plan.of_kind("number"):
        digits = frame[column].str.extract(r"(\d+(?:\.\d+)?)", expand=False)
        number = pd.to_numeric(digits, errors="coerce").astype(float)
        frame[column] = number.where(number > 0)
    plan.kinds = {c: k for c, k in plan.kinds.items() if frame[c].notna().mean() >= 0.02}
    fields = [variable(column, kind, frame[column]) for column, kind in plan.kinds.items()]
    if plan.source:
        first, second = (records(part, plan) for _, part in frame.groupby(plan.source))
        learner = dedupe.RecordLink(fields, num_cores=1)
        learner.prepare_training(first, second, sample_size=SAMPLE)
    else:
        whole = records(frame, plan)
        learner = dedupe.Dedupe(fields, num_cores=1)
        learner.prepare_training(whole, sample_size=SAMPLE)
    asked = teach(learner, plan)
    learner.train()
    group = {key: number for number, key in enumerate(frame[plan.key])}
    if plan.source:
        for (left, right), _ in learner.join(first, second, THRESHOLD, "one-to-one"):
            group[right] = group[left]
    else:
        for number, (keys, _) in enumerate(learner.partition(whole, THRESHOLD), len(frame)):
            group |= dict.fromkeys(keys, number)
    plan.write("groups", {"key": group.keys(), "cluster": group.values()})
    (Path(plan.out) / "groups.asked.json").write_text(json.dumps(asked))
    return {"labels": len(asked)}


if __name__ == "__main__":
    run(work)
