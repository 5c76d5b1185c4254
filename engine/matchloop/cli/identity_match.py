"""``matchloop match --identity``: match a batch into a folder that keeps ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import typer

import matchloop as ml
from matchloop.cli.words import say
from matchloop.data.io import read_table
from matchloop.entities.identity import Batch, IdentityRun, Mode, keys_to_delete
from matchloop.errors import UsageError, counted

__all__ = [
    "Deleted",
    "Folder",
    "IdentityMode",
    "OpenBatch",
    "check_identity_options",
    "deleted_keys",
    "open_batch",
]

Folder = Annotated[
    str | None,
    typer.Option(
        "--identity",
        metavar="DIR",
        help="Folder that keeps records and ids between runs; FILE holds new and changed records. "
        "The first run makes it.",
        show_default=False,
    ),
]
Deleted = Annotated[
    str | None,
    typer.Option(
        "--deleted",
        metavar="KEYS",
        help="A table with the key column: these records of the identity folder are removed.",
        show_default=False,
    ),
]
IdentityMode = Annotated[
    Literal["hold", "settle", "full"],
    typer.Option(
        "--mode",
        help="With --identity: earlier groups are never split (hold), those near a new, changed "
        "or deleted record are formed afresh (settle), or all are (full).",
    ),
]


def check_identity_options(
    folder: str | None, *, deleted: str | None, mode: str, excluded: Mapping[str, object]
) -> None:
    """Refuse options that contradict ``--identity``, or need it.

    Parameters
    ----------
    folder, deleted, mode
        The options.
    excluded
        Options that ``--identity`` excludes, with their values.

    Raises
    ------
    UsageError
        One of them is out of place.
    """
    if folder is None:
        if deleted is not None or mode != "hold":
            name = "--deleted" if deleted is not None else "--mode"
            raise UsageError(f"{name} was given without --identity, the folder it is about")
        return
    for name, value in excluded.items():
        if value:
            raise UsageError(f"--identity and {name} were both given; leave out one of them")


@dataclass(frozen=True, eq=False)
class OpenBatch:
    """A batch for a folder of ids, ready to be matched.

    Parameters
    ----------
    identity
        The folder.
    new
        New and changed records.
    deleted
        Keys of records to remove.
    """

    identity: ml.Identity
    new: ml.Records
    deleted: tuple[str, ...] = ()

    @cached_property
    def batch(self) -> Batch:
        """The records of the folder and the batch; all rows of the folder are read for it."""
        return self.identity.batch(self.new, deleted=self.deleted)

    @property
    def records(self) -> ml.Records:
        """All records after the run, the earlier ones first."""
        return self.batch.records

    def match(
        self,
        matcher: ml.Matcher,
        *,
        mode: Mode,
        labels: ml.Labels | None,
        is_narrow: bool,
        on_stage: Callable[[str, float], None],
    ) -> IdentityRun:
        """Match the batch; the folder is not changed yet.

        Parameters
        ----------
        matcher, mode, labels, on_stage
            As for :meth:`matchloop.Identity.match`.
        is_narrow
            Whether only the records near the batch need be read.
        """
        run = self.identity.match(
            self.new if is_narrow else self.batch,
            matcher,
            deleted=self.deleted,
            mode=mode,
            labels=labels,
            on_stage=on_stage,
        )
        for note in run.near.records.notes[len(self.new.notes) :]:
            say(note)
        if run.unknown_deletions:
            missing = counted(run.unknown_deletions, "key is", "keys are")
            say(f"{missing} to delete and not among the records of {self.identity.store.path}")
        return run


def open_batch(
    folder: str, records: ml.Records, deleted: str | None, *, has_kinds: bool
) -> OpenBatch:
    """Replace the earlier rows of a folder by those of a batch.

    Parameters
    ----------
    folder
        The folder; it need not exist yet.
    records
        New and changed records.
    deleted
        A table of keys to delete, None without any.
    has_kinds
        Whether kinds of columns were typed.

    Raises
    ------
    UsageError
        Kinds were typed, and the first run of the folder has fixed them.
    """
    identity = ml.Identity(folder)
    if has_kinds and identity.head is not None:
        raise UsageError(
            f"--kinds was given, and the first run of {folder} has fixed the kinds; leave it out, "
            "or begin another folder"
        )
    identity.store.check_writable()
    keys = [] if deleted is None else deleted_keys(deleted, records.key)
    return OpenBatch(identity, records, tuple(keys))


def deleted_keys(path: str, key: str) -> list[str]:
    """Read the keys to delete from a table with the key column.

    Raises
    ------
    InputError
        The table cannot be read, lacks the column, or has a row without a key.
    """
    return keys_to_delete(read_table(path, key=key), key, name=f"--deleted {path}")
