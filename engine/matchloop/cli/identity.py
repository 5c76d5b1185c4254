"""``matchloop identity``: read what an identity folder holds."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Literal

import pyarrow as pa
import typer

import matchloop as ml
from matchloop.cli.identity_match import Deleted, deleted_keys
from matchloop.cli.options import AsJson
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, UsageError, counted

__all__ = ["identity"]

Action = Annotated[
    Literal["events", "resolve", "check", "delete"],
    typer.Argument(
        metavar="ACTION",
        help="events: print what changed; resolve: find the groups that an id stands for now; "
        "check: check every file and replay all events; delete: remove records.",
        show_default=False,
    ),
]
Folder = Annotated[
    str, typer.Argument(metavar="DIR", help="The identity folder.", show_default=False)
]
MatchId = Annotated[
    int | None,
    typer.Argument(metavar="[ID]", help="With resolve: the id.", show_default=False),
]
Since = Annotated[
    int, typer.Option("--since", metavar="N", help="With events: only those after number N.")
]
EventsFile = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="A table to write: with events, in place of JSON lines on stdout; with delete, what "
        "changed.",
        show_default=False,
    ),
]


def identity(
    action: Action,
    folder: Folder,
    match_id: MatchId = None,
    since: Since = 0,
    output: EventsFile = None,
    deleted: Deleted = None,
    as_json: AsJson = False,
) -> None:
    """Read a folder of stable ids, or delete records from it.

    The folder is what matchloop match --identity keeps.
    """
    if (action == "resolve") != (match_id is not None):
        raise UsageError("give an ID with resolve, and with nothing else")
    if (since and action != "events") or (output is not None and action in ("resolve", "check")):
        raise UsageError(f"--since and --output go with events, not with {action}")
    if (action == "delete") != (deleted is not None):
        raise UsageError("give --deleted KEYS with delete, and with nothing else")
    if output is not None:
        ml.check_writable(output, table=True)
    kept = ml.Identity(folder)
    if kept.head is None:
        raise InputError(f"no identity folder at {folder}; matchloop match --identity makes one")
    if action == "events":
        _show_events(kept.events(since=since), output)
    elif deleted is not None:
        _delete(kept, deleted, output)
    elif action == "check":
        checked = kept.check()
        if as_json:
            print_json(vars_of(checked))
        say(
            f"{folder} is whole: {counted(checked.records, 'record')} after "
            f"{counted(checked.runs, 'run')} and {counted(checked.events, 'event')}"
        )
        counts = ", ".join(f"{count:,} {status}" for status, count in checked.ids.items())
        say(f"ids: {counts}; the next one is {checked.next_id}")
    elif match_id is not None:
        resolved = kept.resolve(match_id)
        if as_json:
            print_json(vars_of(resolved))
            return
        say(f"{match_id} is {resolved.status}")
        for number in resolved.active:
            sys.stdout.write(f"{number}\n")


def _delete(identity: ml.Identity, path: str, output: str | None) -> None:
    if identity.head is None or identity.matcher is None:
        raise InputError(f"no run in {identity.store.path} yet")
    keys = deleted_keys(path, identity.head.key)
    run = identity.match(None, identity.matcher, deleted=keys)
    if output is not None:
        ml.write_table(run.changes, output)
    run.commit()
    say(
        f"deleted {counted(len(keys) - run.unknown_deletions, 'record')} of {identity.store.path}; "
        f"{counted(run.unknown_deletions, 'key is', 'keys are')} not in it"
    )


def vars_of(value: object) -> dict[str, object]:
    """Return the fields of a value that has slots."""
    return {name: getattr(value, name) for name in type(value).__slots__}  # type: ignore[attr-defined]


def _show_events(events: pa.Table, output: str | None) -> None:
    if output is not None:
        ml.write_table(events, output)
        say(f"wrote {output}: {counted(events.num_rows, 'event')}")
        return
    for batch in events.to_batches():
        for row in batch.to_pylist():
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
