"""Results on disk: a folder per run, written whole or not at all.

::

    experiment.json               the grid, versions, hashes of the data
    runs/<run>/events.jsonl       one line per question
    runs/<run>/rounds.parquet     one row per round
    runs/<run>/seconds.json       how long it took; the only file that differs between machines
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from matchloop.errors import InputError
from matchloop.simulation.grid import Cell
from matchloop.simulation.playing import Step

__all__ = ["Results", "read_rounds"]


@dataclass(frozen=True, slots=True)
class Results:
    """The folder of an experiment.

    Parameters
    ----------
    folder
        Where it is; made when something is first written.
    """

    folder: Path

    def has(self, cell: Cell) -> bool:
        """Tell whether a run is finished."""
        return (self.folder / "runs" / cell.id / "rounds.parquet").is_file()

    def begin(self, described: dict[str, Any]) -> None:
        """Write what the experiment is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(described, indent=2, sort_keys=True) + "\n"
        unfinished = self.folder / f".experiment.{uuid.uuid4().hex}"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self.folder / "experiment.json")

    def put(self, cell: Cell, digest: str, steps: Sequence[Step]) -> None:
        """Write a finished run, and the hash of the data it was played on."""
        runs = self.folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        unfinished = runs / f".{cell.id}.{uuid.uuid4().hex}"
        unfinished.mkdir()
        try:
            told = {**cell.described(), "data": digest}
            rows = [{**told, **step.row} for step in steps]
            pq.write_table(pa.Table.from_pylist(rows), unfinished / "rounds.parquet")
            with (unfinished / "events.jsonl").open("w", encoding="utf-8") as file:
                for step in steps:
                    for event in step.events:
                        file.write(json.dumps({"run": cell.id, **event}, ensure_ascii=False) + "\n")
            seconds = [step.seconds for step in steps]
            (unfinished / "seconds.json").write_text(json.dumps(seconds) + "\n", encoding="utf-8")
            os.replace(unfinished, runs / cell.id)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def read_rounds(folders: Sequence[Path]) -> pa.Table:
    """Read the rounds of every finished run of one or more experiments.

    Parameters
    ----------
    folders
        Folders that ``matchloop simulate`` wrote. A run that stands in several counts once.

    Returns
    -------
    pyarrow.Table
        One row per round of a run, runs in the order of their ids.

    Raises
    ------
    InputError
        A folder holds no finished run.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        runs = sorted((folder / "runs").glob("[!.]*/rounds.parquet"))
        if not runs:
            raise InputError(
                f"{folder} holds no finished run; give a folder that 'matchloop simulate' wrote"
            )
        found |= {path.parent.name: path for path in runs}
    tables = [pq.read_table(found[name]) for name in sorted(found)]
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()
