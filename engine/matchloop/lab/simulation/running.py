"""Run an experiment: play the runs of a grid that have no results yet, on several cores."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from threadpoolctl import threadpool_limits

from matchloop.active_learning.questions import find_start
from matchloop.active_learning.strategies import make_strategy
from matchloop.errors import InputError, MatchloopError, OutputError, UsageError
from matchloop.lab.simulation.grid import Cell, Grid
from matchloop.lab.simulation.learners import find_learner
from matchloop.lab.simulation.loading import load_task
from matchloop.lab.simulation.oracles import find_oracle
from matchloop.lab.simulation.playing import Play, Step, learn_everything, play
from matchloop.lab.simulation.results import Results
from matchloop.lab.simulation.tasks import Task
from matchloop.registry import file_of

__all__ = ["Loader", "Plan", "how_to_play", "plan_grid", "run_grid"]

PACKAGES = ("matchloop", "numpy", "pyarrow", "scikit-learn", "scipy")
"""Packages whose versions decide the results."""

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Loader(Protocol):
    """Contract of a function that loads the task of a table; it must be picklable."""

    def __call__(self, name: str) -> Task:
        """Load the task of a table."""
        ...


class _FromFiles:
    def __init__(self, grid: Grid, folder: Path) -> None:
        self._sources = {table.name: table for table in grid.tables}
        self._folder = folder

    def __call__(self, name: str) -> Task:
        return load_task(self._sources[name], self._folder)


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs of a grid, and which of them are still to play.

    Parameters
    ----------
    cells
        Every run.
    waiting
        The runs that are not finished, with the hash of the data and code of each.
    digests
        Hash of each table.
    seconds
        Expected seconds of the waiting runs on one core, from finished runs of the same table. None
        where a table has no finished run.
    """

    cells: tuple[Cell, ...]
    waiting: tuple[tuple[Cell, str], ...]
    digests: dict[str, str]
    seconds: float | None


def plan_grid(
    grid: Grid, results: Results, *, folder: Path = Path(), loader: Loader | None = None
) -> Plan:
    """Read the tables of a grid and return which of its runs are still to play.

    Parameters
    ----------
    grid, results, folder, loader
        As in :func:`run_grid`.

    Returns
    -------
    Plan
        A plan whose names all exist and whose tables can be read.

    Raises
    ------
    UsageError
        A name is unknown, or a setting wrong.
    InputError
        A table, its truth or a file of labels cannot be read.
    """
    cells = tuple(grid.cells())
    _check(cells, folder)
    load = loader if loader is not None else _FromFiles(grid, folder)
    digests = {table.name: load(table.name).digest for table in grid.tables}
    waiting, taken, missing = [], dict[str, list[float]](), dict[str, int]()
    for cell in cells:
        made_from = _made_from(cell, digests[cell.table], folder)
        if not results.has(cell, made_from):
            waiting.append((cell, made_from))
            missing[cell.table] = missing.get(cell.table, 0) + 1
        elif not cell.is_supervised and (seconds := results.seconds(cell)) is not None:
            taken.setdefault(cell.table, []).append(seconds)
    expected = None
    if all(table in taken for table in missing):
        expected = sum(
            count * sum(taken[table]) / len(taken[table]) for table, count in missing.items()
        )
    return Plan(cells, tuple(waiting), digests, expected)


