"""``matchloop ledger``: list the entries, export the labels as of any time, and undo."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import matchloop as ml
from matchloop.cli.option_groups import takes_groups
from matchloop.cli.options import AsJson, EscapeFormulas
from matchloop.cli.words import print_json, say
from matchloop.errors import InputError, UsageError, counted
from matchloop_api.cli.stores import ChosenStore, StoreOptions

if TYPE_CHECKING:
    from matchloop_api.store import LabelEvent, Store, Transform

__all__ = ["app"]

app = typer.Typer(
    help="Look at the labels that a transform had at any time; undo.",
    epilog="Example: matchloop ledger log people --data-dir matchloop-data",
)

Named = Annotated[
    str,
    typer.Argument(metavar="TRANSFORM", help="A transform, by id or by name.", show_default=False),
]
Seq = Annotated[
    int,
    typer.Argument(metavar="SEQ", help="The entry's number in the log.", show_default=False),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="The labels as of this time, ISO 8601, in UTC unless it says otherwise; now if not "
        "given.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Labelling file to write.", show_default=False
    ),
]


@app.command("log", epilog="Example: matchloop ledger log people")
@takes_groups
def log(
    transform: Named,
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """List the entries of a transform's ledger, oldest first."""
    with _opened(transform, chosen) as (store, stored):
        with store.reading() as tx:
            entries = tx.ledger.events(stored.id)
        listed = _described(entries)
    if as_json:
        print_json(
            {"transform_id": stored.id, "label_count": stored.label_count, "entries": listed}
        )
        return
    _print_table(listed)
    say(f"{stored.name}: labelled rows {stored.label_count:,}, status {stored.status}")


@app.command("undo", epilog="Example: matchloop ledger undo people 3")
@takes_groups
def undo(
    transform: Named,
    seq: Seq,
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """Undo an entry of a transform's ledger; undo the undo to bring it back."""
    from matchloop_api import ledger

    with _opened(transform, chosen) as (store, stored):
        entry = ledger.undo(store, stored.id, seq, now=datetime.now(UTC), actor=_user())
        with store.reading() as tx:
            after = tx.transforms.get(stored.id) or stored
    if as_json:
        print_json(
            {
                "transform_id": stored.id,
                "seq": entry.seq,
                "undoes": seq,
                "label_count": after.label_count,
                "status": after.status,
            }
        )
        return
    say(
        f"entry {seq} is undone by entry {entry.seq}; "
        f"{stored.name}: labelled rows {after.label_count:,}, status {after.status}"
    )


@app.command("show", epilog="Example: matchloop ledger show people --at 2025-01-31 -o labels.csv")
@takes_groups
def show(
    transform: Named,
    output: Output,
    at: At = None,
    escape_formulas: EscapeFormulas = False,
    *,
    chosen: ChosenStore,
    as_json: AsJson = False,
) -> None:
    """Write the labels of a transform, now or as of a time, as a labelling file."""
    from matchloop.data.io import escape_formulas as escaped
    from matchloop.data.io import write_labelling_file
    from matchloop_api.ledger import current_labels

    when = None if at is None else _time(at)
    ml.check_writable(output)
    with (
        _opened(transform, chosen) as (store, stored),
        store.reading() as tx,
    ):
        labels = current_labels(tx, stored.id, at=when)
    if labels is None:
        since = "" if when is None else f" at {when.isoformat()}"
        raise InputError(f"{stored.name} has no labels{since}; nothing was written")
    table = labels.table()
    if escape_formulas:
        parameters = stored.definition["Parameters"]["FindMatchesParameters"]
        table = escaped(table, keep=(parameters["PrimaryKeyColumnName"],))
    write_labelling_file(table, output)
    if as_json:
        print_json({"transform_id": stored.id, "rows": len(labels), "output": output})
        return
    say(
        f"wrote {counted(len(labels), 'labelled row')} in {counted(labels.n_sets, 'set')} "
        f"to {output}"
    )


@contextmanager
def _opened(named: str, chosen: StoreOptions) -> Iterator[tuple[Store, Transform]]:
    with chosen.opened() as store:
        with store.reading() as tx:
            transform = tx.transforms.get(named) or tx.transforms.named(named)
            names = (
                []
                if transform is not None
                else [transform.name for transform in tx.transforms.all()]
            )
        if transform is None:
            raise InputError(f"there is no transform '{named}'; {_some_names(names)}")
        yield store, transform


def _some_names(names: Sequence[str]) -> str:
    from matchloop.errors import some

    return f"known: {some(names)}" if names else "the store has none"


def _described(entries: Sequence[LabelEvent]) -> list[dict[str, Any]]:
    from matchloop_api.ledger import live_entries, undone_by

    undone = undone_by(entries)
    live = {entry.seq for entry in live_entries(entries)}
    return [
        {
            "seq": entry.seq,
            "at": entry.at.isoformat(timespec="seconds"),
            "kind": entry.kind.value,
            "rows": entry.rows,
            "replace_all": entry.replace_all,
            "state": _state(entry, undone, live),
            "actor": entry.actor,
            "source": entry.source,
            "undoes": entry.undoes,
            "run_id": entry.run_id,
            "report": entry.report,
        }
        for entry in entries
    ]


def _state(entry: LabelEvent, undone: Any, live: set[int]) -> str:
    if entry.seq in undone:
        return f"undone by {undone[entry.seq]}"
    if entry.undoes is not None:
        return f"undoes {entry.undoes}"
    return "counts" if entry.seq in live else "forgotten"


def _print_table(listed: Sequence[dict[str, Any]]) -> None:
    rows = [("seq", "at", "kind", "rows", "state", "by", "from")]
    for entry in listed:
        kind = f"{entry['kind']}{' (replace)' if entry['replace_all'] else ''}"
        rows.append(
            (
                str(entry["seq"]),
                entry["at"],
                kind,
                f"{entry['rows']:,}",
                entry["state"],
                entry["actor"],
                entry["source"],
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--at is '{text}'; give a time like 2025-01-31 or 2025-01-31T14:30:00+01:00"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""
