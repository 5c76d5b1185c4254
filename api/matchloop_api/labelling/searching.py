"""Search the table for a partner that a set lacks, by likeness of text alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from matchloop.data.records import Records
from matchloop.data.text import as_text, fold
from matchloop_api.errors import (
    ConcurrentModificationException,
    EntityNotFoundException,
)
from matchloop_api.labelling.contents import Cells
from matchloop_api.labelling.events import MOST_ROWS
from matchloop_api.labelling.shown import Shown, ShownRow, cells_of, row_body, shown_set
from matchloop_api.labelling.tables import rows_at
from matchloop_api.labelling.tokens import Tokens
from matchloop_api.store import Store, Transaction

__all__ = ["MOST", "Search"]

MOST = 20
"""Rows that a search returns at most."""

LEAST_LIKE = 40.0
"""Token-set ratio below which a row is no result."""

LONGEST = 500
"""Characters of a cell that are searched."""


@dataclass(frozen=True, slots=True)
class _Index:
    records: Records
    texts: list[str]


class Search:
    """Searches tables; each is read at its first search and kept until another is searched.

    Parameters
    ----------
    store
        The store.
    read
        Returns the table of a transform.
    """

    def __init__(self, store: Store, read: Callable[[str], Records]) -> None:
        self._store = store
        self._read = read
        self._lock = threading.Lock()
        self._indexes: dict[str, _Index] = {}

    def find(self, transform_id: str, person: str, number: int, query: str) -> dict[str, Any]:
        """Return the rows most like a text, without those that are in the set.

        Raises
        ------
        EntityNotFoundException
            The set was never handed to this person.
        """
        with self._store.reading() as tx:
            shown = self._shown(tx, transform_id, person, number)
        index = self._index(transform_id)
        in_set = {str(cells[shown.contents.table.key]) for row in shown.rows for cells in row.rows}
        results = process.extract(
            fold(query),
            index.texts,
            scorer=fuzz.token_set_ratio,
            limit=MOST + len(in_set) + 1,
            score_cutoff=LEAST_LIKE,
        )
        at = [place for _, _, place in results] if query.strip() else []
        rows = rows_at(index.records, np.array(at, np.int64)) if at else ()
        table = shown.contents.table
        rows = tuple(cells for cells in rows if str(cells[table.key]) not in in_set)
        tokens = Tokens(self._store.secret, transform_id, number, person)
        return {
            "rows": [
                {"token": tokens.of(str(cells[table.key])), "cells": cells_of(cells, table)[0]}
                for cells in rows[:MOST]
            ],
            "more": len(rows) > MOST,
        }

    def add(self, transform_id: str, person: str, number: int, token: str) -> dict[str, Any]:
        """Add a row that a search returned to a person's view of a set.

        Raises
        ------
        EntityNotFoundException
            There is no such set or row.
        ConcurrentModificationException
            The set is full.
        """
        with self._store.reading() as tx:
            self._shown(tx, transform_id, person, number)
        index = self._index(transform_id)
        tokens = Tokens(self._store.secret, transform_id, number, person)
        keys = index.records.keys.to_pylist()
        place = next((at for at, key in enumerate(keys) if tokens.of(key) == token), None)
        if place is None:
            raise EntityNotFoundException("There is no such row; search again.")
        (cells,) = rows_at(index.records, np.array([place]))
        with self._store.writing() as tx:
            shown = self._shown(tx, transform_id, person, number)
            row_in_set = next((row for row in shown.rows if row.token == token), None)
            if row_in_set is None or row_in_set.is_added:
                if row_in_set is None:
                    row_in_set = self._put(tx, transform_id, person, number, shown, token, cells)
                    shown = self._shown(tx, transform_id, person, number)
                body = row_body(row_in_set, shown.contents.table)
                return {"set": shown.name, "version": shown.version, "row": body}
        raise ConcurrentModificationException("the row is in the set already")

    def _put(
        self,
        tx: Transaction,
        transform_id: str,
        person: str,
        number: int,
        shown: Shown,
        token: str,
        cells: Cells,
    ) -> ShownRow:
        if len(shown.rows) >= MOST_ROWS:
            raise ConcurrentModificationException(f"a set holds at most {MOST_ROWS} rows")
        if shown.contents.audit or shown.contents.opinions:
            raise ConcurrentModificationException("no row can be added to this set")
        opinion = tx.label_queue.opinion(transform_id, number, person)
        added = [*opinion.body.get("added", ()), list(cells)]
        tx.label_queue.put_opinion(replace(opinion, body={**opinion.body, "added": added}))
        return ShownRow(token, (cells,), is_added=True)

    def _shown(self, tx: Transaction, transform_id: str, person: str, number: int) -> Shown:
        results = tx.label_queue.get(transform_id, number)
        if results is None or not tx.label_queue.is_known(transform_id, number, person):
            raise EntityNotFoundException("There is no such set among yours.")
        opinion = tx.label_queue.opinion(transform_id, number, person)
        return shown_set(results, opinion, self._store.secret)

    def _index(self, transform_id: str) -> _Index:
        with self._lock:
            if transform_id not in self._indexes:
                records = self._read(transform_id)
                self._indexes = {transform_id: _Index(records, _texts(records))}
            return self._indexes[transform_id]


def _texts(records: Records) -> list[str]:
    """Return the compared columns of each row as one folded text."""
    columns = [as_text(records.table[name]).to_pylist() for name in records.columns]
    return [
        " ".join(fold(value[:LONGEST]) for value in values if value)
        for values in zip(*columns, strict=True)
    ]
