"""Run an experiment: every run of a grid that is not there yet, on several cores."""

from __future__ import annotations

import multiprocessing
import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from matchloop.questions import find_start
from matchloop.simulation.grid import Cell, Grid
from matchloop.simulation.learners import find_learner
from matchloop.simulation.loading import load_task
from matchloop.simulation.oracles import find_oracle
from matchloop.simulation.playing import Play, Step, learn_everything, play
from matchloop.simulation.results import Results
from matchloop.simulation.tasks import Task
from matchloop.strategies import make_strategy

__all__ = ["Loader", "how_to_play", "run_grid"]

PACKAGES = ("matchloop", "numpy", "pyarrow", "scikit-learn", "scipy")


class Loader(Protocol):
    """Loads a task by the name of its table; must be picklable."""

    def __call__(self, name: str) -> Task:
        """Return the task."""
        ...


class _FromFiles:
    def __init__(self, grid: Grid, folder: Path) -> None:
        self._sources = {table.name: table for table in grid.tables}
        self._folder = folder

    def __call__(self, name: str) -> Task:
        return load_task(self._sources[name], self._folder)


def run_grid(
    grid: Grid,
    results: Results,
    *,
    folder: Path = Path(),
    jobs: int = 1,
    loader: Loader | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> int:
    """Play every run of a grid that has no result yet.

    Parameters
    ----------
    grid
        The experiment.
    results
        Where finished runs are kept; what is there already is not played again.
    folder
        What the paths of the grid are relative to.
    jobs
        Processes, at least 1. The results do not depend on it.
    loader
        Loads the tables in another way than from the grid's files.
    on_done
        Called with the finished and all runs.

    Returns
    -------
    int
        How many runs were played.
    """
    load = loader if loader is not None else _FromFiles(grid, folder)
    cells = grid.cells()
    _check_names(cells)
    waiting = [cell for cell in cells if not results.has(cell)]
    results.begin({"grid": asdict(grid), "versions": _versions()})
    done = len(cells) - len(waiting)
    if on_done is not None:
        on_done(done, len(cells))
    if jobs == 1:
        for cell in waiting:
            _played(cell, results, load)
            done += 1
            if on_done is not None:
                on_done(done, len(cells))
        return len(waiting)
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        futures = [pool.submit(_played, cell, results, load) for cell in waiting]
        try:
            for future in as_completed(futures):
                future.result()
                done += 1
                if on_done is not None:
                    on_done(done, len(cells))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return len(waiting)


def how_to_play(cell: Cell) -> Play:
    """Return how a run of a grid is played.

    Raises
    ------
    UnknownName
        It names a strategy, start, oracle or learner that does not exist.
    UsageError
        One of them has no such setting.
    """
    return Play(
        strategy=make_strategy(cell.strategy.name, cell.strategy.settings),
        oracle=find_oracle(cell.oracle.name, cell.oracle.settings),
        start=cell.start,
        matcher=find_learner(cell.learner.name, cell.learner.settings),
        rows=cell.rows,
        sets=cell.sets,
        rounds=cell.rounds,
        policy="replace" if cell.policy == "replace" else "merge",
        test_share=cell.test_share,
        seed=cell.seed,
    )


_TASKS: dict[str, Task] = {}


def _played(cell: Cell, results: Results, load: Loader) -> None:
    if cell.table not in _TASKS:
        _TASKS.clear()  # the runs of a table come together; one table in memory is enough
        _TASKS[cell.table] = load(cell.table)
    task = _TASKS[cell.table]
    results.put(cell, task.digest, _steps(task, cell))


def _steps(task: Task, cell: Cell) -> list[Step]:
    if not cell.is_supervised:
        return list(play(task, how_to_play(cell)))
    matcher = find_learner(cell.learner.name, cell.learner.settings)
    return [learn_everything(task, matcher=matcher, test_share=cell.test_share, seed=cell.seed)]


def _check_names(cells: list[Cell]) -> None:
    """Find a misspelt name before the first hour of work, not after it."""
    seen = set()
    for cell in cells:
        told = (str(cell.strategy), cell.start, str(cell.oracle), str(cell.learner))
        if told not in seen and not cell.is_supervised:
            seen.add(told)
            find_start(cell.start)
            how_to_play(cell)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
