"""The page on a server: task runs fill the queue, the transform's own table is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchloop.errors import MatchloopError
from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.labelling.advice import kept_advice
from matchloop_api.labelling.contents import Cells, Table, contents_of
from matchloop_api.places import Places
from matchloop_api.settings import Settings
from matchloop_api.store import RunQuery, RunStatus, RunType, Store

if TYPE_CHECKING:
    from matchloop.data.records import Records

__all__ = ["ServerBacking"]

SAMPLE = 30
"""Sets of the queue whose rows practice sets are made of."""


class ServerBacking:
    """Keeps the contract of :class:`matchloop_api.labelling.backing.Backing`.

    Parameters
    ----------
    store, settings
        The server's.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def is_drawing(self, transform_id: str) -> bool:
        """Return whether a run that fills the queue is under way."""
        query = RunQuery(transform_id=transform_id, type=RunType.LABELING_SET_GENERATION, limit=1)
        with self._store.reading() as tx:
            latest = tx.runs.find(query)
        return any(run.status in (RunStatus.STARTING, RunStatus.RUNNING) for run in latest)

    def is_resting(self, transform_id: str) -> bool:
        """Return False: the queue is handed out to its end."""
        return False

    def sample(self, transform_id: str) -> tuple[Table, Sequence[Cells]] | None:
        """Return rows of the queue's first sets."""
        with self._store.reading() as tx:
            sets = tx.label_queue.sets(transform_id, limit=SAMPLE)
        contents = [contents_of(item.body) for item in sets]
        if not contents:
            return None
        return contents[0].table, [row for item in contents for row in item.rows]

    def total(self, transform_id: str) -> int | None:
        """Return None: the queue holds all sets there are."""
        return None

    def answered(self, transform_id: str) -> None:
        """Do nothing: runs learn from the ledger."""

    def records(self, transform_id: str) -> Records:
        """Read the transform's table."""
        from matchloop_api.datasets import records_of  # heavy, and seldom needed

        try:
            with self._store.reading() as tx:
                transform = tx.transforms.get(transform_id)
                if transform is None:
                    raise EntityNotFoundException(f"There is no transform {transform_id}.")
                return records_of(tx, transform, Places(self._settings))
        except MatchloopError as error:
            raise InvalidInputException(str(error)) from None

    def setup(self, transform_id: str) -> Mapping[str, Any] | None:
        """Return None: the transform is set up by the API."""
        return None

    def set_up(self, transform_id: str, values: Mapping[str, Any]) -> None:
        """Refuse: the transform is set up by the API."""
        raise InvalidInputException("A transform is set up by CreateMLTransform.")

    def ending(self, transform_id: str) -> Mapping[str, Any]:
        """Return the findings of the latest runs: the advice, and the estimate from an audit."""
        with self._store.reading() as tx:
            kept = kept_advice(tx, transform_id)
        groups = kept.get("groups")
        return {
            "estimate": kept.get("estimate"),
            "advice": kept.get("advice", ""),
            "enough": kept.get("enough"),
            "changed": kept.get("changed"),
            "more": False,
            "can_finish": False,
            "finished": False,
            "result": "" if groups is None else f"{groups:,} groups",
            "commands": [],
            "downloads": [],
        }

    def second_look(self, transform_id: str) -> list[str]:
        """Return ids of the sets whose answers were most probably wrong at the latest run."""
        with self._store.reading() as tx:
            return list(kept_advice(tx, transform_id).get("doubted", ()))

    def finish(self, transform_id: str) -> None:
        """Refuse: task runs write files."""
        raise InvalidInputException("On a server, StartExportLabelsTaskRun writes the labels.")

    def download(self, transform_id: str, name: str) -> Path | None:
        """Return None: there are no files."""
        return None
