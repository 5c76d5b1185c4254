"""Read what ``matchloop match`` matches: the rows of its file, joined to those of earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.identity_match import OpenBatch, open_batch
from matchloop.cli.options import read_table
from matchloop.cli.table_files import TableFile
from matchloop.cli.words import say
from matchloop.data.earlier import changed_keys, earlier_ids, stacked
from matchloop.data.records import RESULTS
from matchloop.errors import some

__all__ = ["MatchInput", "join_earlier", "say_replaced"]


@dataclass(frozen=True, slots=True)
class MatchInput:
    """The records to match, and the result of an earlier run.

    Parameters
    ----------
    new
        The records of the command's file, as read.
    joined
        All records to match, where an earlier table was joined to them; otherwise None.
    earlier
        The rows of ``--incremental`` or ``--previous``; None without either.
    groups
        With ``--incremental`` the earlier group of each record, -1 for a new one; otherwise None.
    batch
        With ``--identity`` the batch in its folder; otherwise None.
    """

    new: ml.Records
    joined: ml.Records | None = None
    earlier: ml.Records | None = None
    groups: NDArray[np.int64] | None = None
    batch: OpenBatch | None = None

    @property
    def records(self) -> ml.Records:
        """All records to match: earlier ones first, ``new`` last.

        Those of a folder of ids are read when first asked for.
        """
        if self.batch is not None:
            return self.batch.records
        return self.new if self.joined is None else self.joined

    @property
    def is_part(self) -> bool:
        """Whether the command's file holds only a part of the records."""
        return self.groups is not None or self.batch is not None

    @property
    def labelled(self) -> ml.Records:
        """The records with the columns that a labelling file of them has."""
        if self.groups is None or self.earlier is None:
            return self.records
        # labels were made on the earlier table, before the new rows brought columns
        columns = self.earlier.table.column_names
        names = [name for name in self.records.table.column_names if name in columns]
        return replace(self.records, table=self.records.table.select(names))


def say_replaced(new: ml.Records, file: TableFile) -> None:
    """Print which columns of the file the output replaces."""
    taken = [name for name in new.table.column_names if name in RESULTS]
    if taken:
        say(
            f"{file}: the output replaces the file's {some(taken)}; give a column another name to "
            "keep it"
        )


def join_earlier(
    new: ml.Records,
    file: TableFile,
    *,
    source: str | None = None,
    kinds: Sequence[str] | None = None,
    incremental: str | None = None,
    previous: str | None = None,
    identity: str | None = None,
    deleted: str | None = None,
) -> MatchInput:
    """Join the records of a file to those of an earlier run.

    Parameters
    ----------
    new
        The records of the file.
    file
        The file; earlier tables are read with those of its options that fit them.
    source, kinds, incremental, previous, identity, deleted
        Options of ``match``; at most one of ``incremental``, ``previous`` and ``identity``.

    Raises
    ------
    TableError
        An earlier table does not fit the new records.
    UsageError
        Kinds were typed, and the first run of the identity folder has fixed them.
    """
    if identity is not None:
        batch = open_batch(identity, new, deleted, has_kinds=bool(kinds))
        return MatchInput(new, batch=batch)
    last = incremental if previous is None else previous
    if last is None:
        return MatchInput(new)
    earlier = read_table(file.other(last), new.key, source=source, kinds=kinds, memory=new.memory)
    changed = changed_keys(earlier, new)
    if changed is not None:
        say(f"warning: {changed}")
    if incremental is None:
        return MatchInput(new, earlier=earlier)
    groups = earlier_ids(earlier, new)
    records = stacked(earlier, new)
    for note in records.notes[len({*earlier.notes, *new.notes}) :]:
        say(note)
    return MatchInput(new, records, earlier, groups)
