"""A real person in place of the truth: asked in the terminal, or through labelling files."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.active_learning.questions import LabelingSet
from matchloop.data.io import read_labels
from matchloop.data.labels import LABEL
from matchloop.data.records import Records
from matchloop.errors import InputError, LabelFileError, UsageError
from matchloop.lab.simulation.oracles.base import Answer
from matchloop.lab.simulation.truth import Truth

__all__ = ["Person"]

PAUSE = 0.5
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Person:
    """Shows every set to a person and takes their labels.

    Parameters
    ----------
    folder
        Where each set is written as a labelling file and awaited with its labels filled in. A set
        that was answered there is not asked again, so a run that was cut off goes on. Without it,
        the terminal is asked and a run that was cut off asks anew.
    name
        What events call the person.
    wait
        Seconds to wait for a file; 0 for as long as it takes.
    """

    folder: str = ""
    name: str = "person"
    wait: float = 0.0

    def in_folder(self, folder: Path) -> Person:
        """Return the same with its folder looked for in another one."""
        return replace(self, folder=str(folder / self.folder)) if self.folder else self

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set; neither truth nor chance is used."""
        if truth.records is None:
            raise UsageError("the truth has no records: a person must see what the rows say")
        asked = LabelingSet(truth.records, (rows,))
        began = time.monotonic()
        if self.folder:
            return Answer(self._from_file(asked), self.name)
        labels = _from_terminal(asked)
        return Answer(labels, self.name, seconds=round(time.monotonic() - began, 1))

    def _from_file(self, asked: LabelingSet) -> tuple[str | None, ...]:
        keys = _keys(asked)
        told = sha256("\x1f".join(sorted(keys)).encode()).hexdigest()[:16]
        path = Path(self.folder) / f"set-{told}.csv"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            asked.to_csv(path)
            sys.stderr.write(f"label the rows of {path} and save it\n")
        began = time.monotonic()
        while (labels := _read(path, asked.records, keys)) is None:
            if self.wait and time.monotonic() - began > self.wait:
                raise InputError(
                    f"nobody labelled {path} within {self.wait:g} s; label it, then run it again"
                )
            time.sleep(PAUSE)
        return labels


def _keys(asked: LabelingSet) -> list[str]:
    keys: list[str] = asked.records.keys.take(pa.array(asked.positions)).to_pylist()
    return keys


def _read(path: Path, records: Records, keys: list[str]) -> tuple[str | None, ...] | None:
    """Return the labels of a file; None while it has none or is being written."""
    try:
        labels = read_labels(path, key=records.key)
    except LabelFileError:
        return None
    known = dict(
        zip(labels.values[records.key].to_pylist(), labels.labels.to_pylist(), strict=True)
    )
    return tuple(known.get(key) for key in keys)


def _from_terminal(asked: LabelingSet) -> tuple[str | None, ...]:
    names = [name for name in asked.to_table().column_names[2:] if name != LABEL]
    for number, row in enumerate(asked.to_table().select(names).to_pylist(), start=1):
        shown = ", ".join(f"{name}: {value}" for name, value in row.items() if value is not None)
        sys.stderr.write(f"{number:>3}  {shown}\n")
    count = len(asked)
    prompt = f"{count} labels, the same for rows that match, {NOTHING} for no answer: "
    while True:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise InputError(
                "the person cannot be asked: nothing comes from the terminal; run with --jobs 1 "
                "in a terminal, or give the oracle a folder for labelling files"
            )
        labels = line.split()
        if len(labels) == count:
            return tuple(None if label == NOTHING else label for label in labels)
        sys.stderr.write(f"that were {len(labels)}; ")
