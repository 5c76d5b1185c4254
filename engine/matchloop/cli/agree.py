"""``matchloop agree``: compare the labels of several annotators, and merge them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

import matchloop as ml
from matchloop.cli.columns import print_columns, tell
from matchloop.cli.options import AsJson, Html, Key, Kinds, LabelsAre, Seed, Source, read_table
from matchloop.cli.table_files import TableFile, reads_tables
from matchloop.cli.words import print_json, say
from matchloop.errors import UsageError, counted

if TYPE_CHECKING:
    from matchloop.quality.agreement import Agreement, Figure, PairPrior

__all__ = ["agree"]

PAIRS_SHOWN = 15


@reads_tables
def agree(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Labelling files, one for each person.", show_default=False
        ),
    ],
    key: Key,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            metavar="COLUMN",
            help="Column that says who answered, where one file holds several people.",
            show_default=False,
        ),
    ] = None,
    gold: Annotated[
        str | None,
        typer.Option(
            "--gold",
            metavar="NAME",
            help="The person, or file, whose labels are right; the others are measured on them.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        TableFile | None,
        typer.Option(
            "--table",
            metavar="FILE",
            help="Table that the labels speak of: what it suggests without any label is heard as "
            "one more who may err.",
            show_default=False,
        ),
    ] = None,
    source: Source = None,
    kinds: Kinds = None,
    labels_are: LabelsAre = None,
    consensus: Annotated[
        str | None,
        typer.Option(
            "--consensus",
            metavar="FILE",
            help="Labelling file to write: what they say together.",
            show_default=False,
        ),
    ] = None,
    adjudicate: Annotated[
        str | None,
        typer.Option(
            "--adjudicate",
            metavar="FILE",
            help="Labelling file to write: the sets on which they differ, without any answer.",
            show_default=False,
        ),
    ] = None,
    sets: Annotated[
        int | None,
        typer.Option(
            "--sets",
            metavar="N",
            min=1,
            help="How many sets to adjudicate at most, the most disputed first.",
            show_default=False,
        ),
    ] = None,
    least_alpha: Annotated[
        float | None,
        typer.Option(
            "--least-alpha",
            metavar="A",
            max=1.0,
            help="Exit with 1 where Krippendorff's alpha is below this, for pipelines.",
            show_default=False,
        ),
    ] = None,
    html: Html = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> int:
    """Measure how far annotators agree, and how good each is.

    Each figure has a 95 % interval, or a reason why it has none. --consensus writes the merged
    labels, --adjudicate the disputed sets for another annotator to decide.
    """
    from matchloop.quality.agreement import compare_annotators

    for path in (consensus, adjudicate, html):
        if path is not None:
            ml.check_writable(path)
    if table is None and (source is not None or kinds):
        raise UsageError("--source and --kinds say how to read a table; give --table as well")
    records = None if table is None else read_table(table, key, source=source, kinds=kinds)
    prior = None if records is None else _prior(records)
    read = partial(ml.read_labels, labels_are=labels_are, records=records)
    agreement = compare_annotators(
        _people(files, person, read), key=key, gold=_name(gold), prior=prior, seed=seed
    )
    if consensus is not None:
        from matchloop.data.io import write_labels

        write_labels(agreement.consensus_labels(), consensus)
    if adjudicate is not None:
        from matchloop.data.io import write_labelling_file

        write_labelling_file(agreement.adjudication(sets), adjudicate)
    if html is not None:
        from matchloop.report import write_agreement

        write_agreement(agreement, html)
        say(f"wrote {html}")
    alpha = agreement.alpha.value
    failed = least_alpha is not None and (alpha is None or alpha < least_alpha)
    if as_json:
        print_json({**agreement.to_dict(), "passed": not failed})
    else:
        _print(agreement)
    if failed:
        value = "not defined" if alpha is None else f"{alpha:.3f}"
        say(f"alpha is {value}, expected {least_alpha:g} or more; adjudicate the disputed sets")
    return int(failed)


def _name(path: str | None) -> str | None:
    return None if path is None else PurePath(path).stem


def _prior(records: ml.Records) -> PairPrior:
    from matchloop.matching.backends import prepare
    from matchloop.quality.label_checks import prior_of

    return prior_of(prepare(records))


def _people(
    files: list[str], column: str | None, read: Callable[..., ml.Labels]
) -> dict[str, ml.Labels]:
    if column is not None:
        from matchloop.data.labels import check_labels
        from matchloop.quality.agreement import by_column

        people: dict[str, ml.Labels] = {}
        for path in files:
            for name, labels in by_column(read(path, check=False), column).items():
                check_labels(labels)
                people[name] = people[name].merged(labels) if name in people else labels
        return people
    names = [PurePath(path).stem for path in files]
    if len(set(names)) < len(names):
        names = [str(PurePath(path).with_suffix("")) for path in files]
    if len(set(names)) < len(names):
        raise UsageError("the same file was given twice; give one file for each person")
    return {name: read(path) for name, path in zip(names, files, strict=True)}


def _print(agreement: Agreement) -> None:
    values = agreement.to_dict()
    tell(
        f"{len(agreement.answers.annotators)} people, {counted(values['sets'], 'set')}, "
        f"{values['shared_sets']:,} "
        f"shared, {values['disputed_sets']:,} disputed; intervals of 95 %"
    )
    for note in agreement.answers.notes:
        say(note)
    tell(f"Krippendorff's alpha over pairs: {_text(agreement.alpha)}\n")
    heads = ["", "", "pairs", "agreed", "kappa", "adjusted Rand", "B-cubed F1"]
    rows = []
    for pair in agreement.between[:PAIRS_SHOWN]:
        figures = (pair.agreed, pair.kappa, pair.adjusted_rand, pair.bcubed)
        rows.append([pair.one, pair.other, f"{pair.pairs:,}", *map(_text, figures)])
    print_columns(heads, rows, names=2)
    if len(agreement.between) > PAIRS_SHOWN:
        tell(f"... and {len(agreement.between) - PAIRS_SHOWN} more; --json has them all")
    by = "against " + agreement.gold if agreement.gold else "estimated from what all said"
    by += " and what the table suggests" if agreement.with_table and not agreement.gold else ""
    tell(f"\nQuality of each person's judgements on pairs, {by}")
    rows = []
    for quality in agreement.quality:
        estimates = (quality.right, quality.found, quality.precise)
        rows.append([quality.person, f"{quality.pairs:,}", *map(_text, estimates)])
    print_columns(["", "pairs", "right", "matches found", "matches right"], rows)
    for reason in agreement.reasons:
        tell(f"- {reason}")
    settled = values["consensus"]
    tell(
        f"\nConsensus: {counted(settled['rows'], 'row')} grouped, "
        f"{settled['undecided']:,} undecided"
    )


def _text(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
