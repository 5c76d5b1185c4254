"""Measure whether labels that contradict each other are found, and how few questions settle them.

A table is labelled by its truth: thirty sets of ten that the engine asks, in one file, and thirty
more in another that show each half of two of them. Then wrong statements are put in, each of which
contradicts what other sets say: a row is moved to another group of one set; a pair that one file
tells is told otherwise by a set of another file; of three sets of two rows that speak of the same
three records, one errs. All are put in at once. The audit's own check looks for them; its questions
are answered by the truth, and the sets that an answer proves wrong are removed.

    python benchmarks/contradictions.py --tables abt_buy,cora --seeds 10
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging import entities
from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import groups_of_pairs
from matchloop.data.records import Records
from matchloop.matching.backends import prepare
from matchloop.quality.label_checks import Contradiction, find_contradictions, questions_about
from matchloop.quality.label_checks.label_files import LabelFiles
from provenance import HERE, Results, provenance
from tables import load_table
from tabulate import fill

TABLES = "abt_buy,cora,febrl3,amazon_google,dblp_acm,musicbrainz20k,census841,restaurant_864"
SETS, ROWS = 30, 10
KINDS = ("row", "pair", "chain")
EACH = 5
"""Of each kind, put in at once."""

Rows = NDArray[np.int32]
Said = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A set of a file, and what it says of its rows; ``kind`` where it was made to err."""

    file: int
    rows: Rows
    said: Said
    kind: str = ""


