"""Results on disk: a folder per run, written whole or not at all.

::

    experiment.json               the grids, versions, hashes of the tables
    runs/<run>/events.jsonl       one line per question
    runs/<run>/rounds.parquet     one row per round
     runs/<run>/seconds.json       seconds it took; the only file that differs between machines

Several grids may share a folder. The name of a run depends on all its settings, so runs that two
grids have in common are played once.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.errors import InputError, OutputError, UsageError
from matchloop.lab.simulation.grid import Cell
from matchloop.lab.simulation.playing import Step

__all__ = ["Results", "read_rounds"]

MADE_FROM = b"matchloop.made_from"
"""Entry of a Parquet file's metadata: the hash of the data and code of a run."""


@dataclass(frozen=True, slots=True)
class Results:
    """The folder of an experiment.

    Parameters
    ----------
    folder
        Path of the folder, which is made by the first write.
    """

    folder: Path

    def has(self, cell: Cell, made_from: str) -> bool:
        """Return whether a run is finished, on the data and code that it would use now.

        Parameters
        ----------
        cell
            The run.
        made_from
            Hash of its table and of the files it uses.
        """
        try:
            metadata = pq.read_schema(self._path(cell) / "rounds.parquet").metadata or {}
        except (OSError, pa.ArrowException):
            return False
        return bool(metadata.get(MADE_FROM) == made_from.encode())

    def seconds(self, cell: Cell) -> float | None:
        """Return the seconds that a finished run took; None where they are not known."""
        try:
            times = json.loads((self._path(cell) / "seconds.json").read_text(encoding="utf-8"))
            return float(times["total"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Lock the folder against other writers, and remove what a killed process left.

        Raises
        ------
        OutputError
            The folder cannot be made, or another process writes to it.
        """
        try:
            (self.folder / "runs").mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise OutputError(
                f"cannot write to {self.folder}: {error.strerror or error}; give another folder"
            ) from None
        try:
            _claim(lock, self.folder)
            for left in (self.folder / "runs").glob(".*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            os.close(lock)  # which also releases the lock

    def begin(
        self, grid: Mapping[str, Any], tables: Mapping[str, str], versions: Mapping[str, str]
    ) -> None:
        """Store a grid before its runs are played.

        Parameters
        ----------
        grid
            All settings of the grid.
        tables
            Hash of each of its tables.
        versions
            Versions of the packages that decide the results.

        Raises
        ------
        UsageError
            The folder holds runs of other versions, which cannot be compared with new ones.
        """
        path = self.folder / "experiment.json"
        experiment: dict[str, Any] = {"grids": [], "tables": {}, "versions": dict(versions)}
        if path.exists():
            experiment = _described(path)
        differ = [name for name in versions if experiment["versions"].get(name) != versions[name]]
        if differ:
            changes = ", ".join(
                f"{name} {experiment['versions'].get(name)}, now {versions[name]}"
                for name in differ
            )
            raise UsageError(f"{self.folder} holds runs of {changes}; give another folder")
        as_stored = json.loads(json.dumps(grid))
        if as_stored not in experiment["grids"]:
            experiment["grids"].append(as_stored)
        experiment["tables"] |= tables
        unfinished = self.folder / f".experiment.{uuid.uuid4().hex}"
        unfinished.write_text(
            json.dumps(experiment, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
        unfinished.replace(path)

    def put(
        self, cell: Cell, digest: str, made_from: str, steps: Sequence[Step], seconds: float
    ) -> None:
        """Write a finished run in place of any earlier one of the same settings.

        Parameters
        ----------
        cell
            The run.
        digest
            Hash of its table.
        made_from
            Hash of its table and of the files it used.
        steps
            One per round.
        seconds
            Seconds that the run took.
        """
        path = self._path(cell)
        unfinished = path.parent / f".{cell.id}.{uuid.uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            described = {**cell.described(), "data": digest}
            rounds = pa.Table.from_pylist([{**described, **step.row} for step in steps])
            marked = rounds.replace_schema_metadata({MADE_FROM: made_from})
            pq.write_table(marked, unfinished / "rounds.parquet")
            with (unfinished / "events.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                for step in steps:
                    for event in step.events:
                        file.write(json.dumps({"run": cell.id, **event}, ensure_ascii=False) + "\n")
            taken = {"total": round(seconds, 3), "rounds": [step.seconds for step in steps]}
            (unfinished / "seconds.json").write_text(json.dumps(taken) + "\n", encoding="utf-8")
            if path.exists():
                shutil.rmtree(path)
            os.replace(unfinished, path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _path(self, cell: Cell) -> Path:
        return self.folder / "runs" / cell.id


def read_rounds(folders: Sequence[Path]) -> pa.Table:
    """Read the rounds of every finished run of one or more experiments.

    Parameters
    ----------
    folders
        Folders that ``matchloop lab simulate`` wrote. A run in several folders counts once.

    Returns
    -------
    pyarrow.Table
        One row per round of a run, runs in the order of their ids.

    Raises
    ------
    InputError
        A folder holds no finished run, a file cannot be read, or a table has other data in one run
        than in another.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        runs = sorted((folder / "runs").glob("[!.]*/rounds.parquet"))
        if not runs:
            raise InputError(
                f"{folder} holds no finished run; give a folder that 'matchloop lab simulate' wrote"
            )
        paths |= {path.parent.name: path for path in runs}
    tables = []
    data: dict[str, tuple[str, str]] = {}
    for name in sorted(paths):
        try:
            rounds = pq.read_table(paths[name])
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"cannot read {paths[name]}: {error}") from None
        table, digest = rounds["table"][0].as_py(), rounds["data"][0].as_py()
        first, other = data.setdefault(table, (name, digest))
        if digest != other:
            raise InputError(
                f"the table '{table}' has other data in run {name} than in run {first}; "
                "simulate again into a new folder"
            )
        tables.append(rounds.replace_schema_metadata(None))
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def _described(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: content[name] for name in ("grids", "tables", "versions")}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{path} was not written by 'matchloop lab simulate'; give another folder"
        ) from None


def _claim(lock: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such lock on this system
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"another 'matchloop lab simulate' writes to {folder}; wait for it, or give another"
        ) from None
