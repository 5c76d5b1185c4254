"""Load the table of a grid and its truth."""

from __future__ import annotations

from pathlib import Path

from matchloop.data.io import read_records, read_table
from matchloop.errors import InputError
from matchloop.lab.simulation.grid import TableSource
from matchloop.lab.simulation.tasks import Task
from matchloop.quality.evaluation import number_groups, read_truth

__all__ = ["load_task"]


def load_task(source: TableSource, folder: Path) -> Task:
    """Read the table of a grid and its truth.

    Parameters
    ----------
    source
        The table's entry in the grid.
    folder
        Folder of the grid's file, which relative paths start from.

    Raises
    ------
    InputError
        A file cannot be read, or the truth does not fit the table.
    """
    file = _placed(source.file, folder)
    columns = read_table(file).column_names
    kinds = dict(source.kinds)
    in_table = source.truth in columns
    if in_table:
        kinds[source.truth] = "ignore"
    records = read_records(file, key=source.key, source=source.source, kinds=kinds)
    if in_table:
        entities = number_groups(records.table[source.truth])
    else:
        truth = read_truth(_placed(source.truth, folder), records)
        if truth.others is not None:
            raise InputError(
                f"{source.truth} has answers on some pairs; a simulation needs the whole truth: "
                "what each record is, or all pairs that match"
            )
        entities = truth.groups
    return Task.of(source.name, records, entities)


def _placed(path: str, folder: Path) -> str:
    return path if "://" in path else str(folder / path)
