"""Options that several commands share, and the functions that read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import matchloop as ml
from matchloop.cli.table_files import TableFile
from matchloop.cli.words import say
from matchloop.errors import UsageError

if TYPE_CHECKING:
    from matchloop.data.memory import Memory
    from matchloop.quality.evaluation import GivenTruth

__all__ = [
    "AsJson",
    "EscapeFormulas",
    "File",
    "Html",
    "Key",
    "Kinds",
    "LabelFiles",
    "LabelsAre",
    "MemoryLimit",
    "Model",
    "OptionalKey",
    "Seed",
    "Source",
    "Truth",
    "TruthColumns",
    "read_kinds",
    "read_labels_for",
    "read_table",
    "read_truth_for",
]

File = Annotated[
    TableFile,
    typer.Argument(
        metavar="FILE",
        help="Table to read: .csv, .tsv, .txt, .xlsx, .jsonl, .parquet or .feather; also at "
        "s3://bucket/key; or a database, postgresql://user@host/shop#customers.",
        show_default=False,
    ),
]
Key = Annotated[
    str,
    typer.Option(
        "--key", metavar="COLUMN", help="Column that identifies each record.", show_default=False
    ),
]
OptionalKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="COLUMN",
        help="Column that identifies each record. Without it a column of numbers or codes that "
        "never repeats is taken, or else the rows are numbered.",
        show_default=False,
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="COLUMN",
        help="Column that names the source of a record; then only records of different sources are "
        "matched.",
        show_default=False,
    ),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kinds",
        metavar="COLUMN=KIND",
        help="Kind of a column where the inferred one is wrong: name, text, category, number, "
        "date, identifier, location; or ignore, to leave it out of comparing. May be repeated.",
        show_default=False,
    ),
]
LabelFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help="Labelling file, Glue's CSV, or a table of pairs: left_id, right_id, label. May be "
        "repeated; where two files label the same row of the same set, the later one counts.",
        show_default=False,
    ),
]
LabelsAre = Annotated[
    Literal["groups", "pairs"] | None,
    typer.Option(
        "--labels-are",
        metavar="groups|pairs",
        help="What labels say: groups, rows of a set with the same label match; or pairs, each set "
        "is a pair and its label the answer (1 or 0, yes or no). Labels that look like answers are "
        "refused without it.",
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="FILE", help="Model that `train` saved.", show_default=False),
]
Html = Annotated[
    str | None,
    typer.Option(
        "--html", metavar="FILE", help="Also write one page to look at.", show_default=False
    ),
]
Truth = Annotated[
    str | None,
    typer.Option(
        "--truth",
        metavar="FILE",
        help="Table with the key column and one that says what each record is, or with two columns "
        "of keys that match, and a label where some do not.",
        show_default=False,
    ),
]
TruthColumns = Annotated[
    str | None,
    typer.Option(
        "--truth-columns",
        metavar="NAME[,NAME[,NAME]]",
        help="Columns of the truth to use where their names do not tell: the entity; or the two "
        "keys of a pair, and the column that says whether they match.",
        show_default=False,
    ),
]
EscapeFormulas = Annotated[
    bool,
    typer.Option(
        "--escape-formulas",
        help="Put ' before values that a spreadsheet takes for a formula (=1+1); the key stays.",
    ),
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Most memory that the process may take, such as 2GiB: data waits in temporary files, "
        "and the result is the same. No limit if not given.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Same seed, same bytes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def read_kinds(typed: Sequence[str] | None) -> dict[str, str]:
    """Read ``column=kind`` options.

    Raises
    ------
    UsageError
        One is not of that form.
    """
    kinds: dict[str, str] = {}
    for text in typed or ():
        column, equals, kind = text.rpartition("=")
        if not equals or not column:
            raise UsageError(f"--kinds {text!r}: expected COLUMN=KIND, for example price=number")
        kinds[column] = kind.strip()
    return kinds


def read_table(
    file: TableFile,
    key: str | None,
    *,
    source: str | None = None,
    kinds: Sequence[str] | None = None,
    memory: str | Memory | None = None,
) -> ml.Records:
    """Read the table that a command was given, and print how it was read and what was left out."""
    records = ml.read_records(
        file.path,
        key=key,
        source=source,
        kinds=read_kinds(kinds),
        encoding=file.encoding,
        delimiter=file.delimiter,
        sheet=file.sheet,
        memory=memory,
    )
    for note in records.notes:
        say(f"{file}: {note}")
    return records


def read_labels_for(
    records: ml.Records,
    files: Sequence[str] | None,
    labels_are: Literal["groups", "pairs"] | None = None,
) -> ml.Labels | None:
    """Read and merge labelling files in the order given, and print what is odd about them.

    Returns None where no file was given.
    """
    if not files:
        return None
    read = ml.read_labels(files, key=records.key, labels_are=labels_are, records=records)
    labels = read.bound(records)
    for line in labels.report.lines():
        say(f"labels: {line}")
    return labels


def read_truth_for(records: ml.Records, file: str, columns: str | None) -> GivenTruth:
    """Read the truth that a command was given, and print what was left out of it."""
    from matchloop.quality.evaluation import read_truth

    named = None if columns is None else [name.strip() for name in columns.split(",")]
    truth = read_truth(file, records, columns=named)
    for note in truth.notes:
        say(f"truth: {note}")
    return truth
