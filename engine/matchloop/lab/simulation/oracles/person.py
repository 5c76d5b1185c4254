"""A human annotator in place of the truth, asked in the terminal or through labelling files."""

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
from matchloop.data.records import Records
from matchloop.errors import InputError, LabelFileError, UsageError
from matchloop.lab.simulation.oracles.base import Answer
from matchloop.lab.simulation.truth import Truth

__all__ = ["Person"]

PAUSE = 0.5
"""Seconds between two looks at a labelling file."""

NOTHING = "-"
"""Input in the terminal for a row without a label."""


@dataclass(frozen=True, slots=True)
class Person:
    """Oracle that shows every set to a person and takes their labels.

    Parameters
    ----------
    folder
        Folder in which each set is written as a labelling file, to be filled in. A set that was
        answered there is not asked again, so that an interrupted run continues. Without a folder
        the person is asked in the terminal, and an interrupted run asks again.
    name
        Name in the events.
    wait
        Seconds to wait for a file; 0 for no limit.
    """

    folder: str = ""
    name: str = "person"
    wait: float = 0.0

    def in_folder(self, folder: Path) -> Person:
        """Return a copy whose folder is relative to another folder."""
        return replace(self, folder=str(folder / self.folder)) if self.folder else self

    def answer(self, rows: NDArray[np.int32], truth: Truth, rng: np.random.Generator) -> Answer:
        """Label the rows of one set by the person, without truth or random generator."""
        if truth.records is None:
            raise UsageError("the truth has no records: a person must see what the rows say")
        questions = LabelingSet(truth.records, (rows,))
        began = time.monotonic()
        if self.folder:
            return Answer(self._from_file(questions), self.name)
        labels = _from_terminal(questions)
        return Answer(labels, self.name, seconds=round(time.monotonic() - began, 1))

    def _from_file(self, questions: LabelingSet) -> tuple[str | None, ...]:
        keys = _keys(questions)
        digest = sha256("\x1f".join(sorted(keys)).encode()).hexdigest()[:16]
        path = Path(self.folder) / f"set-{digest}.csv"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            questions.to_csv(path)
            sys.stderr.write(f"label the rows of {path} and save it\n")
        began = time.monotonic()
        while (labels := _read(path, questions.records, keys)) is None:
            if self.wait and time.monotonic() - began > self.wait:
                raise InputError(
                    f"nobody labelled {path} within {self.wait:g} s; label it, then run it again"
                )
            time.sleep(PAUSE)
        return labels


def _keys(questions: LabelingSet) -> list[str]:
    keys: list[str] = questions.records.keys.take(pa.array(questions.positions)).to_pylist()
    return keys


def _read(path: Path, records: Records, keys: list[str]) -> tuple[str | None, ...] | None:
    """Return the labels of a file; None while it has none or is only half written."""
    try:
        labels = read_labels(path, key=records.key)
    except LabelFileError:
        return None
    label_of = dict(
        zip(labels.values[records.key].to_pylist(), labels.labels.to_pylist(), strict=True)
    )
    return tuple(label_of.get(key) for key in keys)


def _from_terminal(questions: LabelingSet) -> tuple[str | None, ...]:
    rows = questions.records.table.take(pa.array(questions.positions))
    for number, row in enumerate(rows.to_pylist(), start=1):
        shown = ", ".join(f"{name}: {value}" for name, value in row.items() if value is not None)
        sys.stderr.write(f"{number:>3}  {shown}\n")
    count = len(questions)
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
