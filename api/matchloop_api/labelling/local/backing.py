"""The backing of the page of one table: its choices, its teacher, its files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

import matchloop as ml
from matchloop.data.labels import Labels
from matchloop.data.records import Records
from matchloop.errors import InputError, MatchloopError
from matchloop.matching.backends import PreparedTable
from matchloop_api.errors import InvalidInputException
from matchloop_api.labelling.advice import intervals_of
from matchloop_api.labelling.contents import Cells, Table
from matchloop_api.labelling.doubting import advice_line
from matchloop_api.labelling.flag_file import flags_table
from matchloop_api.labelling.guide import checked_sentence, put_guide
from matchloop_api.labelling.local.choices import (
    ROW_NUMBER,
    Choices,
    chosen_from,
    records_as,
    setup_of,
)
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.labelling.local.results import OUTPUTS, commands, labels_table, write_results
from matchloop_api.labelling.local.teacher import Advice, Teacher
from matchloop_api.labelling.tables import rows_at, table_of
from matchloop_api.ledger import add_entry, current_labels, rows_of
from matchloop_api.payloads import write_payload
from matchloop_api.store import EventKind, LabelEvent, Store

__all__ = ["LocalBacking"]

SAMPLE = 300
"""Rows that practice sets are made of."""


class LocalBacking:
    """Implements :class:`matchloop_api.labelling.backing.Backing`.

    Parameters
    ----------
    store, transform_id
        The store in the folder, and the transform there.
    folder
        The folder.
    table
        The table as it was read.
    choices
        How it is read.
    is_confirmed
        Whether the person has seen how the table was read, at an earlier time.
    labels
        Label files to learn from; those that the ledger holds are skipped.
    say
        Takes a line for the person at the terminal.

    Raises
    ------
    MatchloopError
        The choices do not fit the table, or a label file does not.
    """

    def __init__(
        self,
        store: Store,
        transform_id: str,
        folder: Folder,
        table: pa.Table,
        choices: Choices,
        *,
        is_confirmed: bool,
        labels: Sequence[str] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._transform_id = transform_id
        self._folder = folder
        self._table = table
        self._choices = choices
        self._is_confirmed = is_confirmed
        self._say = say
        self._records = records_as(table, choices)
        imported = folder.remembered().get("labels", [])
        self._label_files = [name for name in labels if _mark(name) not in imported]
        for name in self._label_files:
            self._read(name, self._records)
        self._written: list[Path] = []
        self._lock = threading.Lock()
        self.teacher = Teacher(store, transform_id, folder.audit)

    def begin(self) -> None:
        """Begin to match the table, and to ask where the choices are known."""
        self.teacher.read(self._records)
        if self._is_confirmed:
            self._import(self._records)
            self.teacher.begin()

    def is_drawing(self, transform_id: str) -> bool:
        """Return whether sets are being chosen. Raises where that failed."""
        if self.teacher.failure is not None:
            raise InvalidInputException(self.teacher.failure)
        return self.teacher.is_drawing

    def is_resting(self, transform_id: str) -> bool:
        """Return whether no new set is handed out until the person has seen the advice."""
        return self.teacher.is_resting

    def total(self, transform_id: str) -> int | None:
        """Return 0: how many sets it takes is not known."""
        return 0

    def answered(self, transform_id: str) -> None:
        """Let the teacher learn."""
        self.teacher.rest_after_audit()
        self.teacher.wake()

    def records(self, transform_id: str) -> Records:
        """Return the table."""
        return self._records

    def sample(self, transform_id: str) -> tuple[Table, Sequence[Cells]] | None:
        """Return rows of the table."""
        some = pa.array(range(min(SAMPLE, len(self._records)))).to_numpy()
        return table_of(self._records), rows_at(self._records, some)

    def setup(self, transform_id: str) -> Mapping[str, Any] | None:
        """Return how the table was read, until the person has confirmed it."""
        if self._is_confirmed:
            return None
        advice, note = self.teacher.advice, ""
        if advice.groups_without_labels is not None:
            note = (
                f"Without a label: {advice.groups_without_labels:,} groups in "
                f"{advice.records:,} rows."
            )
        name = self._folder.file.name
        return setup_of(name, self._table, self._records, self._choices, note)

    def set_up(self, transform_id: str, values: Mapping[str, Any]) -> None:
        """Take how the table is read, and begin to ask."""
        with self._lock:
            if self._is_confirmed:
                raise InvalidInputException(
                    "the table is being labelled already; move the folder "
                    f"{self._folder.path.name} away to begin again"
                )
            sentence = checked_sentence(values.get("sentence", ""))
            try:
                choices = chosen_from(values, self._choices, self._records)
                choices = replace(choices, sentence=sentence)
                records = records_as(self._table, choices)
                self._import(records)
            except MatchloopError as error:
                raise InvalidInputException(str(error)) from None
            self._confirm(choices)
            if replace(choices, sentence="") != replace(self._choices, sentence=""):
                self._records = records
                self.teacher.read(records)
            self._choices, self._is_confirmed = choices, True
            self.teacher.begin()

    def ending(self, transform_id: str) -> Mapping[str, Any]:
        """Return the advice, the estimate, the files and the commands."""
        advice = self.teacher.advise()
        return {
            "estimate": None if advice.quality is None else intervals_of(advice.quality),
            "advice": _advice(advice),
            "enough": None if advice.outlook is None else advice.outlook.stop,
            "more": self.teacher.is_drawing,
            "can_finish": True,
            "finished": bool(self._written),
            "changed": advice.changed,
            "result": "" if advice.groups is None else f"{advice.groups:,} groups",
            "commands": list(self.commands()) if self._written else [],
            "downloads": [self._link(path) for path in self._written],
        }

    def second_look(self, transform_id: str) -> list[str]:
        """Return ids of the sets whose answers are most probably wrong."""
        return list(self.teacher.advice.doubted or ())

    def finish(self, transform_id: str) -> None:
        """Write the files, and print their names in the terminal."""
        paths = self.write()
        self._say(f"wrote {', '.join(map(str, paths))} (Ctrl-C ends)")

    def write(self) -> list[Path]:
        """Write the files of results beside the table, and return their paths."""

        def save(prepared: PreparedTable, loop: ml.LabelingLoop) -> list[Path]:
            labels = labels_table(self._store, self._transform_id, self._labels(), loop.records)
            with self._store.reading() as tx:
                flags = flags_table(tx, self._transform_id, self._store.secret)
            is_numbered = self._choices.key == ROW_NUMBER
            return write_results(
                self._folder, prepared, loop.matcher, labels, flags, is_numbered=is_numbered
            )

        self._written = self.teacher.write(save)
        return self._written

    def download(self, transform_id: str, name: str) -> Path | None:
        """Return a file that was written."""
        return next((path for path in self._written if path.name == name), None)

    def commands(self) -> Sequence[str]:
        """Return the commands that do the same without the page."""
        return commands(self._folder, self._choices, has_labels=self._labels() is not None)

    def _labels(self) -> Labels | None:
        with self._store.reading() as tx:
            return current_labels(tx, self._transform_id, key=self._records.key)

    def _link(self, path: Path) -> dict[str, str]:
        kind = path.name.removeprefix(f"{self._folder.stem}.")
        href = f"/label/{self._transform_id}/downloads/{path.name}"
        return {"title": OUTPUTS[kind], "name": path.name, "href": href}

    def _confirm(self, choices: Choices) -> None:
        now = datetime.now(UTC)
        with self._store.writing() as tx:
            transform = tx.transforms.get(self._transform_id)
            assert transform is not None
            parameters = {"FindMatchesParameters": {"PrimaryKeyColumnName": choices.key}}
            changed = replace(transform, definition={"Parameters": parameters})
            tx.transforms.replace(changed)
            put_guide(tx, self._transform_id, {"sentence": choices.sentence}, now=now)
        self._folder.remember(
            {**self._folder.remembered(), "choices": choices.body(), "confirmed": True}
        )

    def _import(self, records: Records) -> None:
        """Add the label files to the ledger, each once."""
        while self._label_files:
            name = self._label_files[0]
            labels = self._read(name, records)
            now = datetime.now(UTC)
            payload, rows = write_payload(self._store, [rows_of(labels)], kind="labels", now=now)
            entry = LabelEvent(
                transform_id=self._transform_id,
                kind=EventKind.IMPORT,
                at=now,
                rows=rows,
                payload=payload,
                source=name,
            )
            with self._store.writing() as tx:
                add_entry(tx, entry)
            facts = self._folder.remembered()
            self._folder.remember({**facts, "labels": [*facts.get("labels", []), _mark(name)]})
            self._label_files.pop(0)

    def _read(self, name: str, records: Records) -> Labels:
        return ml.read_labels(name, key=records.key, records=records).bound(records)


def _mark(name: str) -> str:
    """Return a mark that changes when a label file of the same name changes."""
    try:
        return f"{name} {sha256(Path(name).read_bytes()).hexdigest()}"
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from None


def _advice(advice: Advice) -> str:
    if advice.outlook is None:
        return ""
    line = advice_line(advice.outlook)
    if advice.outlook.stop and advice.quality is None:
        line += " Two further sets, drawn at random, will estimate the quality of the groups."
    return line
