"""Fill the tables of benchmarks/README.md from the files in benchmarks/results.

python benchmarks/tabulate.py
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from provenance import HERE

__all__ = [
    "fill",
    "kinds_table",
    "origin",
    "peers_table",
    "quality_table",
    "speed_table",
    "split_table",
]

Rows = dict[str, dict[str, Any]]


def main() -> None:
    """Rewrite the tables between their markers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--readme", type=Path, default=HERE / "README.md")
    options = parser.parse_args()

    def rows(name: str) -> Rows:
        path = options.results / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    quality, peers = rows("quality"), rows("peers")
    kinds = options.results / "kinds.jsonl"
    lines = kinds.read_text().splitlines() if kinds.exists() else []
    made = {
        "quality": quality_table(quality, peers),
        "splits": split_table(quality),
        "peers": peers_table(peers),
        "speed": speed_table(rows("speed")),
        "kinds": kinds_table({str(at): json.loads(line) for at, line in enumerate(lines)}),
    }
    text = options.readme.read_text()
    for name, table in made.items():
        text = fill(text, name, table)
    options.readme.write_text(text)


def fill(text: str, name: str, table: str) -> str:
    """Return a text with what stands between ``<!-- name -->`` and ``<!-- end -->`` replaced.

    Parameters
    ----------
    text
        The text, with both markers on lines of their own.
    name
        Name of the first marker.
    table
        What shall stand between them.
    """
    pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
    return re.sub(pattern, lambda found: found[1] + table + "\n" + found[2], text, flags=re.DOTALL)


def quality_table(quality: Rows, peers: Rows) -> str:
    """Return our end-to-end figures by table, beside the best peer without labels."""
    by_table: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in quality.values():
        if row["what"] != "split" and row["true"] > 0:
            by_table[family(row["table"])][row["what"]].append(row)
    best = best_peers(peers)
    lines = []
    for table, whats in sorted(by_table.items()):
        some = next(iter(whats.values()))
        lines.append(
            [
                table,
                mean_f1(whats["0"]),
                mean_f1(whats["100"]),
                mean_of(whats["100"], "start_f1"),
                mean_f1(whats["all"]),
                number(fmean(row["bcubed_f1"] for row in whats["0"]) if whats["0"] else None),
                number(fmean(row["blocking_recall"] for row in some)),
                f"{fmean(row['pairs_per_record'] for row in some):.1f}",
                f"{fmean(row['seconds'] for row in whats['0']):.1f}" if whats["0"] else "",
                best.get(table, ""),
            ]
        )
    heads = ["table", "F1, 0 labels", "100 labels", "0 labels on the pairs left by those 100"]
    heads += ["all labels", "B-cubed F1, 0 labels"]
    heads += ["blocking recall", "pairs per record", "seconds, 0 labels", "best peer, 0 labels"]
    return markdown(heads, lines) + origin(quality.values())


def split_table(quality: Rows) -> str:
    """Return our figures on the published pair splits."""
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in quality.values():
        if row["what"] == "split":
            by_table[row["table"]].append(row)
    lines = [
        [
            table,
            mean_f1(rows),
            number(fmean(row["precision"] for row in rows)),
            number(fmean(row["recall"] for row in rows)),
            f"{rows[0]['trained_on']:,}",
            f"{rows[0]['tested_on']:,}",
        ]
        for table, rows in sorted(by_table.items())
    ]
    heads = ["table", "test F1", "precision", "recall", "trained on pairs", "tested on pairs"]
    return markdown(heads, lines) + origin([row for rows in by_table.values() for row in rows])


def peers_table(peers: Rows) -> str:
    """Return the figures of the peers, one line for each peer and table."""
    lines, tasks = [], defaultdict(list)
    for row in peers.values():
        if "/" in row["table"]:
            tasks[family(row["table"]), row["peer"]].append(row)
            continue
        lines.append([row["table"], row["peer"], outcome(row), cost(row)])
    for (table, peer), rows in tasks.items():
        lines.append([table, peer, mean_outcome(rows), ""])
    heads = ["table", "peer", "F1 (and what failed)", "seconds, MiB"]
    return markdown(heads, sorted(lines)) + origin(peers.values())


def speed_table(speed: Rows) -> str:
    """Return wall, CPU and memory stage by stage."""
    parts = []
    for name, row in sorted(speed.items()):
        lines = []
        for size, path, run in runs_of(row):
            found = run["quality"]
            of = f"{int(size):,}{path}"
            grown = row["growth"] if not path and size == list(row["runs"])[-1] else {}
            for stage, told in run["stages"].items():
                values = [f"{told[key]:.2f}" for key in ("seconds", "cpu_seconds")]
                grew = str(grown.get(stage, ""))
                lines.append([of, stage, *values, f"{told['peak_mib']:,}", grew])
            quality = f"F1 {found['f1']:.4f}, blocking recall {found['blocking_recall']:.4f}"
            total = [f"{run['seconds']:.2f}", f"{run['cpu_seconds']:.2f}", f"{run['peak_mib']:,}"]
            lines.append([f"**{of}**", f"**all**: {quality}", *total, ""])
        heads = ["records", "stage", "seconds", "CPU seconds", "peak MiB", "growth"]
        more = (
            f"First call with nothing compiled, 2,000 records: {row['first']['seconds']:.1f} s.\n"
        )
        if "splink" in row:
            more += (
                f"Splink on the largest table: {outcome(row['splink'])}, {cost(row['splink'])}.\n"
            )
        parts.append(f"{name}\n\n{markdown(heads, lines)}\n{more}{origin([row])}")
    return "\n".join(parts)


