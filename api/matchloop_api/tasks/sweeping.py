"""Remove payloads that nothing points to and folders of ended attempts."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from matchloop_api.store import ACTIVE, Store

__all__ = ["sweep"]

_IDLE = timedelta(hours=1)
_BUSY = timedelta(days=2)

_log = logging.getLogger("matchloop.worker")


def sweep(store: Store, temporary: Path) -> int:
    """Remove the remains of ended runs and return how many payloads were removed.

    No row points to a payload that a run is still filling. So while a run is in progress, only
    payloads older than two days are removed, and none that its checkpoint names.

    Parameters
    ----------
    store
        The store of the server.
    temporary
        The folder that holds a folder for each attempt in progress.
    """
    now = datetime.now(UTC)
    try:
        with store.writing() as tx:
            age = _BUSY if tx.runs.active() else _IDLE
            swept = tx.payloads.sweep(before=now - age)
        for folder in temporary.glob("tsk-*-*"):
            if not _is_at_work(store, folder.name):
                shutil.rmtree(folder, ignore_errors=True)
    except Exception:  # a failed sweep must never end the worker; it runs again an hour later
        _log.exception("the sweep did not come to its end")
        return 0
    return swept


def _is_at_work(store: Store, name: str) -> bool:
    run_id, _, attempt = name.rpartition("-")
    with store.reading() as tx:
        run = tx.runs.get(run_id)
    return run is not None and run.status in ACTIVE and str(run.attempt) == attempt
