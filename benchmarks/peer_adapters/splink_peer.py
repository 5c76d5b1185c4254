"""Splink: no labels, parameters by expectation maximisation, settings chosen from column kinds."""

from __future__ import annotations

import logging
import re
from collections import Counter
from itertools import combinations
from typing import Any

import pandas as pd
import splink.comparison_library as cl
from harness import Plan, run
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

#: Splink's own tutorials settle near this; no threshold is tuned on truth.
THRESHOLD = 0.9
#: A blocking rule may not give more than this many pairs per record.
PAIRS_PER_RECORD = 30
LARGE = 50_000


def words_of(value: object) -> list[str]:
    """Return the distinct words of a value in their order; none where it is missing."""
    return list(dict.fromkeys(re.findall(r"\w+", value if isinstance(value, str) else "")))


def levels(name: str, conditions: list[str]) -> Any:
    """Return a comparison from SQL conditions, strongest first."""
    missing = f"{name}_l IS NULL OR {name}_r IS NULL"
    steps = [{"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True}]
    steps += [{"sql_condition": each, "label_for_charts": each} for each in conditions]
    steps += [{"sql_condition": "ELSE", "label_for_charts": "else"}]
    return cl.CustomComparison(output_column_name=name, comparison_levels=steps)


def comparison(column: str, kind: str) -> Any:
    """Return Splink's comparison for a column of a kind."""
    if kind == "name":
        return cl.JaroWinklerAtThresholds(column, [0.94, 0.86, 0.75]).configure(
            term_frequency_adjustments=True
        )
    if kind == "text":
        return cl.JaroWinklerAtThresholds(column, [0.95, 0.88, 0.8, 0.7])
    if kind in ("identifier", "date"):
        return cl.LevenshteinAtThresholds(column, [1, 2])
    if kind == "number":
        apart = f"abs({column}_l - {column}_r)"
        size = f"greatest(abs({column}_l), abs({column}_r))"
        equal = f"{column}_l = {column}_r"
        return levels(column, [equal, f"{apart} <= 0.1 * {size}", f"{apart} <= 0.3 * {size}"])
    return cl.ExactMatch(column)


def pairs_of(frame: pd.DataFrame, columns: list[str]) -> int:
    """Return how many pairs of rows agree on some columns."""
    size = frame.dropna(subset=columns).groupby(columns).size()
    return int((size * (size - 1) // 2).sum())


def record_rules(frame: pd.DataFrame, plan: Plan) -> tuple[list[Any], list[Any], list[Any]]:
    """Return blocking rules, training rules and strict rules for tables of short fields."""
    keys = plan.of_kind("name", "identifier", "date", "number")
    for column in plan.of_kind("name"):
        frame[f"{column}__start"] = frame[column].str[:4]
    starts = [f"{column}__start" for column in plan.of_kind("name")]
    limit = PAIRS_PER_RECORD * len(frame) if len(frame) < LARGE else 3 * len(frame)
    found: list[tuple[int, list[str]]] = []
    for columns in [[each] for each in keys + starts] + [
        list(c) for c in combinations(keys + starts, 2)
    ]:
        if columns[-1].removesuffix("__start") != columns[0]:
            found.append((pairs_of(frame, columns), columns))
    found.sort(key=lambda each: each[0])
    kept = [columns for pairs, columns in found if 0 < pairs <= limit][-24:]
    wide = sorted(keys, key=lambda c: frame[c].nunique() * frame[c].notna().mean(), reverse=True)
    train = [c for c in wide if pairs_of(frame, [c]) < 3_000_000][:3]
    return (
        [block_on(*columns) for columns in kept],
        [block_on(column) for column in train],
        [block_on(*columns) for columns in combinations(wide[:4], min(3, len(wide)))],
    )


def text_rules(frame: pd.DataFrame, column: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the same for tables of text: rare words block, the rarest word trains."""
    frame["words"] = frame[column].map(words_of)
    count = Counter(word for words in frame["words"] for word in words)
    most = 100 if len(frame) < 5000 else 40
    frame["rare"] = frame["words"].map(lambda ws: [w for w in ws if 1 < count[w] <= most] or None)
    frame["rarest"] = frame["words"].map(
        lambda ws: min((w for w in ws if count[w] > 1), key=lambda w: count[w], default=None)
    )
    frame["start"] = frame["words"].map(lambda words: " ".join(words[:2]) or None)
    blocking = [block_on(column), block_on("rare", arrays_to_explode=["rare"])]
    return blocking, [block_on("rarest"), block_on("start")], [block_on(column)]


def train(linker: Any, rules: list[Any], strict: list[Any], *, large: bool, free: bool) -> int:
    """Estimate the parameters; return how many training rules Splink refused.

    Without strict rules the prior of the settings stays.
    """
    refused = 0
    if strict:
        linker.training.estimate_probability_two_random_records_match(strict, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    sample = {"max_pairs": 1e6, "record_sample_proportion": 0.1} if large else {}
    hold = {"fix_probability_two_random_records_match": not free}
    for rule in rules:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, **sample, **hold
            )
        except Exception as error:
            refused += 1
            print("training rule refused:", str(error).splitlines()[0][:200])
    return refused


def work(plan: Plan) -> dict[str, Any]:
    """Match the table and write a partition, and a one-to-one partition where two are linked."""
    frame = plan.read().rename(columns={plan.key: "unique_id"})
    names = {column: f"c{i}" for i, column in enumerate(plan.kinds)}
    frame, plan.kinds = frame.rename(columns=names), {names[c]: k for c, k in plan.kinds.items()}
    plan.kinds = {c: k for c, k in plan.kinds.items() if frame[c].notna().mean() >= 0.05}
    for column in plan.of_kind("number"):
        digits = frame[column].str.extract(r"(\d+(?:\.\d+)?)", expand=False)
        frame[column] = pd.to_numeric(digits, errors="coerce").astype(float)
    texts = plan.of_kind("text")
    blocking, training, strict = text_rules(frame, texts[0]) if texts else record_rules(frame, plan)
    comparisons = [comparison(column, kind) for column, kind in plan.kinds.items()]
    if texts:
        shared = (
            "len(list_intersect(words_l, words_r)) / greatest(1, least(len(words_l), len(words_r)))"
        )
        comparisons.append(levels("words", [f"{shared} >= {x}" for x in (0.95, 0.75, 0.5, 0.3)]))
    assumed = bool(texts and plan.source)
    if assumed:  # half of the smaller table has a match: better than what equal texts tell Splink
        strict = []
    settings = SettingsCreator(
        link_type="link_only" if plan.source else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocking,
        retain_matching_columns=False,
        probability_two_random_records_match=(
            0.5 / frame.groupby(plan.source).size().max() if assumed else 0.0001
        ),
    )
    database, tables = DuckDBAPI(), []
    parts = dict(list(frame.groupby(plan.source))) if plan.source else {"records": frame}
    for name, part in parts.items():
        held = part.drop(columns=[plan.source] if plan.source else [])
        tables.append(database.register(held, dataset_display_name=f"part_{name}"))
    linker = Linker(tables if plan.source else tables[0], settings, log_level=logging.ERROR)
    refused = train(linker, training, strict, large=len(frame) > LARGE, free=not assumed)
    scored = linker.inference.predict(threshold_match_probability=0.01)
    groups = linker.clustering.cluster_pairwise_predictions_at_threshold(
        scored, threshold_match_probability=THRESHOLD
    ).as_pandas_dataframe()
    plan.write("groups", {"key": groups["unique_id"], "cluster": groups["cluster_id"]})
    said = {"training_rules_refused": refused}
    if plan.source:
        try:
            groups = linker.clustering.cluster_using_single_best_links(
                scored,
                duplicate_free_datasets=[f"part_{name}" for name in parts],
                threshold_match_probability=THRESHOLD,
            ).as_pandas_dataframe()
            plan.write("one_to_one", {"key": groups["unique_id"], "cluster": groups["cluster_id"]})
        except Exception as error:
            said["one_to_one_error"] = str(error).splitlines()[-1][:300]
    return said


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    run(work)
