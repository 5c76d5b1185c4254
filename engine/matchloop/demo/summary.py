"""Build the report of a demo: choose the groups and pairs to show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import matchloop
from matchloop.data.pairs import pair_ids, run_starts
from matchloop.demo.run import DemoRun
from matchloop.report import CurvePoint, ExplainedPair, GroupTable, Report, Tile

__all__ = ["make_report"]

# Limits of what one page shows; conventions.
GROUPS = 5
ROWS = 12
COLUMNS = 12
LONGEST = 90  # characters of a value
NEXT = (
    (
        "Match a CSV file or a workbook of your own, without any label:",
        "matchloop match people.csv -o matched.csv",
    ),
    (
        "Label rows in the browser, and match with these labels (needs pip install "
        "'matchloop[server]'):",
        "matchloop label people.csv",
    ),
)


def make_report(run: DemoRun, *, seed: int = 0) -> Report:
    """Return the report of a demo.

    Parameters
    ----------
    run
        The finished demo.
    seed
        The seed of the run, for the foot of the page.

    Returns
    -------
    Report
        The data of the page.
    """
    first, last = run.rounds[0].quality, run.rounds[-1].quality
    scores = run.matches.scores
    truth = np.isin(scores.pairs.ids(), np.sort(pair_ids(run.table.left, run.table.right)))
    records = run.table.records
    rounds = len(run.rounds) - 1
    return Report(
        title=f"Matching {run.table.name}",
        subtitle=f"{len(records):,} records, matched without any label, then after each of "
        f"{rounds} rounds of labels. The labels come from the known truth. "
        + run.table.description,
        tiles=(
            Tile("F1", f"{last.f1:.3f}", f"{first.f1:.3f} without labels"),
            Tile("Precision", f"{last.precision:.3f}", f"{first.precision:.3f} without labels"),
            Tile("Recall", f"{last.recall:.3f}", f"{first.recall:.3f} without labels"),
            Tile("Groups", f"{last.groups.groups:,}", f"{last.truth.groups:,} in truth"),
            Tile("Rows labelled", f"{run.rounds[-1].rows:,}", f"in {rounds} rounds"),
            Tile("Time", f"{run.seconds:.0f} s", "the whole loop"),
        ),
        curve=tuple(
            CurvePoint(point.rows, point.quality.precision, point.quality.recall, point.quality.f1)
            for point in run.rounds
        ),
        probability=scores.probability,
        is_match=truth,
        groups=_groups(run),
        pairs=_pairs(run, truth),
        notes=_notes(run),
        commands=NEXT,
        made_with=f"matchloop {matchloop.__version__}, seed {seed}",
    )


def _notes(run: DemoRun) -> tuple[str, ...]:
    recall = _blocking_recall(run)
    candidates = len(run.prepared.candidates)
    notes = [
        f"At the start: {run.assumed}" if run.assumed else "",
        *run.matches.notes,
        f"Only {candidates:,} candidate pairs were compared, {candidates / len(run.matches):.1f} "
        f"for each record; {recall:.1%} of the true pairs are among them.",
        "Precision, recall and F1 count pairs of records of one group. Labelled pairs are left "
        "out.",
        "The labels here have no mistakes. Labels of people have some.",
    ]
    return tuple(note for note in notes if note)


def _blocking_recall(run: DemoRun) -> float:
    true = pair_ids(run.table.left, run.table.right)
    return float(np.isin(true, run.prepared.candidates.ids()).mean()) if len(true) else 1.0


def _groups(run: DemoRun) -> tuple[GroupTable, ...]:
    match_id = run.matches.match_id
    order = np.argsort(match_id, kind="stable")
    starts = run_starts(match_id[order])
    groups = np.split(order, starts[1:])
    groups.sort(key=lambda rows: (-len(rows), int(rows[0])))
    return tuple(_group(run, rows) for rows in groups[:GROUPS] if len(rows) > 1)


def _group(run: DemoRun, rows: NDArray[np.int64]) -> GroupTable:
    records = run.table.records
    names = [records.key, *([records.source] if records.source else []), *records.columns]
    table = records.table.select(names[:COLUMNS]).take(pa.array(rows[:ROWS]))
    columns = {
        name: [_text(value) for value in table.column(name).to_pylist()]
        for name in table.column_names
    }
    present = {name: texts for name, texts in columns.items() if any(texts)}
    return GroupTable(
        int(run.matches.match_id[rows[0]]),
        float(run.matches.confidence[rows[0]]),
        tuple(present),
        tuple(zip(*present.values(), strict=True)),
        _verdict(run.table.entity, rows),
        max(0, len(rows) - ROWS),
        max(0, len(names) - COLUMNS),
    )


def _verdict(entity: NDArray[np.int64], rows: NDArray[np.int64]) -> str:
    inside = np.bincount(entity[rows])
    if np.count_nonzero(inside) > 1:
        return f"{np.count_nonzero(inside)} different ones in truth"
    left_out = int(np.count_nonzero(entity == entity[rows[0]])) - len(rows)
    return f"right, but {left_out} missing" if left_out else "exactly right"


def _pairs(run: DemoRun, truth: NDArray[np.bool_]) -> tuple[ExplainedPair, ...]:
    scores = run.matches.scores
    if len(scores) == 0:
        return ()
    chosen = {
        "A clear match": _typical(scores.probability, highest=True),
        "The most uncertain pair": int(np.argmin(np.abs(scores.probability - 0.5))),
        "A clear non-match": _typical(scores.probability, highest=False),
    }
    keys = run.table.records.keys
    made = []
    for title, pair in chosen.items():
        left, right = int(scores.pairs.left[pair]), int(scores.pairs.right[pair])
        explanation = run.matcher.explain(run.prepared, keys[left].as_py(), keys[right].as_py())
        verdict = "the same in truth" if truth[pair] else "not the same in truth"
        made.append(ExplainedPair(title, explanation, verdict))
    return tuple(made)


def _typical(probability: NDArray[np.floating], *, highest: bool) -> int:
    """Return the median pair of the hundredth with the highest, or lowest, probability."""
    order = np.argsort(-probability if highest else probability, kind="stable")
    return int(order[min(len(order) - 1, len(order) // 200)])


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