def run_grid(
    grid: Grid,
    results: Results,
    *,
    folder: Path = Path(),
    jobs: int = 1,
    loader: Loader | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> int:
    """Play every run of a grid that has no result yet, and return how many were played.

    Parameters
    ----------
    grid
        The experiment.
    results
        Folder of finished runs. A run there is played again only if its table or a file that it
        uses has changed.
    folder
        Folder that relative paths of the grid start from, and that holds files of ``module:Class``.
    jobs
        Number of processes, at least 1. The results do not depend on it.
    loader
        Function that loads the tables; by default they are read from the grid's files.
    on_done
        Function to call with the number of finished runs and of all runs.

    Returns
    -------
    int
        Number of runs played.

    Raises
    ------
    UsageError
        A name is unknown, a setting wrong, a strategy fails, or the results are of other versions.
    InputError
        A table, its truth or a file of labels cannot be read.
    OutputError
        The results cannot be written, or a process was killed.
    """
    plan = plan_grid(grid, results, folder=folder, loader=loader)
    load = loader if loader is not None else _FromFiles(grid, folder)
    every, done = len(plan.cells), len(plan.cells) - len(plan.waiting)
    hand = _Hand(results, load, folder)
    with results.writing():
        results.begin(asdict(grid), plan.digests, _versions())
        if on_done is not None:
            on_done(done, every)
        for number, _ in enumerate(_playing(hand, plan.waiting, jobs), start=done + 1):
            if on_done is not None:
                on_done(number, every)
    return len(plan.waiting)


def how_to_play(cell: Cell, folder: Path | None = None) -> Play:
    """Return the settings with which a run of a grid is played.

    Parameters
    ----------
    cell
        The run.
    folder
        Folder of the files of ``module:Class`` and of oracles.

    Raises
    ------
    UnknownName
        It names a strategy, start, oracle or learner that does not exist.
    UsageError
        One of them has no such setting.
    """
    return Play(
        strategy=make_strategy(cell.strategy.name, cell.strategy.settings, folder=folder),
        oracle=find_oracle(cell.oracle.name, cell.oracle.settings, folder=folder),
        start=cell.start,
        matcher=find_learner(cell.learner.name, cell.learner.settings),
        rows=cell.rows,
        sets=cell.sets,
        rounds=cell.rounds,
        policy="replace" if cell.policy == "replace" else "merge",
        test_share=cell.test_share,
        seed=cell.seed,
    )


class _Hand:
    """A worker that plays runs one by one, with one table in memory at a time."""

    def __init__(self, results: Results, load: Loader, folder: Path) -> None:
        self._results, self._load, self._folder = results, load, folder
        self._task: Task | None = None

    def play(self, cell: Cell, made_from: str) -> None:
        if self._task is None or self._task.name != cell.table:
            self._task = None  # free the old table before loading the next
            self._task = self._load(cell.table)
        began = time.perf_counter()
        with threadpool_limits(1):  # threads would add in another order and change last digits
            steps = self._steps(self._task, cell)
        seconds = time.perf_counter() - began
        self._results.put(cell, self._task.digest, made_from, steps, seconds)

    def _steps(self, task: Task, cell: Cell) -> list[Step]:
        try:
            if not cell.is_supervised:
                return list(play(task, how_to_play(cell, self._folder)))
            matcher = find_learner(cell.learner.name, cell.learner.settings)
            return [
                learn_everything(task, matcher=matcher, test_share=cell.test_share, seed=cell.seed)
            ]
        except MatchloopError:
            raise
        except Exception as error:
            raise UsageError(
                f"{cell.strategy} fails on {cell.table} with seed {cell.seed}: "
                f"{type(error).__name__}: {error} (MATCHLOOP_DEBUG=1 shows where)"
            ) from error


_HAND: list[_Hand] = []


def _playing(hand: _Hand, waiting: Sequence[tuple[Cell, str]], jobs: int) -> Iterator[None]:
    """Play runs in this process or in several others; yield after each."""
    if jobs == 1 or len(waiting) < 2:
        for cell, made_from in waiting:
            hand.play(cell, made_from)
            yield
        return
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with _one_thread_each():
        pool = ProcessPoolExecutor(jobs, context, _take_up, (hand,))
        try:
            futures = [pool.submit(_play, cell, made_from) for cell, made_from in waiting]
            for future in as_completed(futures):
                future.result()
                yield
            pool.shutdown()
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise OutputError(
                    "a process that played runs was killed, perhaps for lack of memory; finished "
                    "runs are kept: start again, with fewer --jobs"
                ) from None
            raise


def _take_up(hand: _Hand) -> None:
    """Start as a worker process, which leaves interrupts to its parent and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _HAND[:] = [hand]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(cell: Cell, made_from: str) -> None:
    _HAND[0].play(cell, made_from)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Limit processes that are started in this context to one thread each."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _check(cells: Iterable[Cell], folder: Path) -> None:
    """Raise on a misspelt name before the first hour of work, not after it."""
    seen = set()
    for cell in cells:
        names = (str(cell.strategy), cell.start, str(cell.oracle), str(cell.learner))
        if names not in seen and not cell.is_supervised:
            seen.add(names)
            find_start(cell.start)
            how_to_play(cell, folder)


def _made_from(cell: Cell, digest: str, folder: Path) -> str:
    """Return a hash of a run's table and of its files: code and answers."""
    files = [file_of(named.name, folder) for named in (cell.strategy, cell.oracle)]
    if isinstance(answers := cell.oracle.settings.get("file"), str) and "://" not in answers:
        files.append(folder / answers)
    made = sha256(digest.encode())
    for file in files:
        if file is not None:
            try:
                made.update(sha256(file.read_bytes()).digest())
            except OSError as error:
                raise InputError(f"cannot read {file}: {error.strerror or error}") from None
    return made.hexdigest()


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
