"""Run an experiment: every run of a grid that is not there yet, on several cores."""

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
ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do for a grid.

    Parameters
    ----------
    cells
        Every run.
    waiting
        Those that are not finished, with the hash of all that each is played with.
    digests
        Hash of each table.
    seconds
        What the waiting runs are expected to take on one core, going by finished ones of their
        table; None where nothing of a table is finished.
    """

    cells: tuple[Cell, ...]
    waiting: tuple[tuple[Cell, str], ...]
    digests: dict[str, str]
    seconds: float | None


def plan_grid(
    grid: Grid, results: Results, *, folder: Path = Path(), loader: Loader | None = None
) -> Plan:
    """Read the tables of a grid and find out which of its runs are to be played.

    Parameters
    ----------
    grid, results, folder, loader
        As in :func:`run_grid`.

    Returns
    -------
    Plan
        All names are known to exist then, and all tables to be readable.

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
    """Play every run of a grid that has no result yet.

    Parameters
    ----------
    grid
        The experiment.
    results
        Where finished runs are kept; what is there already is not played again, unless the table,
        or a file that the run uses, has changed.
    folder
        What the paths of the grid are relative to; names like ``module:Class`` run files of it.
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
    """Return how a run of a grid is played.

    Parameters
    ----------
    cell
        The run.
    folder
        Where ``module:Class`` and the files of oracles are looked for.

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
    """Plays runs one after the other, with one table in memory: those of a table come together."""

    def __init__(self, results: Results, load: Loader, folder: Path) -> None:
        self._results, self._load, self._folder = results, load, folder
        self._task: Task | None = None

    def play(self, cell: Cell, made_from: str) -> None:
        if self._task is None or self._task.name != cell.table:
            self._task = None  # let go of the old table first
            self._task = self._load(cell.table)
        began = time.perf_counter()
        with threadpool_limits(1):  # sums in another order are other numbers
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
    """Play runs in this process or in several others; give way after each."""
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
    """Begin as one of several processes: left to the parent to interrupt, and never outlive it."""
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
    """Let processes that are started meanwhile use one thread each."""
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
    """Find a misspelt name before the first hour of work, not after it."""
    seen = set()
    for cell in cells:
        told = (str(cell.strategy), cell.start, str(cell.oracle), str(cell.learner))
        if told not in seen and not cell.is_supervised:
            seen.add(told)
            find_start(cell.start)
            how_to_play(cell, folder)


def _made_from(cell: Cell, digest: str, folder: Path) -> str:
    """Return a hash of a run's table and of the files that it uses: code, answers."""
    files = [file_of(named.name, folder) for named in (cell.strategy, cell.oracle)]
    if isinstance(given := cell.oracle.settings.get("file"), str) and "://" not in given:
        files.append(folder / given)
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
