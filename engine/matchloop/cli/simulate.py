"""``matchloop lab simulate``: run the simulations of a grid."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matchloop.cli.options import AsJson
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, MissingExtra, UsageError

if TYPE_CHECKING:
    from matchloop.lab.simulation import Grid, Plan

__all__ = ["simulate"]


def simulate(
    grid: Annotated[
        Path,
        typer.Argument(metavar="GRID", help="YAML file of the experiment.", show_default=False),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder of results.", show_default=False
        ),
    ],
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, help="Processes to work with.")
    ] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the runs, play none, write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare strategies on tables whose truth is known.

    Runs every combination that GRID lists and that FOLDER does not hold yet. It can be interrupted
    and called again at any time. docs/laboratory.md describes the file.
    """
    from matchloop.lab.simulation import Results, plan_grid, run_grid

    experiment = _read(grid)
    results = Results(output)
    plan = plan_grid(experiment, results, folder=grid.parent)
    if dry_run:
        _list(plan, jobs, as_json)
        return
    say(_announced(plan, jobs))
    with StageProgress("simulate") as progress:
        played = run_grid(
            experiment,
            results,
            folder=grid.parent,
            jobs=jobs,
            on_done=_told(progress, len(plan.cells) - len(plan.waiting)),
        )
    runs = len(plan.cells)
    if as_json:
        print_json({"runs": runs, "played": played, "folder": str(output)})
    else:
        say(f"{runs} runs in {output}, {played} of them played now")


def _read(path: Path) -> Grid:
    from matchloop.lab.simulation import Grid

    try:
        import yaml
    except ImportError:
        raise MissingExtra("simulate reads YAML: pip install 'matchloop[lab]'") from None
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    try:
        return Grid.of(values)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _list(plan: Plan, jobs: int, as_json: bool) -> None:
    waiting = {cell.id for cell, _ in plan.waiting}
    rows: list[dict[str, Any]] = [
        {**cell.described(), "finished": cell.id not in waiting} for cell in plan.cells
    ]
    if as_json:
        print_json({"runs": rows, "waiting": len(waiting), "seconds": plan.seconds})
        return
    for row in rows:
        state = "finished" if row.pop("finished") else "waiting"
        typer.echo("\t".join([state, *(str(value) for value in row.values())]))
    say(_announced(plan, jobs))


def _announced(plan: Plan, jobs: int) -> str:
    count = len(plan.waiting)
    line = f"{len(plan.cells)} runs, {count} to play"
    if count and plan.seconds is not None:
        line += f", about {_span(plan.seconds / min(jobs, count))}"
    return line


def _told(progress: Callable[[str, float], None], before: int) -> Callable[[int, int], None]:
    """Return a callback that prints the finished runs and the time that the others need."""
    began = time.monotonic()

    def on_done(done: int, every: int) -> None:
        text = f"{done} of {every} runs"
        if before < done < every:
            left = (time.monotonic() - began) / (done - before) * (every - done)
            text += f", about {_span(left)} left"
        progress(text, done / max(every, 1))

    return on_done


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
