"""The backing of the page of a review: doubtful decisions as sets, answers in a label file."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from matchloop.active_learning.questions import by_likeness
from matchloop.data.records import Records
from matchloop.errors import MatchloopError, counted
from matchloop.quality.reviewing import ReviewFile
from matchloop_api.errors import InvalidInputException
from matchloop_api.labelling.contents import REVIEW, Cells, Contents, Table, contents_of
from matchloop_api.labelling.guide import put_guide
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.labelling.queue import add_sets
from matchloop_api.labelling.tables import rows_at, table_of
from matchloop_api.store import Opinion, Store

__all__ = ["ReviewBacking"]

SENTENCE = (
    "Which of these rows describe the same thing? They are a doubtful decision; how they are "
    "grouped now is not shown, so that it does not lead you."
)


class ReviewBacking:
    """Implements :class:`matchloop_api.labelling.backing.Backing`.

    The label file is what counts. An answer is in the store first and in the file before the page
    gets its confirmation; an answer that a crash kept out of the file gets there at the next start.

    Parameters
    ----------
    store, transform_id, folder
        The store of events and of the state of the page.
    records
        The table that is reviewed.
    decisions
        Rows of each doubtful decision that has no answer, the most doubtful first.
    file
        Where answers go.
    following
        Returns the command that keeps the answers; None without an answer.
    """

    def __init__(
        self,
        store: Store,
        transform_id: str,
        folder: Folder,
        records: Records,
        decisions: Sequence[Sequence[int]],
        file: ReviewFile,
        following: Callable[[], str | None],
    ) -> None:
        self._store = store
        self._transform_id = transform_id
        self._folder = folder
        self._records = records
        self._file = file
        self._following = following
        self._lock = threading.Lock()
        self._failure = ""
        self._written: dict[str, str] = dict(folder.remembered().get("written", {}))
        self._before = frozenset(self._written.items())
        self.write()
        self._queue(decisions)

    def is_drawing(self, transform_id: str) -> bool:
        """Return False: all decisions are known from the start."""
        return False

    def is_resting(self, transform_id: str) -> bool:
        """Return False: the queue is handed out to its end."""
        return False

    def total(self, transform_id: str) -> int | None:
        """Return None: the queue counts the sets."""
        return None

    def sample(self, transform_id: str) -> tuple[Table, Sequence[Cells]] | None:
        """Return None: a review needs no practice."""
        return None

    def answered(self, transform_id: str) -> None:
        """Bring the file up to the answers."""
        try:
            self.write()
        except MatchloopError as error:
            self._failure = f"{error}. The answers are kept in {self._folder.path}."

    def records(self, transform_id: str) -> Records:
        """Refuse: a decision is about the rows shown."""
        raise InvalidInputException("A review is about the rows shown; no row can be added.")

    def setup(self, transform_id: str) -> Mapping[str, Any] | None:
        """Return None: nothing is left to choose."""
        return None

    def set_up(self, transform_id: str, values: Mapping[str, Any]) -> None:
        """Refuse: nothing is left to choose."""
        raise InvalidInputException("A review is set up by its command.")

    def ending(self, transform_id: str) -> Mapping[str, Any]:
        """Return where the answers are, and the command that keeps them."""
        self.answered(transform_id)
        following = self._following()
        with self._store.reading() as tx:
            left = len(tx.label_queue.sets(transform_id, is_open=True))
        advice = f"Every answer is in {self._file.path} as soon as it is submitted."
        if left:
            advice += f" {counted(left, 'decision is', 'decisions are')} left."
        return {
            "advice": self._failure or f"{advice} Ctrl-C in the terminal ends the review.",
            "commands": [] if following is None else [following],
            "review": True,
        }

    def second_look(self, transform_id: str) -> list[str]:
        """Return no set: each decision was doubtful already."""
        return []

    def finish(self, transform_id: str) -> None:
        """Refuse: every answer is written already."""
        raise InvalidInputException("Every answer of a review is in its file already.")

    def download(self, transform_id: str, name: str) -> Path | None:
        """Return None: the file is beside the table."""
        return None

    def write(self) -> None:
        """Bring the file up to the answers: new, changed and withdrawn ones.

        Raises
        ------
        OutputError
            The file cannot be written; the next call tries again.
        """
        with self._lock:
            answers, sets = self._answers()
            for number in sorted({*answers, *self._written}, key=int):
                answer = answers.get(number)
                submit = "" if answer is None else str(answer.submit)
                if submit == self._written.get(number, ""):
                    continue
                rows = self._rows(sets[number])
                if rows and self._written.get(number):
                    self._file.remove(rows)
                if rows and answer is not None:
                    self._file.append(rows, _labels(sets[number], answer))
                self._written[number] = submit
                facts = self._folder.remembered()
                self._folder.remember({**facts, "written": self._written})
            self._failure = ""

    def kinds(self) -> Counter[str]:
        """Count the answers of each kind that were given since the command was started."""
        answers, sets = self._answers()
        return Counter(
            _kind(_labels(sets[number], answer))
            for number, answer in answers.items()
            if (number, str(answer.submit)) not in self._before
        )

    def _queue(self, decisions: Sequence[Sequence[int]]) -> None:
        """Queue the decisions that are not queued, and close sets of no such decision."""
        names = {self._file.set_id(rows): rows for rows in decisions}
        with self._store.writing() as tx:
            for item in tx.label_queue.sets(self._transform_id, is_open=True):
                if names.pop(item.body["name"], None) is None:
                    tx.label_queue.close(self._transform_id, item.number)
            table = table_of(self._records)
            made = [
                Contents(
                    name=name,
                    table=table,
                    rows=rows_at(
                        self._records, by_likeness(self._records, np.array(rows, np.int32))
                    ),
                    strategy=REVIEW,
                )
                for name, rows in names.items()
            ]
            add_sets(tx, self._transform_id, made)
            put_guide(tx, self._transform_id, {"sentence": SENTENCE}, now=datetime.now(UTC))

    def _answers(self) -> tuple[dict[str, Opinion], dict[str, Contents]]:
        """Return the answers and the sets, both by the set's number as text."""
        with self._store.reading() as tx:
            opinions = tx.label_queue.opinions(self._transform_id)
            sets = tx.label_queue.sets(self._transform_id)
        contents = {str(item.number): contents_of(item.body) for item in sets}
        return {str(opinion.number): opinion for opinion in opinions}, contents

    def _rows(self, contents: Contents) -> list[int]:
        """Return the positions of a set's rows; none where the table lacks one."""
        positions = self._records.positions
        rows = [positions.get(key, -1) for key in contents.keys]
        return [] if min(rows) < 0 else rows


def _labels(contents: Contents, answer: Opinion) -> list[str | None]:
    """Return the label of each row of a set; a label on one row alone decides no pair."""
    letters = [answer.body["partition"].get(key) for key in contents.keys]
    if sum(letter is not None for letter in letters) < 2:
        return [None] * len(letters)
    return [None if letter is None else letter.lower() for letter in letters]


def _kind(labels: Sequence[str | None]) -> str:
    """Return the name of an answer in the terminal."""
    decided = [label for label in labels if label is not None]
    entities = len(set(decided))
    if not decided:
        return "cannot tell"
    if len(decided) < len(labels) or 1 < entities < len(decided):
        return "split"
    return "one" if entities == 1 else "different"
