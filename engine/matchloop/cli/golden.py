"""``matchloop golden`` and the options of golden rows that ``matchloop match`` has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

import matchloop as ml
from matchloop.cli.options import AsJson, EscapeFormulas, Kinds, OptionalKey, read_table
from matchloop.cli.places import beside
from matchloop.cli.progress import StageProgress
from matchloop.cli.table_files import TableFile, reads_tables, write_alike
from matchloop.cli.words import print_json, say
from matchloop.data.io import escape_formulas as escaped
from matchloop.data.io import is_spreadsheet
from matchloop.errors import UsageError, counted

if TYPE_CHECKING:
    from matchloop.entities.golden import GoldenRows, GoldenRules

__all__ = [
    "GoldenFile",
    "GoldenRulesFile",
    "WrittenGolden",
    "golden",
    "golden_lines",
    "read_golden_options",
    "write_golden",
]

GoldenFile = Annotated[
    str | None,
    typer.Option(
        "--golden",
        metavar="FILE",
        help="Also write one row per group, each value chosen by a rule; FILE.provenance names "
        "the record and the rule of each value.",
        show_default=False,
    ),
]
GoldenRulesFile = Annotated[
    str | None,
    typer.Option(
        "--golden-rules",
        metavar="TOML",
        help="Rules of the golden rows; by default the kind of each column decides.",
        show_default=False,
    ),
]


@reads_tables
def golden(
    matched: Annotated[
        TableFile,
        typer.Argument(
            metavar="MATCHED", help="Table with match_id, as `match` writes it.", show_default=False
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Table to write, one row per group; .csv, .jsonl or .parquet.",
            show_default=False,
        ),
    ],
    key: OptionalKey = None,
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules",
            metavar="TOML",
            help="Rules by column; by default the kind of each column decides.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="COLUMN",
            help="Column that names the source of a record, for rules that rank sources.",
            show_default=False,
        ),
    ] = None,
    kinds: Kinds = None,
    escape_formulas: EscapeFormulas = False,
    as_json: AsJson = False,
) -> None:
    """Write one row per group of a matched table.

    Each value is chosen by a rule. A second table beside it names the record and the rule of
    each value.
    """
    from matchloop.entities.golden import golden_rows

    read = read_golden_options(output, rules)
    with StageProgress("golden") as progress:
        progress("read", 0.0)
        records = read_table(matched, key, kinds=kinds)
        if source is not None and read is not None and read.source is None:
            # not as the source of a linkage: golden rows also fit a table of one source
            read = replace(read, source=source)
        progress("choose", 0.4)
        result = golden_rows(records, rules=read)
        progress("write", 0.7)
        written = write_golden(result, output, records, escape_formulas=escape_formulas)
    if as_json:
        print_json(written.to_dict())
        return
    for line in golden_lines(written):
        say(line)


def read_golden_options(output: str | None, rules: str | None) -> GoldenRules | None:
    """Check where golden rows go and read their rules, before any work.

    Returns
    -------
    GoldenRules or None
        None where no golden rows are wanted.

    Raises
    ------
    UsageError
        There are rules and no file for golden rows.
    RulesError
        The rules are wrong.
    OutputError
        A file cannot be written.
    """
    from matchloop.entities.golden import GoldenRules, read_golden_rules

    if output is None:
        if rules is not None:
            raise UsageError(
                f"--golden-rules {rules} was given without --golden; name the file for the "
                "golden rows"
            )
        return None
    for path in (output, beside(output, "provenance")):
        ml.check_writable(path, table=True)
    return GoldenRules() if rules is None else read_golden_rules(rules)


@dataclass(frozen=True, slots=True)
class WrittenGolden:
    """The golden rows that were written.

    Parameters
    ----------
    output, provenance
        The two files.
    rows, merged
        Golden rows, and those of several records.
    conflicts
        Groups that the rule ``unanimous`` left empty, by column.
    notes
        Sentences on missing values, sources and names of columns.
    """

    output: str
    provenance: str
    rows: int
    merged: int
    conflicts: dict[str, int]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain values, for a script."""
        return asdict(self)


def write_golden(
    result: GoldenRows, output: str, records: ml.Records, *, escape_formulas: bool = False
) -> WrittenGolden:
    """Write golden rows and their provenance, in the dialect of the file of the records."""
    provenance = beside(output, "provenance")
    for table, path in ((result.provenance, provenance), (result.table, output)):
        if escape_formulas and is_spreadsheet(path):
            table = escaped(table, keep=(records.key, "key"))
        write_alike(table, path, records.dialect)
    return WrittenGolden(
        output,
        provenance,
        result.table.num_rows,
        len(result.groups.shared),
        dict(result.conflicts),
        result.notes,
    )


def golden_lines(written: WrittenGolden) -> Iterator[str]:
    """Yield what was written, a line each, for people."""
    yield (
        f"wrote {written.output}: {counted(written.rows, 'golden row')}, {written.merged:,} of "
        f"several records; {written.provenance} names the record of each value"
    )
    for column, count in written.conflicts.items():
        empty = counted(count, "group is", "groups are")
        yield f"{column}: {empty} empty because the records differ (unanimous)"
    yield from written.notes
