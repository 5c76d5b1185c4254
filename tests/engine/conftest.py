from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

from matchloop.lab.simulation import Grid, Named, Results, run_grid

if TYPE_CHECKING:
    from conftest import FewTrees, MadeOnce

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def experiment(made_once: MadeOnce, few_trees: FewTrees) -> Path:
    """A folder of results: two tables, two seeds; on one a start, sets and wrong answers too."""
    with few_trees():
        return made_once("experiment", _play) / "results"


def _play(place: Path) -> None:
    folder = place / "results"
    people = {"key": "id", **write_some_people(place / "tables")}
    whole = Grid.of(
        {
            "name": "trial",
            "tables": [{"name": name, **people} for name in ("people", "persons")],
            "strategies": ["margin", "random"],
            "questions": [{"rows": 2, "sets": 6}],
            "rounds": 2,
            "seeds": 2,
        }
    )
    few = replace(whole, tables=whole.tables[:1], strategies=whole.strategies[:1], supervised=False)
    grids = (
        whole,
        replace(few, name="starts", starts=("random",)),
        replace(few, name="sets", questions=((5, 2),)),
        replace(few, name="noise", oracles=(Named("uniform", {"rate": 0.2}),)),
    )
    for grid in grids:
        run_grid(grid, Results(folder))


@pytest.fixture(scope="session")
def some_people() -> Callable[[Path], dict[str, str]]:
    """Return a function that writes a table of 60 people and its truth into a new folder."""
    return write_some_people


def write_some_people(folder: Path) -> dict[str, str]:
    """Write some of the people, so that a run takes a moment only; return both files."""
    folder.mkdir()
    truth = pacsv.read_csv(DATA / "people_truth.csv")
    entities = truth[truth.column_names[1]].unique()[:60]
    truth = truth.filter(pc.is_in(truth[truth.column_names[1]], entities))
    people = pacsv.read_csv(DATA / "people.csv")
    people = people.filter(pc.is_in(people["id"], truth["id"]))
    pacsv.write_csv(truth, folder / "truth.csv")
    pacsv.write_csv(people, folder / "people.csv")
    return {"file": str(folder / "people.csv"), "truth": str(folder / "truth.csv")}
