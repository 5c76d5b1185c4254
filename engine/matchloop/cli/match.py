"""``matchloop match``: put the records of a table into groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer

import matchloop as ml
from matchloop.cli.options import (
    AccuracyCost,
    AsJson,
    Block,
    EnforceLabels,
    File,
    Key,
    Kinds,
    LabelFiles,
    MaxSize,
    Model,
    PerSource,
    PrecisionRecall,
    Seed,
    Source,
    make_matcher,
    read_labels_for,
    read_table,
)
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError
from matchloop.matches import stacked

__all__ = ["match"]

SETTINGS = {
    "precision_recall": "precision_recall",
    "accuracy_cost": "accuracy_cost",
    "per_source": "per_source",
    "max_size": "max_size",
    "block": "rules",
    "seed": "seed",
}
"""Options that a saved model has a value for, which they override when typed."""

Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Table to write: the input rows in their order with match_id and "
        "match_confidence_score; .csv, .jsonl or .parquet.",
        show_default=False,
    ),
]
Incremental = Annotated[
    str | None,
    typer.Option(
        "--incremental",
        metavar="EXISTING",
        help="Table matched earlier (with match_id); FILE holds the new records only.",
        show_default=False,
    ),
]
ExplainBlocking = Annotated[
    bool,
    typer.Option(
        "--explain-blocking",
        help="Also say which rule found how many pairs and, with labels, what was lost.",
    ),
]
RemoveDuplicates = Annotated[
    bool,
    typer.Option("--remove-duplicates", help="Write only the first row of each group."),
]


def match(
    context: typer.Context,
    file: File,
    key: Key,
    output: Output,
    source: Source = None,
    labels: LabelFiles = None,
    model: Model = None,
    incremental: Incremental = None,
    kinds: Kinds = None,
    block: Block = None,
    explain_blocking: ExplainBlocking = False,
    precision_recall: PrecisionRecall = 0.5,
    accuracy_cost: AccuracyCost = 0.5,
    enforce_labels: EnforceLabels = False,
    per_source: PerSource = "many",
    max_size: MaxSize = None,
    remove_duplicates: RemoveDuplicates = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Group the records of a table.

    Writes its rows in their order with match_id and match_confidence_score. Learns from
    --labels, uses a saved --model, or with neither fits the structure of the table.
    """
    if model is not None and labels:
        raise UsageError("--model and --labels were both given; a model has learned already")
    if enforce_labels and not labels:
        raise UsageError("--enforce-labels was given without --labels; there is nothing to enforce")
    ml.check_writable(output, table=True)
    with StageProgress("match") as progress:
        records = read_table(file, key, source=source, kinds=kinds)
        existing = everything = None
        if incremental is not None:
            existing = read_table(incremental, key, source=source, kinds=kinds)
            everything = stacked(existing, records)
        known = read_labels_for(everything or records, labels)
        settings = make_matcher(
            precision_recall=precision_recall,
            accuracy_cost=accuracy_cost,
            enforce_labels=enforce_labels,
            per_source=per_source,
            max_size=max_size,
            block=block,
            seed=seed,
        )
        if model is not None:
            matcher = with_given(context, ml.Matcher.load(model), settings)
        else:
            matcher = settings.fit(everything or records, known, on_stage=progress)
        if existing is not None:
            matches = matcher.find_incremental_matches(existing, records, on_stage=progress)
            table = matches.table().slice(len(existing))
        else:
            matches = matcher.find_matches(records, on_stage=progress)
            table = matches.table()
        blocking = matcher.blocking_report(matches.records, known) if explain_blocking else None
        if remove_duplicates:
            table = first_of_each_group(table)
        ml.write_table(table, output)

    report = summary(table, matcher, output)
    if blocking is not None:
        report["blocking"] = blocking.to_dict()
        if not as_json:
            say(str(blocking))
    if matches.changes is not None:
        report["changes"] = matches.changes.counts()
    if as_json:
        print_json(report)
        return
    say(
        f"wrote {output}: {report['rows']:,} rows in {report['groups']:,} groups, "
        f"{report['matched']:,} of them in a group with another"
    )
    if matches.changes is not None:
        told = ", ".join(f"{count:,} {name}" for name, count in matches.changes.counts().items())
        say(f"changes to the groups of {incremental}: {told}")
    for note in (matcher.assumed, *matches.notes):
        if note:
            say(note)


def with_given(context: typer.Context, saved: ml.Matcher, settings: ml.Matcher) -> ml.Matcher:
    """Return a saved matcher with those settings that were typed on the command line."""
    typed = {
        SETTINGS[name]: getattr(settings, SETTINGS[name])
        for name in SETTINGS
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    return replace(saved, **typed)


def first_of_each_group(table: pa.Table) -> pa.Table:
    """Return the first row of each group, in the order of the table."""
    numbers = np.asarray(table.column("match_id").combine_chunks())
    _, first = np.unique(numbers, return_index=True)  # small beside the matching itself
    return table.take(np.sort(first))


def summary(table: pa.Table, matcher: ml.Matcher, output: str) -> dict[str, object]:
    """Return what was written, for a script."""
    counts = pc.value_counts(table.column("match_id").combine_chunks()).field("counts")
    sizes = np.asarray(counts)
    return {
        "output": output,
        "rows": table.num_rows,
        "groups": len(sizes),
        "matched": int(sizes[sizes > 1].sum()),
        "largest": int(sizes.max()) if len(sizes) else 0,
        "assumed": matcher.assumed,
    }
