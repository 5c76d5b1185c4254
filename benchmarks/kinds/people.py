"""Persons of ``persons.py`` with its options: households, namesakes, few names, clean lists."""

from __future__ import annotations

from typing import Any

from kinds.making import Made
from persons import Population, make_persons

__all__ = ["make"]


def make(seed: int, n_rows: int, **options: Any) -> Made:
    """Return a table of persons.

    Parameters
    ----------
    seed
        Decides everything.
    n_rows
        Number of rows.
    options
        Those of :class:`persons.Population`. How many names and places there are follows the
        number of rows, unless an option says otherwise.

    Returns
    -------
    Made
        The table and its truth.
    """
    names = {
        "given_names": min(6_000, max(60, n_rows // 2)),
        "surnames": min(60_000, max(120, 2 * n_rows)),
        "streets": min(25_000, max(100, n_rows)),
        "suburbs": min(6_000, max(40, n_rows // 6)),
    }
    population = Population(**(names | options))
    table = make_persons(n_rows, seed=seed, population=population).to_pandas()
    entity = table.pop("ent")
    table["id"] = "r" + table["id"].astype(str)
    frame = table.astype(object).where(table.notna(), None)
    truth = dict(zip(frame["id"], "e" + entity.astype(str), strict=True))
    return frame, truth
