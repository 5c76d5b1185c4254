"""Tables with a truth: invented customers, or a folder of CSV files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchloop.data.io import read_records
from matchloop.data.pairs import groups_of_pairs
from matchloop.data.records import Records
from matchloop.demo.customers import make_customers
from matchloop.errors import InputError

__all__ = ["FOLDERS", "KnownTable", "load_known_table"]

FOLDERS = "MATCHLOOP_DATA"
"""Environment variable that names a folder of table folders."""

CUSTOMERS = (
    "Relatives share an address and often a telephone or an e-mail address, namesakes live "
    "elsewhere, and half of the dates of birth are missing."
)


@dataclass(frozen=True, eq=False)
class KnownTable:
    """Records and the pairs of them that match.

    Parameters
    ----------
    name
        Name of the table.
    records
        The rows, shuffled.
    left, right
        Row positions of the true pairs, shape (pairs,), int64.
    description
        One sentence on what makes the table hard; empty if nothing is known of it.
    """

    name: str
    records: Records
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    description: str = ""

    @property
    def entity(self) -> NDArray[np.int64]:
        """Entity of each record, as a number, shape (records,)."""
        return groups_of_pairs((self.left, self.right), len(self.records))


def load_known_table(name: str | None = None, *, seed: int = 0) -> KnownTable:
    """Read a table with its truth.

    Parameters
    ----------
    name
        A folder, or the name of one below the folder that ``MATCHLOOP_DATA`` names; by default
        invented customers (:mod:`matchloop.demo.customers`). A folder holds ``records.csv``, or
        ``tableA.csv`` and ``tableB.csv``, each with a first column ``id``, and ``gold.csv`` with
        the true pairs (``id_a``, ``id_b``).
    seed
        Seed of the shuffle of the rows, and of the invented customers.

    Returns
    -------
    KnownTable
        The table with its rows shuffled, because their order may reveal the truth.

    Raises
    ------
    InputError
        There is no such table, or its layout is another.
    """
    return _customers(seed) if name is None else _folder(name, seed)


def _customers(seed: int) -> KnownTable:
    records = make_customers(seed=seed)
    rows = pd.DataFrame([record.values for record in records], dtype=object)
    # Keys in the order of the customers would show a reader the truth.
    numbers = np.random.default_rng(seed).permutation(len(rows))
    rows.insert(0, "id", [str(number + 1) for number in numbers])
    by_customer: dict[int, list[str]] = {}
    for key, record in zip(rows["id"], records, strict=True):
        by_customer.setdefault(record.number, []).append(key)
    pairs = [pair for keys in by_customer.values() for pair in combinations(keys, 2)]
    left, right = zip(*pairs, strict=True)
    table = _with_truth("invented customers", rows, left, right, None, seed)
    return replace(table, description=CUSTOMERS)


def _folder(name: str, seed: int) -> KnownTable:
    folder = _find(name)
    gold = _read(folder / "gold.csv", ("id_a", "id_b"))
    left, right = gold["id_a"].tolist(), gold["id_b"].tolist()
    if (folder / "records.csv").is_file():
        rows = _read(folder / "records.csv", ("id",))
        return _with_truth(folder.name, rows, left, right, None, seed)
    parts = []
    for side in ("A", "B"):
        part = _read(folder / f"table{side}.csv", ("id",))
        part["id"] = f"{side}-" + part["id"]
        part.insert(1, _free("table", part.columns), side)
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True).astype(object)
    left, right = [f"A-{key}" for key in left], [f"B-{key}" for key in right]
    return _with_truth(folder.name, rows, left, right, str(rows.columns[1]), seed)


def _find(name: str) -> Path:
    below = os.environ.get(FOLDERS)
    places = [Path(name), *([Path(below) / name] if below else [])]
    for place in places:
        if (place / "records.csv").is_file() or (place / "tableA.csv").is_file():
            return place
    tried = " and ".join(str(place) for place in places)
    raise InputError(
        f"no table at {tried}: expected a folder with records.csv, or tableA.csv and tableB.csv, "
        f"and gold.csv; {FOLDERS} may name the folder above it"
    )


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]!r}; it has {list(frame.columns)}")
    return frame


def _with_truth(
    name: str,
    rows: pd.DataFrame,
    left: Sequence[str],
    right: Sequence[str],
    source: str | None,
    seed: int,
) -> KnownTable:
    order = np.random.default_rng(seed).permutation(len(rows))
    rows = rows.iloc[order].reset_index(drop=True)
    rows = rows.where(rows.notna() & (rows != ""), None)
    records = read_records(rows, key="id", source=source)
    place = records.positions
    unknown = [key for key in (*left, *right) if key not in place]
    if unknown:
        raise InputError(f"{name}: the truth names {unknown[0]!r}, which is not in the table")
    return KnownTable(
        name,
        records,
        np.array([place[key] for key in left], np.int64),
        np.array([place[key] for key in right], np.int64),
    )


def _free(name: str, taken: pd.Index) -> str:
    return name if name not in taken else _free(f"{name}_", taken)
