"""``matchloop lab compare``: compare strategies by their simulated results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matchloop.cli.options import AsJson
from matchloop.cli.words import print_json
from matchloop.errors import counted

if TYPE_CHECKING:
    from rich.console import Console

    from matchloop.lab.simulation.savings import Saved
    from matchloop.lab.simulation.standings import Comparison, OnTable

__all__ = ["Axis", "Metric", "Only", "OracleName", "Reference", "ResultFolders", "compare"]

ResultFolders = Annotated[
    list[Path],
    typer.Argument(metavar="RESULTS...", help="Folders that simulate wrote.", show_default=False),
]
Metric = Annotated[str, typer.Option("--metric", metavar="NAME", help="What is compared.")]
Axis = Annotated[str, typer.Option("--axis", metavar="NAME", help="What is spent for it.")]
Reference = Annotated[
    str | None,
    typer.Option(
        "--reference",
        metavar="CONTENDER",
        help="What the others are compared with; margin if not given.",
        show_default=False,
    ),
]
OracleName = Annotated[
    str | None,
    typer.Option(
        "--oracle",
        metavar="NAME",
        help="Whose answers count; the one with the most runs if not given.",
        show_default=False,
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="CONTENDER",
        help="Leave out all other contenders but the reference; may be repeated.",
        show_default=False,
    ),
]


def compare(
    results: ResultFolders,
    metric: Metric = "f1",
    axis: Axis = "labels",
    reference: Reference = None,
    oracle: OracleName = None,
    only: Only = None,
    as_json: AsJson = False,
) -> None:
    """Test which strategy is better, and how sure that is.

    A contender is a strategy and, where it differs from most runs, its start, its sets of rows,
    its policy and its learner. Runs are paired by table and seed.
    """
    from matchloop.lab.simulation.comparing import compare as compared
    from matchloop.lab.simulation.comparing import only_some
    from matchloop.lab.simulation.curves import read_curves
    from matchloop.lab.simulation.reading import conclusions, limits
    from matchloop.lab.simulation.results import read_rounds

    curves = read_curves(read_rounds(results), metric=metric, axis=axis)
    if only:
        curves = only_some(curves, only, reference)
    comparison = compared(curves, reference=reference, oracle=oracle)
    shows, lacks = conclusions(comparison), limits(comparison)
    if as_json:
        print_json({**asdict(comparison), "conclusions": shows, "limits": lacks})
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    _head(console, comparison)
    for table in comparison.tables:
        _print_table(console, comparison, table)
    _print_overall(console, comparison)
    _print_matrix(console, comparison)
    for title, lines in (("What this shows", shows), ("What it does not show", lacks)):
        console.print(f"\n{title}")
        for line in lines:
            console.print(f"- {line}")


def _head(console: Console, comparison: Comparison) -> None:
    from matchloop.lab.simulation.reading import METRIC_NAMES, UNITS

    console.print(
        f"{METRIC_NAMES[comparison.metric]} over {UNITS[comparison.axis]}; "
        f"{len(comparison.overall)} contenders, "
        f"{counted(len(comparison.tables), 'table')}, {counted(comparison.seeds, 'seed')}; "
        f"answers by {comparison.oracle}; "
        f"intervals of 95 %; compared with {comparison.reference}"
    )


def _print_table(console: Console, comparison: Comparison, table: OnTable) -> None:
    from matchloop.lab.simulation.reading import UNITS, short, with_interval

    best = "" if table.supervised is None else f" (all labels: {short(table.supervised.mean)})"
    console.print(f"\n{table.table}{best}")
    heads = [
        "",
        *(f"at {point:g} {UNITS[comparison.axis]}" for point in table.points),
        "area",
        "area, log",
        "difference",
        "p (Holm)",
        f"saved at {table.points[len(table.points) // 2]:g}",
    ]
    rows = [
        [
            standing.contender,
            *(with_interval(reached) for reached in standing.reached),
            short(standing.area.mean),
            short(standing.area_log.mean),
            with_interval(standing.difference, differs=True),
            short(standing.p_holm),
            _saved(standing.saved),
        ]
        for standing in sorted(table.standings, key=lambda each: (-each.area.mean, each.contender))
    ]
    _print(console, heads, rows)


def _print_overall(console: Console, comparison: Comparison) -> None:
    from matchloop.lab.simulation.reading import short, signed, with_interval

    console.print("\nOver all tables")
    ranks = {}
    if comparison.ranking is not None:
        ranks = dict(zip(comparison.ranked, comparison.ranking.ranks, strict=True))
    heads = ["", "area", "rank", "difference", "median", "worst", "p tables", "p runs", "w-t-l"]
    rows = [
        [
            overall.contender,
            short(overall.area.mean),
            short(ranks.get(overall.contender), 2),
            with_interval(overall.difference, differs=True),
            signed(overall.median),
            signed(overall.worst),
            short(overall.p_tables_holm),
            short(overall.p_runs_holm),
            "" if overall.difference is None else f"{overall.wins}-{overall.ties}-{overall.losses}",
        ]
        for overall in comparison.overall
    ]
    _print(console, heads, rows)
    if comparison.ranking is not None:
        console.print(f"critical difference of ranks: {comparison.ranking.critical_difference:.2f}")


def _print_matrix(console: Console, comparison: Comparison) -> None:
    if len(comparison.ranked) < 2 or comparison.seeds < 2:
        return
    console.print("\nTables won-tied-lost by the row against the column")
    letters = [f"({number})" for number in range(1, len(comparison.ranked) + 1)]
    rows = [
        [f"{letters[at]} {name}", *("-".join(map(str, met)) if sum(met) else "" for met in row)]
        for at, (name, row) in enumerate(zip(comparison.ranked, comparison.matrix, strict=True))
    ]
    _print(console, ["", *letters], rows)


def _print(console: Console, heads: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        console.print("  ".join(cells).rstrip())


def _saved(saved: Saved | None) -> str:
    from matchloop.lab.simulation.reading import signed

    if saved is None:
        return signed(None)
    return "never there" if saved.saved is None else signed(saved.saved, 0)
