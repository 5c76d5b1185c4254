"""The files beside the table, and the commands that make them without the page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

import matchloop as ml
from matchloop.data.io.label_files import write_labelling_file
from matchloop.data.io.tables import IGNORE
from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels
from matchloop.data.records import Records
from matchloop.matching.backends import PreparedTable
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.local.choices import IGNORED, ROW_NUMBER, Choices
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.store import Store

__all__ = ["OUTPUTS", "commands", "labels_table", "write_results"]

_RESULTS = {
    "matched.csv": "matched table",
    "labels.csv": "labels (Glue's format)",
    "model": "model",
}

_FLAGS = "flags.csv"

OUTPUTS = {**_RESULTS, _FLAGS: "flagged rows"}
"""What is written beside the table, and what the page calls it; flags only where there are any."""


def write_results(
    folder: Folder,
    prepared: PreparedTable,
    matcher: ml.Matcher,
    labels: pa.Table,
    flags: pa.Table | None,
    *,
    is_numbered: bool,
) -> list[Path]:
    """Write matched table, labels, model and flags; each appears whole or not at all.

    Parameters
    ----------
    folder
        Where the table is.
    prepared
        The table.
    matcher
        Fitted to all labels.
    labels
        What :func:`labels_table` returned.
    flags
        The flagged rows, if any.
    is_numbered
        Whether rows have numbers for keys: then the numbered table is written, too, for the
        commands that need a key.
    """
    if is_numbered:
        ml.write_table(prepared.records.table, numbered_file(folder))
    paths = [folder.output(kind) for kind in _RESULTS]
    matched, labelled, model = paths
    matcher.save(model)
    # the model as it is read back: `matchloop match` with it writes the same bytes
    matches = ml.Matcher.load(model).find_matches(prepared)
    ml.write_table(matches.table(), matched)
    write_labelling_file(labels, labelled)
    if flags is not None:
        paths.append(folder.output(_FLAGS))
        ml.write_table(flags, paths[-1])
    return paths


def labels_table(
    store: Store, transform_id: str, labels: Labels | None, records: Records
) -> pa.Table:
    """Return all labels in Glue's shape, and the rows that were left out with an empty label."""
    names = [LABELING_SET_ID, LABEL, *records.table.column_names]
    rows: list[tuple[str, ...]] = []
    if labels is not None:
        columns = [labels.table().column(name).to_pylist() for name in names]
        rows = list(zip(*columns, strict=True))
    with store.reading() as tx:
        opinions = tx.label_queue.opinions(transform_id)
        sets = {
            labelling_set.number: contents_of(labelling_set.body)
            for labelling_set in tx.label_queue.sets(transform_id)
        }
    left_out: dict[tuple[str, str], tuple[str, ...]] = {}
    for opinion in opinions:
        contents = sets[opinion.number]
        if contents.audit or contents.gold is not None:
            continue
        for key, cells in zip(contents.keys, contents.rows, strict=True):
            if key in opinion.body["partition"]:
                left_out.pop((contents.name, key), None)
            if opinion.body["partition"].get(key, "") is None:
                texts = tuple(cell or "" for cell in cells)
                left_out[contents.name, key] = (contents.name, "", *texts)
    order: dict[str, int] = {}
    whole = [*rows, *left_out.values()]
    for row in whole:
        order.setdefault(row[0], len(order))
    whole.sort(key=lambda row: order[row[0]])
    return pa.table(
        {name: pa.array([row[at] for row in whole], pa.string()) for at, name in enumerate(names)}
    )


def numbered_file(folder: Folder) -> Path:
    """Return the path of the table with a number for each row."""
    return folder.path / f"{folder.stem}.csv"


def commands(folder: Folder, choices: Choices, *, has_labels: bool) -> Sequence[str]:
    """Return the commands that make the same files without the page."""
    is_numbered = choices.key == ROW_NUMBER
    file = numbered_file(folder) if is_numbered else folder.file
    table = [str(file), "--key", choices.key]
    if choices.source is not None:
        table += ["--source", choices.source]
    kinds = []
    for name, kind in choices.kinds.items():
        kinds += ["--kinds", f"{name}={IGNORE if kind == IGNORED else kind}"]
    labels = ["--labels", str(folder.output("labels.csv"))] if has_labels else []
    model = str(folder.output("model"))
    train = ["matchloop", "train", *table, *kinds, *labels, "-o", model]
    matched = str(folder.output("matched.csv"))
    match = ["matchloop", "match", *table, *kinds, "--model", model, "-o", matched]
    return [shlex.join(train), shlex.join(match)]
