"""``matchloop simulate``: play the runs of a grid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matchloop.cli.options import AsJson
from matchloop.cli.progress import StageProgress
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, MissingExtra, UsageError

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
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes to work with.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Compare strategies on tables whose truth is known.

    Plays every combination that GRID lists and that FOLDER does not hold yet: cut it off and call
    it again at any time. docs/laboratory.md describes the file.
    """
    from matchloop.simulation import Grid, Results, run_grid

    try:
        import yaml
    except ImportError:
        raise MissingExtra("simulate reads YAML: pip install 'matchloop[lab]'") from None
    try:
        given = yaml.safe_load(grid.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {grid}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{grid} is not YAML: {' '.join(str(error).split())}") from None
    try:
        experiment = Grid.of(given)
    except UsageError as error:
        raise UsageError(f"{grid}: {error}") from None
    with StageProgress("simulate") as progress:
        played = run_grid(
            experiment,
            Results(output),
            folder=grid.parent,
            jobs=jobs,
            on_done=lambda done, all_: progress(f"{done} of {all_} runs", done / max(all_, 1)),
        )
    runs = len(experiment.cells())
    if as_json:
        print_json({"runs": runs, "played": played, "folder": str(output)})
    else:
        say(f"{runs} runs in {output}, {played} of them played now")
