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
        Those of :class:`persons.Population`.

    Returns
    -------
    Made
        The table and its truth.
    """
    table = make_persons(n_rows, seed=seed, population=Population(**options)).to_pandas()
    entity = table.pop("ent")
    table["id"] = "r" + table["id"].astype(str)
    frame = table.astype(object).where(table.notna(), None)
    truth = dict(zip(frame["id"], "e" + entity.astype(str), strict=True))
    return frame, truth
