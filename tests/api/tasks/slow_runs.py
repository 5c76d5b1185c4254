"""A worker whose runs do what their arguments say, for tests: ``slow_runs.py SETTINGS.json``."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from matchloop.errors import InputError
from matchloop_api.settings import Settings
from matchloop_api.store import Resource, RunType, Transaction, open_store
from matchloop_api.tasks import Commit, Work, Worker


def play(work: Work) -> Commit | None:
    """Do the steps of the arguments, one after the other."""
    marks = work.settings.data_dir / "marks"
    work.log(f"facts: {dict(work.facts)}")

    def mark(name: str) -> None:
        marks.mkdir(exist_ok=True)
        written = marks / f".{name}-{os.getpid()}"
        written.write_text(json.dumps([os.getpid(), work.run.attempt, dict(work.facts)]))
        written.replace(marks / name)

    def wait_for(name: str) -> None:
        mark(f"waiting-for-{name}")
        while not (marks / name).exists():
            time.sleep(0.01)

    for step, what in work.run.arguments["steps"]:
        if step == "write":
            with work.output(what) as file:
                file.write(f"attempt {work.run.attempt}\n".encode() * 1000)
        elif step == "half":
            with work.output(what) as file:
                file.write(b"half")
                file.flush()
                try:
                    wait_for("go")
                except BaseException as error:
                    mark(type(error).__name__)
                    raise
        elif step == "keep":
            work.checkpoint(**what)
        elif step == "wait":
            wait_for(what)
        elif step == "deaf":  # as compiled code that holds Python's lock, which no signal ends
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            mark("deaf")
            ctypes.PyDLL(None).sleep(what)
        elif step == "compiled":  # as compiled code that is interrupted
            try:
                wait_for(what)
            except BaseException as error:
                raise SystemError("returned a result with an exception set") from error
        elif step == "put down":
            (Path(os.environ["TMPDIR"]) / what).write_bytes(b"temporary")
        elif step == "die before attempt" and work.run.attempt < what:
            os.kill(os.getpid(), signal.SIGSEGV)
        elif step == "lose the store before attempt" and work.run.attempt < what:
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
        elif step == "refuse":
            raise InputError(what)
        elif step == "exhaust the memory":
            raise MemoryError
        elif step == "stumble":
            raise ZeroDivisionError(what)
    return lambda tx: _count(tx, work.run.id)


def _count(tx: Transaction, run_id: str) -> None:
    """Leave a mark in the store that tells how often the run was committed."""
    now = datetime.now(UTC)
    found = tx.resources.get("database", run_id)
    if found is None:
        row = Resource(
            kind="database", name=run_id, body={"times": 1}, created_at=now, modified_at=now
        )
        tx.resources.add(row)
    else:
        tx.resources.replace(replace(found, body={"times": found.body["times"] + 1}))


KINDS = {kind: play for kind in RunType}


def main() -> None:
    """Run a worker until it is stopped."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    settings = replace(Settings(), **given | {"data_dir": Path(given["data_dir"])})
    worker = Worker(open_store(settings.store_url), settings, kinds="slow_runs:KINDS", preloaded=())
    worker.stop_on_signals()
    worker.run(on_ready=lambda: print("ready", flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