def main() -> None:
    """Measure what the command line asks for, and fill the table of the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=TABLES, help="names, comma between them")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "contradictions.json")
    parser.add_argument("--again", action="store_true", help="measure rows that are there already")
    options = parser.parse_args()
    results = Results(options.out, again=options.again)
    for name in options.tables.split(","):
        if results.has(name):
            continue
        table = load_table(name)
        prepared = prepare(table.records())
        entity = entities(table.truth, len(table))
        asked = LabelingLoop(prepared, None, seed=0).ask(sets=SETS, rows=ROWS).sets
        runs = [play(prepared.records, entity, asked, seed) for seed in range(options.seeds)]
        row = summed(runs)
        results.put(name, row | {"provenance": provenance(seed=0, seeds=options.seeds)})
        print(name, json.dumps(row), flush=True)
    page = HERE / "README.md"
    page.write_text(fill(page.read_text(), "contradictions", contradictions_table(results.rows)))


def play(records: Records, entity: Said, asked: Sequence[Rows], seed: int) -> dict[str, Any]:
    """Put contradictions in, look for them, and settle them."""
    rng = np.random.default_rng([seed, 11])
    told = [Told(0, np.sort(rows), entity[np.sort(rows)]) for rows in asked]
    told += [Told(1, rows, entity[rows]) for rows in halves(asked, rng)]
    clean = find(records, told)
    assert not clean, "the truth contradicts itself"
    told = damaged(told, entity, rng)
    wrong = {at: one.kind for at, one in enumerate(told) if one.kind}
    seen = errors_named(find(records, told), told, entity)
    by_set = settle(records, told, entity, in_sets=True)
    by_pair = settle(records, told, entity, in_sets=False)
    return {
        "put in": {kind: sum(one == kind for one in wrong.values()) for kind in KINDS},
        "found": {kind: sum(wrong.get(at) == kind for at in seen) for kind in KINDS},
        "sets": by_set,
        "pairs": by_pair,
    }


def halves(asked: Sequence[Rows], rng: np.random.Generator) -> list[Rows]:
    """Make sets of half of the rows of one set and half of the next."""
    out = []
    for one, other in zip(asked, [*asked[1:], asked[0]], strict=True):
        both = [rng.permutation(rows)[: ROWS // 2] for rows in (one, other)]
        out.append(np.unique(np.concatenate(both)).astype(np.int32))
    return out


def damaged(told: list[Told], entity: Said, rng: np.random.Generator) -> list[Told]:
    """Put in wrong statements, each of which contradicts right ones by itself."""
    clean = list(told)
    told = list(told)
    for at in rng.permutation(len(clean)):
        if sum(one.kind == "row" for one in told) == EACH:
            break
        moved = slipped(clean[at], rng)
        others = [*clean[:at], *clean[at + 1 :]]
        if moved is not None and not is_consistent([*others, moved], len(entity)):
            told[at] = moved
    known = np.unique(np.concatenate([one.rows for one in clean]))
    for _ in range(EACH):
        one = clean[int(rng.integers(len(clean)))]
        first, second = rng.choice(len(one.rows), 2, replace=False)
        rows = np.sort(one.rows[[first, second]])
        same = entity[rows[0]] == entity[rows[1]]
        told.append(Told(2, rows, np.array([0, int(same)]), "pair"))
    for _ in range(EACH):
        told += chained(known, entity, rng)
    return told


def slipped(one: Told, rng: np.random.Generator) -> Told | None:
    """Move a row to another group of its set, or out on its own."""
    row = int(rng.integers(len(one.rows)))
    others = np.setdiff1d(one.said, one.said[[row]])
    stays_apart = (one.said == one.said[row]).sum() > 1
    if stays_apart and (not len(others) or rng.random() < 0.5):
        to = -1
    elif len(others):
        to = int(rng.choice(others))
    else:
        return None
    said = one.said.copy()
    said[row] = to
    return Told(one.file, one.rows, said, "row")


def chained(known: Rows, entity: Said, rng: np.random.Generator) -> list[Told]:
    """Speak of three records in three sets of two, one of which errs."""
    while True:
        first = int(rng.choice(known))
        twins = np.setdiff1d(np.flatnonzero(entity == entity[first]), [first])
        if len(twins):
            break
    second = int(rng.choice(twins))
    pool = np.setdiff1d(known, [first, second])
    third = int(rng.choice(np.setdiff1d(twins, [second]) if len(twins) > 1 else pool))
    three = (first, second, third)
    pairs = [np.sort(np.array(three)[[a, b]]).astype(np.int32) for a, b in ((0, 1), (1, 2), (0, 2))]
    same = [bool(entity[rows[0]] == entity[rows[1]]) for rows in pairs]
    # with a third record of another entity, only a match that is none contradicts the rest
    errs = int(rng.choice(3)) if all(same) else int(rng.choice(np.flatnonzero(np.invert(same))))
    return [
        Told(3 + at, rows, np.array([0, int(is_match == (at == errs))]), "chain" * (at == errs))
        for at, (rows, is_match) in enumerate(zip(pairs, same, strict=True))
    ]


def is_consistent(told: Sequence[Told], n_records: int) -> bool:
    """Say whether nothing that matches by way of others is said to differ."""
    ends = [np.triu_indices(len(one.rows), 1) for one in told]
    left = np.concatenate([one.rows[a] for one, (a, _) in zip(told, ends, strict=True)])
    right = np.concatenate([one.rows[b] for one, (_, b) in zip(told, ends, strict=True)])
    same = np.concatenate(
        [one.said[a] == one.said[b] for one, (a, b) in zip(told, ends, strict=True)]
    )
    group = groups_of_pairs((left[same], right[same]), n_records)
    return not (group[left[~same]] == group[right[~same]]).any()  # fmt: skip


def given_of(records: Records, told: Sequence[Told]) -> LabelFiles:
    """Write the sets as the label files they stand for, and read them as an audit does."""
    files = []
    for number in range(max(one.file for one in told) + 1):
        sets = [one for one in told if one.file == number]
        if sets:
            shown = LabelingSet(records, tuple(one.rows for one in sets))
            files.append(shown.answered([str(said) for one in sets for said in one.said]))
    return LabelFiles.of(records, files)


def find(records: Records, told: Sequence[Told]) -> tuple[Contradiction, ...]:
    """Look for contradictions in the sets, which stand in the order of their files."""
    order = np.argsort([one.file for one in told], kind="stable")
    pairs = given_of(records, [told[at] for at in order]).pairs
    back = LabeledPairs(
        pairs.left, pairs.right, pairs.is_match, order[pairs.set_index].astype(np.int32)
    )
    return find_contradictions(back, len(records))


def errors_named(found: Sequence[Contradiction], told: Sequence[Told], entity: Said) -> set[int]:
    """Return the sets whose wrong statements stand in a contradiction that was found."""
    named = set()
    for one in found:
        steps = [*zip(one.rows[:-1], one.rows[1:], strict=True), (one.rows[0], one.rows[-1])]
        for place, ((first, second), of_set) in enumerate(zip(steps, one.sets, strict=True)):
            says_match = place < len(steps) - 1
            if says_match != (entity[first] == entity[second]):
                named.add(of_set)
    return named


def settle(
    records: Records, told: Sequence[Told], entity: Said, *, in_sets: bool
) -> dict[str, int]:
    """Ask the truth and remove what it proves wrong until nothing contradicts."""
    left, questions, shown, needed, removed = list(told), 0, 0, [], 0
    while found := find(records, left):
        asked, wrong = [], set()
        for rows in questions_about(found):
            if in_sets:
                questions, shown = questions + 1, shown + len(rows)
                asked.append(rows)
                needed.append(1)
        if in_sets:
            for rows in asked:
                wrong |= {at for at, one in enumerate(left) if refuted(one, rows, entity)}
        else:
            first: dict[int, Contradiction] = {}
            for one in found:
                first.setdefault(one.component, one)
            for one in first.values():
                count, at = halve(one, entity)
                needed.append(count)
                questions, shown = questions + count, shown + 2 * count
                wrong.add(at)
        assert wrong, "an answer refuted nothing"
        removed += len(wrong)
        left = [one for at, one in enumerate(left) if at not in wrong]
    return {
        "questions": questions,
        "rows": shown,
        "removed": removed,
        "right sets removed": removed - (sum(bool(one.kind) for one in told)
                                         - sum(bool(one.kind) for one in left)),
        "more than two": sum(one > 2 for one in needed),
        "settled": len(needed),
        "most": max(needed, default=0),
    }  # fmt: skip


def refuted(one: Told, shown: Rows, entity: Said) -> bool:
    """Say whether what a set says of the rows that were shown is not the truth."""
    at = np.flatnonzero(np.isin(one.rows, shown))
    true, said = entity[one.rows[at]], one.said[at]
    return bool(((true[:, None] == true) != (said[:, None] == said)).any())


def halve(one: Contradiction, entity: Said) -> tuple[int, int]:
    """Ask of two rows at a time which statement is wrong; return the questions, and its set."""
    rows, low, high, count = one.rows, 0, len(one.rows) - 1, 1
    if entity[rows[0]] == entity[rows[-1]]:
        return count, one.sets[-1]
    while high - low > 1:
        middle, count = (low + high) // 2, count + 1
        if entity[rows[low]] == entity[rows[middle]]:
            low = middle
        else:
            high = middle
    return count, one.sets[low]


def summed(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sum the counts of the runs, but take the most of the most."""
    out: dict[str, Any] = {}
    for part in runs[0]:
        keys = runs[0][part]
        out[part] = {
            key: max(run[part][key] for run in runs)
            if key == "most"
            else sum(run[part][key] for run in runs)
            for key in keys
        }
    return out


def contradictions_table(rows: dict[str, dict[str, Any]]) -> str:
    """Return the results by table."""
    heads = [
        "table",
        "put in",
        *(f"found: {kind}" for kind in KINDS),
        "questions of a set each",
        "rows shown each",
        "questions of two rows each",
        "at most two",
        "most",
    ]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    for name, row in rows.items():
        count = sum(row["put in"].values())
        sets, pairs = row["sets"], row["pairs"]
        cells = [name, str(count)]
        cells += [f"{row['found'][kind] / row['put in'][kind]:.1%}" for kind in KINDS]
        cells += [f"{sets['questions'] / count:.2f}", f"{sets['rows'] / count:.1f}"]
        cells += [f"{pairs['questions'] / count:.2f}"]
        cells += [f"{1 - pairs['more than two'] / pairs['settled']:.1%}", str(pairs["most"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
