"""Benchmark tables with truth: CSV files become one shuffled table with keys that say nothing.

Folders are looked for below the environment variable ``MATCHLOOP_DATA``; benchmarks/README.md says
where each public table can be had. Three layouts are known:

* linkage: ``tableA.csv``, ``tableB.csv`` (first column ``id``) and ``gold.csv`` (``id_a,id_b``),
* deduplication: ``records.csv`` (``id``, ...) and ``gold.csv``, maybe ``clusters.csv``,
* published pair splits beside either: ``pairs_train.csv``, ``pairs_valid.csv``, ``pairs_test.csv``
  (``id_a,id_b,label``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matchloop.data.records import Records

__all__ = ["PARTIAL", "Split", "Table", "data_folder", "load_table", "names", "table_from_parquet"]

#: Tables whose truth names only some of the true pairs: only their published splits can be scored.
PARTIAL = frozenset({"beer"})

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Published pairs with their labels.

    Parameters
    ----------
    pairs
        Row positions in the shuffled table, shape (pairs, 2).
    is_match
        Whether each pair is a match, shape (pairs,).
    """

    pairs: NDArray[np.int64]
    is_match: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A benchmark table.

    Parameters
    ----------
    name
        Name of the folder, ``autofj50/Song`` for a task of a collection.
    frame
        The rows, shuffled: a key column, a source column where two tables are linked, then the
        columns of the table as text; missing is None.
    key, source
        Names of the key column and of the source column (None for deduplication).
    truth
        True pairs as row positions of ``frame``, left < right, sorted, shape (pairs, 2).
    splits
        Published pair splits by name; empty where there are none.
    """

    name: str
    frame: pd.DataFrame
    key: str
    source: str | None
    truth: NDArray[np.int64]
    splits: Mapping[str, Split] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def columns(self) -> list[str]:
        """Names of the columns that may be compared."""
        return [name for name in self.frame.columns if name not in (self.key, self.source)]

    @property
    def sources(self) -> NDArray[np.int64] | None:
        """A small number per row for its source; None for deduplication."""
        if self.source is None:
            return None
        return pd.factorize(self.frame[self.source], sort=True)[0].astype(np.int64)

    def records(self) -> Records:
        """Return the table as the engine reads it."""
        import matchloop

        return matchloop.read_records(self.frame, key=self.key, source=self.source)


def data_folder() -> Path:
    """Return the folder of benchmark tables.

    Raises
    ------
    SystemExit
        If ``MATCHLOOP_DATA`` is not set or names no folder.
    """
    given = os.environ.get("MATCHLOOP_DATA", "")
    if not given or not Path(given).is_dir():
        raise SystemExit(
            f"MATCHLOOP_DATA is {given!r}, expected the folder of benchmark tables: "
            "set it as benchmarks/README.md says"
        )
    return Path(given)


def names(folder: Path | None = None) -> list[str]:
    """Return the names of all tables in a folder, sorted; a collection gives ``folder/task``."""
    folder = folder or data_folder()
    found = []
    for gold in sorted([*folder.glob("*/gold.csv"), *folder.glob("*/*/gold.csv")]):
        found.append(gold.parent.relative_to(folder).as_posix())
    return found


def load_table(name: str, *, seed: int = 0, folder: Path | None = None) -> Table:
    """Read a benchmark table, its rows shuffled and its keys replaced.

    Parameters
    ----------
    name
        Name of the table's folder, as :func:`names` gives it.
    seed
        Decides the order of the rows and the new keys; the same seed gives the same table.
    folder
        Where the tables are; the folder of ``MATCHLOOP_DATA`` if not given.

    Returns
    -------
    Table
        The table, its truth and its published splits.

    Raises
    ------
    SystemExit
        If the folder holds no table.
    """
    place = (folder or data_folder()) / name
    if (place / "tableA.csv").exists():
        parts = {"a": _read(place / "tableA.csv"), "b": _read(place / "tableB.csv")}
    elif (place / "records.csv").exists():
        parts = {"": _read(place / "records.csv")}
    else:
        raise SystemExit(f"no table {name!r} in {place.parent}: expected tableA.csv or records.csv")
    rows, where = _stack(parts)
    rng = np.random.default_rng([seed, *name.encode()])
    order = rng.permutation(len(rows))
    new_position = np.empty(len(rows), np.int64)
    new_position[order] = np.arange(len(rows))
    linked = len(parts) == 2
    first, second = ("a", "b") if linked else ("", "")

    def positions(pairs: pd.DataFrame) -> NDArray[np.int64]:
        left = [new_position[where[first, given]] for given in pairs["id_a"]]
        right = [new_position[where[second, given]] for given in pairs["id_b"]]
        return np.sort(np.column_stack([left, right]).astype(np.int64).reshape(-1, 2), axis=1)

    splits = {}
    for split in SPLITS:
        path = place / f"pairs_{split}.csv"
        if path.exists():
            pairs = _read(path)
            splits[split] = Split(positions(pairs), (pairs["label"] == "1").to_numpy())
    frame, key, source = _dress(rows.iloc[order].reset_index(drop=True), rng, linked=linked)
    truth = _sorted_pairs(positions(_read(place / "gold.csv")))
    return Table(name, frame, key, source, truth, splits)


def table_from_parquet(path: Path, *, truth: str, drop: Iterable[str] = ("id",)) -> Table:
    """Read a Parquet file with a column of entities as a table to deduplicate.

    Parameters
    ----------
    path
        The file.
    truth
        Name of the column that says which entity a row stands for.
    drop
        Columns that are not part of a record, such as an old key.

    Returns
    -------
    Table
        The rows in the file's order, with keys that are row numbers.
    """
    frame = pd.read_parquet(path)
    entity = frame.pop(truth)
    frame = frame.drop(columns=[name for name in drop if name in frame.columns])
    key = _free("key", frame.columns)
    frame.insert(0, key, np.arange(len(frame)).astype(str))
    return Table(path.stem, frame, key, None, pairs_of_groups(pd.factorize(entity)[0]))


def pairs_of_groups(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return all pairs of rows that share a group, left < right, sorted, shape (pairs, 2)."""
    order = np.argsort(group, kind="stable")
    ranked = group[order]
    found = [np.empty((0, 2), np.int64)]
    for gap in range(1, len(group)):
        hit = np.flatnonzero(ranked[gap:] == ranked[:-gap])
        if not len(hit):
            break
        found.append(np.column_stack([order[hit], order[hit + gap]]))
    return _sorted_pairs(np.concatenate(found).astype(np.int64))


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _stack(parts: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[tuple[str, str], int]]:
    where: dict[tuple[str, str], int] = {}
    for name, part in parts.items():
        start = len(where)
        where |= {(name, given): start + row for row, given in enumerate(part["id"])}
    rows = pd.concat(
        [part.drop(columns="id").assign(**{"": name}) for name, part in parts.items()],
        ignore_index=True,
    )
    return rows, where


def _dress(
    rows: pd.DataFrame, rng: np.random.Generator, *, linked: bool
) -> tuple[pd.DataFrame, str, str | None]:
    origin = rows.pop("")
    rows = rows.astype(object).where(rows.notna() & (rows != ""), None)
    key, source = _free("key", rows.columns), _free("source", rows.columns)
    if linked:
        rows.insert(0, source, origin)
    rows.insert(0, key, np.char.add("k", rng.permutation(len(rows)).astype(str)).astype(object))
    return rows, key, source if linked else None


def _free(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    while name in taken:
        name += "_"
    return name


def _sorted_pairs(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    pairs = np.sort(pairs.reshape(-1, 2), axis=1)
    ids = np.sort((pairs[:, 0] << 32) | pairs[:, 1])
    if len(ids):
        ids = ids[np.append(True, ids[1:] != ids[:-1])]
    return np.column_stack([ids >> 32, ids & 0xFFFFFFFF])