def runs_of(row: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return size, path in words and figures of each run: with a saved model, then the others."""
    yield from ((size, "", run) for size, run in row["runs"].items())
    words = {"none": ", no labels", "labels": ", 200 labelled rows"}
    for path, runs in row.get("paths", {}).items():
        yield from ((size, words[path], run) for size, run in runs.items())


def kinds_table(rows: Rows) -> str:
    """Return F1 by table, kind and number of labels; false pairs where there is no true pair."""
    by_table: dict[tuple[str, str, str], dict[str, list[dict[str, Any]]]]
    by_table = defaultdict(lambda: defaultdict(list))
    last = {(row["table"], row["seed"], row["what"], row["rows"]): row for row in rows.values()}
    for row in last.values():
        by_table[row["use"], row["kind"], row["table"]][row["what"]].append(row)
    labels = sorted({row["what"] for row in last.values() if row["what"].isdigit()}, key=int)
    lines = []
    for (use, kind, table), whats in sorted(by_table.items()):
        some = next(iter(whats.values()))
        figures = [figure(whats[what]) for what in (*labels, "tfidf")]
        # Without true pairs the forest has nothing to learn from, so its zero says nothing.
        figures.append(figure([row for row in whats["forest"] if row["true"]]))
        lines.append([use, kind, table, f"{some[0]['records']:,}", *figures])
    heads = ["use", "kind", "table", "records", *(f"{what} labelled rows" for what in labels)]
    return markdown([*heads, "TF-IDF", "forest"], lines) + origin(last.values())


def figure(rows: list[dict[str, Any]]) -> str:
    """Return the mean F1 with precision and recall, or the false pairs per 200 records."""
    if not rows:
        return ""
    if not any(row["true"] for row in rows):
        return f"{fmean(row['false_per_200'] for row in rows):.1f} false"
    means = [fmean(row[name] for row in rows) for name in ("f1", "precision", "recall")]
    return f"{means[0]:.3f} ({means[1]:.2f}, {means[2]:.2f})"


def origin(rows: Any) -> str:
    """Return a sentence on where some results come from: commits, dates, seeds, versions."""
    known = [row["provenance"] for row in rows if "provenance" in row]
    if not known:
        return "\nNot measured yet."
    commits = ", ".join(sorted({each["commit"] for each in known}))
    dates = sorted(each["date"] for each in known)
    seeds = ", ".join(str(seed) for seed in sorted({each["seed"] for each in known}))
    latest = max(known, key=lambda each: each["date"])
    versions = dict(latest["versions"])
    for each in known:
        versions |= each.get("peer_versions", {})
    told = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()) if version)
    return (
        f"\nSeeds {seeds}; commit {commits}; {dates[0]} to {dates[-1]}; Python {latest['python']}, "
        f"{latest['machine']}; {told}."
    )


def best_peers(peers: Rows) -> dict[str, str]:
    """Return the best peer without labels by table, a mean where there are tasks."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    count: dict[str, set[str]] = defaultdict(set)
    for row in peers.values():
        if row["peer"] in ("splink", "goldenmatch"):
            table = family(row["table"])
            count[table].add(row["table"])
            for variant, quality in row["quality"].items():
                found[table][f"{row['peer']} ({variant})"].append(quality["f1"])
    best = {}
    for table, variants in found.items():
        means = {name: sum(f1) / len(count[table]) for name, f1 in variants.items()}
        name = max(means, key=lambda each: means[each])
        best[table] = f"{means[name]:.3f} {name}"
    return best


def outcome(row: dict[str, Any]) -> str:
    """Return a peer's F1 by variant, and what failed."""
    parts = [f"{name} {found['f1']:.3f}" for name, found in row["quality"].items()]
    parts += [f"{name}: {text[:60]}" for name, text in row.items() if name.endswith("_error")]
    if "died" in row:
        parts.append(f"died: {row['died'][:60]}")
    return "; ".join(parts).replace("|", "/").replace("\n", " ")


def mean_outcome(rows: list[dict[str, Any]]) -> str:
    """Return a peer's mean F1 over tasks by variant; a task that failed counts 0."""
    f1: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, found in row["quality"].items():
            f1[name].append(found["f1"])
    parts = [
        f"{name} {sum(values) / len(rows):.3f} (finished {len(values)} of {len(rows)})"
        for name, values in f1.items()
    ]
    return "; ".join(parts)


def cost(row: dict[str, Any]) -> str:
    """Return what a run of a peer took."""
    return f"{row['seconds']:.1f} s, {row['peak_mib']:,} MiB" if "seconds" in row else ""


def family(table: str) -> str:
    """Return the name of a table, or of the collection a task belongs to."""
    return table.split("/")[0]


def mean_f1(rows: list[dict[str, Any]]) -> str:
    """Return the mean F1 and its range over seeds; over tasks the mean only."""
    if not rows:
        return ""
    f1 = [row["f1"] for row in rows]
    if len({row["table"] for row in rows}) > 1 or len(rows) == 1:
        return number(fmean(f1))
    return f"{fmean(f1):.3f} ({min(f1):.3f}-{max(f1):.3f})"


def mean_of(rows: list[dict[str, Any]], name: str) -> str:
    """Return the mean of a value over the rows that have it."""
    values = [row[name] for row in rows if name in row]
    return number(fmean(values) if values else None)


def number(value: float | None) -> str:
    """Return a share with three digits."""
    return "" if value is None else f"{value:.3f}"


def markdown(heads: list[str], lines: list[list[str]]) -> str:
    """Return a table; nothing where there are no lines."""
    if not lines:
        return ""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


if __name__ == "__main__":
    main()
