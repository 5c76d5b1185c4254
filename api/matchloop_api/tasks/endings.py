"""End a run that did not succeed: remove its files, then move its status."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from matchloop_api.errors import ServiceError
from matchloop_api.places import Places
from matchloop_api.store import ACTIVE, RunStatus, Store
from matchloop_api.tasks.logs import RunLog
from matchloop_api.tasks.state import Kept
from matchloop_api.tasks.uploads import abort_uploads

__all__ = ["remove_outputs", "remove_unfinished", "settle"]

# Two seconds of retries outlast a short failure of the file store. The worker tries again later.
_TRIES = 5
_PAUSE_S = 0.5


def settle(
    store: Store,
    places: Places,
    run_id: str,
    attempt: int,
    to: RunStatus,
    *,
    error: str | None = None,
    outputs: Iterable[str] = (),
) -> RunStatus | None:
    """End an attempt without success; its process must have ended.

    The files go first, so that nobody sees the new status together with old files. The function
    is idempotent: a second call finishes an interrupted one. Files that a later attempt may have
    written are left alone.

    Parameters
    ----------
    store, places
        The server's.
    run_id, attempt
        Whose end it is.
    to
        STOPPED, FAILED or TIMEOUT. A run that is STOPPING always becomes STOPPED.
    error
        Why it failed.
    outputs
        Files that it may have written, besides those that its checkpoint names.

    Returns
    -------
    RunStatus | None
        The status of the run now; None if it was deleted or another attempt has it.
    """
    with store.reading() as tx:
        run = tx.runs.get(run_id)
    if run is None:
        remove_outputs(places, outputs)
        return None
    if run.status is RunStatus.SUCCEEDED:
        return run.status
    if run.status in ACTIVE and run.attempt != attempt:
        return None
    named = Kept.of(run.checkpoint).with_outputs(outputs).outputs
    left = remove_outputs(places, named)
    if left:
        RunLog.of(run, places.settings).write(f"could not remove: {', '.join(left)}")
    if run.status not in ACTIVE:
        return run.status
    with store.writing() as tx:
        now = datetime.now(UTC)
        moved = None
        if run.status is not RunStatus.STOPPING:
            moved = tx.runs.move(run_id, to, now=now, attempt=attempt, error=error)
        if moved is None or moved.status is RunStatus.STOPPING:
            moved = tx.runs.move(run_id, RunStatus.STOPPED, now=now, attempt=attempt)
    return None if moved is None else moved.status


def remove_outputs(places: Places, uris: Iterable[str]) -> list[str]:
    """Remove complete and partial files, with retries; return those that are left."""
    left = list(uris)
    for again in range(_TRIES):
        if again:
            time.sleep(_PAUSE_S)
        left = [uri for uri in left if not _removed(places, uri)]
        if not left:
            break
    return left


def remove_unfinished(places: Places, uris: Iterable[str]) -> None:
    """Remove the partial files that a killed process left."""
    for uri in uris:
        with suppress(ServiceError, OSError):
            path = places.path(uri)
            if path.startswith("s3://"):
                abort_uploads(path)
                continue
            target = Path(os.path.realpath(path))
            pattern = f".{glob.escape(target.name[:100])}.*.part"
            for unfinished in target.parent.glob(pattern):
                unfinished.unlink(missing_ok=True)


def _removed(places: Places, uri: str) -> bool:
    remove_unfinished(places, [uri])
    try:
        places.remove(uri)
    except (ServiceError, OSError):
        return False
    return True
