"""Commit a run again and again, killed one file later each time, and check the folder after it.

Arguments: the identity folder to make, a table with the key ``id``, and "indexed" for a folder with
an index. Prints a report as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from matchloop import Identity, Matcher, Records, read_records
from matchloop.entities.identity import IdentityRun
from matchloop.matching.blocking import rules


def commit_until(run: IdentityRun, folder: str, last: int) -> int:
    """Commit in a child process that kills itself at a file operation; return its exit status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in ("open", "os.rename") and folder in str(arguments[0]):
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    run.commit()
    os._exit(0)


def main(folder: str, table: str, way: str) -> None:
    if way == "indexed":
        rules.RICH_RECORDS = 0  # as if the table were a large one
    people = read_records(table, key="id")
    matcher = Matcher().fit(people)
    first = Records(people.table.slice(0, 100), "id", people.kinds)
    batch = Records(people.table.slice(90, 40), "id", people.kinds)
    Identity(folder).match(first, matcher).commit()
    before = Identity(folder).head
    assert before is not None
    assert bool(before.index) == (way == "indexed")
    run = Identity(folder).match(batch, matcher, deleted=[people.keys[0].as_py()])
    killed = 0
    while commit_until(run, folder, killed + 1) == signal.SIGKILL:
        killed += 1
        now = Identity(folder)
        checked = now.check()
        if now.head != before:  # killed after the head was renamed
            break
        assert (checked.records, checked.runs) == (100, 1)
    Identity(folder).match(batch, matcher).commit()  # clears what killed runs left
    now = Identity(folder)
    present = {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}
    report = {
        "killed": killed,
        "committed": now.check().records == 129,
        "leftovers": sorted(name for name in present if ".part" in name),
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
