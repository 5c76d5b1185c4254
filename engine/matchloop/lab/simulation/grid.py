"""Grids: the runs of an experiment, read from a YAML file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from matchloop.errors import UsageError, some

__all__ = ["ALL_LABELS", "Cell", "Grid", "Named", "TableSource"]

ALL_LABELS = "all labels"
"""Name of the strategy of the run that learns every label, which others are measured by."""

POLICIES = ("merge", "replace")


@dataclass(frozen=True, slots=True)
class Named:
    """A strategy, oracle or learner: its name and its settings.

    Parameters
    ----------
    name
        A built-in or installed name.
    settings
        Fields of its class that differ from their defaults.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Any, what: str) -> Named:
        """Read ``margin`` or ``{name: gumbel, temperature: 0.1}``.

        Raises
        ------
        UsageError
            It is neither.
        """
        if isinstance(entry, str):
            return cls(entry)
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            settings = {key: value for key, value in entry.items() if key != "name"}
            if not _is_plain(settings):
                raise UsageError(
                    f"{what}: {entry!r}; settings are texts, numbers, true or false, and lists and "
                    "mappings of them"
                )
            return cls(entry["name"], settings)
        raise UsageError(f"{what}: {entry!r} has no name; write a name, or name: and settings")

    def __str__(self) -> str:
        """Write it as in curves and tables: ``gumbel(temperature=0.1)``."""
        settings = ", ".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        return f"{self.name}({settings})" if settings else self.name


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table with truth.

    Parameters
    ----------
    name
        Name of the table in results.
    file
        Any file that :func:`matchloop.read_records` reads.
    key, source
        Its key column, and its source column in linkage.
    truth
        A table with the key column and one that names the entity of each record, or with two
        columns of keys that match. Or the name of a column of ``file``, which is then never
        compared.
    kinds
        Kinds of columns whose inferred kind is wrong.
    """

    name: str
    file: str
    key: str
    truth: str
    source: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of an experiment.

    Parameters
    ----------
    table
        Name of its table.
    strategy, start, oracle, learner
        The settings under comparison.
    rows, sets
        Rows of a set, sets of a round.
    rounds
        Most rounds.
    policy
        ``merge`` or ``replace``.
    test_share
        Share of the records held out.
    seed
        Seed, shared by all runs that are compared with each other.
    """

    table: str
    strategy: Named
    start: str
    oracle: Named
    learner: Named
    rows: int
    sets: int
    rounds: int
    policy: str
    test_share: float
    seed: int

    @classmethod
    def supervised(cls, table: str, learner: Named, test_share: float, seed: int) -> Cell:
        """Return the run that learns every label; all grids share it."""
        return cls(
            table,
            Named(ALL_LABELS),
            "none",
            Named("truth"),
            learner,
            rows=2,
            sets=1,
            rounds=1,
            policy="merge",
            test_share=test_share,
            seed=seed,
        )

    @property
    def is_supervised(self) -> bool:
        """Whether it learns every label instead of asking."""
        return self.strategy.name == ALL_LABELS

    @property
    def id(self) -> str:
        """A readable name for files, different for every other run."""
        content = json.dumps(asdict(self), sort_keys=True)
        short = hashlib.sha256(content.encode()).hexdigest()[:10]
        plain = "".join(c if c.isalnum() else "-" for c in f"{self.table}-{self.strategy.name}")
        return f"{plain}-s{self.seed}-{short}"

    def described(self) -> dict[str, Any]:
        """Return the cells that every row of its results repeats."""
        return {
            "run": self.id,
            "table": self.table,
            "strategy": str(self.strategy),
            "start": self.start,
            "oracle": str(self.oracle),
            "learner": str(self.learner),
            "set_rows": self.rows,
            "policy": self.policy,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True)
class Grid:
    """An experiment: every combination of the listed settings.

    Parameters
    ----------
    name
        Title of its report.
    tables
        Its tables.
    strategies, starts, oracles, learners, policies
        The settings to combine.
    questions
        Shapes of questions: ``(rows, sets)`` of a round.
    rounds
        Most rounds of questions.
    seeds
        Seeds 0 to seeds - 1.
    test_share
        Share of the records held out.
    supervised
        Whether to measure a model that learns every label, once per table, learner and seed.
    """

    name: str
    tables: tuple[TableSource, ...]
    strategies: tuple[Named, ...]
    starts: tuple[str, ...] = ("mbx",)
    oracles: tuple[Named, ...] = (Named("truth"),)
    learners: tuple[Named, ...] = (Named("matcher"),)
    policies: tuple[str, ...] = ("merge",)
    questions: tuple[tuple[int, int], ...] = ((2, 20),)
    rounds: int = 10
    seeds: int = 10
    test_share: float = 0.3
    supervised: bool = True

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Grid:
        """Read the content of a YAML file.

        Raises
        ------
        UsageError
            A name is unknown, an entry is missing, or a value has a wrong type.
        """
        if not isinstance(content, Mapping):
            raise UsageError("a grid is a mapping: name, tables, strategies ...")
        allowed = list(cls.__dataclass_fields__)
        if strange := [name for name in content if name not in allowed]:
            raise UsageError(f"a grid has no {some(strange)}; known: {', '.join(allowed)}")
        for needed in ("tables", "strategies"):
            if not content.get(needed):
                raise UsageError(f"the grid lists no {needed}; name at least one")
        made = cls(
            name=str(content.get("name", "experiment")),
            tables=tuple(_table(entry) for entry in _list(content, "tables")),
            strategies=_named(content, "strategies", ()),
            starts=tuple(str(entry) for entry in _list(content, "starts", ["mbx"])),
            oracles=_named(content, "oracles", ["truth"]),
            learners=_named(content, "learners", ["matcher"]),
            policies=tuple(str(entry) for entry in _list(content, "policies", ["merge"])),
            questions=tuple(_shape(entry) for entry in _list(content, "questions", [{}])),
            rounds=_count(content, "rounds", 10),
            seeds=_count(content, "seeds", 10),
            test_share=_share(content.get("test_share", 0.3)),
            supervised=_switch(content, "supervised", True),
        )
        if strange := [entry for entry in made.policies if entry not in POLICIES]:
            raise UsageError(f"policies: no {some(strange)}; known: {', '.join(POLICIES)}")
        for axis in ("strategies", "starts", "oracles", "learners", "policies", "questions"):
            _check_once(axis, [str(entry) for entry in getattr(made, axis)])
        _check_once("tables", [table.name for table in made.tables])
        return made

    def cells(self) -> list[Cell]:
        """Return every run, with the runs of one table next to each other."""
        return [cell for table in self.tables for cell in self._cells_of(table)]

    def _cells_of(self, table: TableSource) -> list[Cell]:
        every = [
            Cell.supervised(table.name, learner, self.test_share, seed)
            for seed, learner in product(range(self.seeds), self.learners)
            if self.supervised
        ]
        axes: tuple[Sequence[Any], ...] = (
            range(self.seeds),
            self.questions,
            self.oracles,
            self.policies,
            self.learners,
            self.starts,
            self.strategies,
        )
        return every + [
            Cell(
                table.name,
                strategy,
                start,
                oracle,
                learner,
                rows,
                sets,
                self.rounds,
                policy,
                self.test_share,
                seed,
            )
            for seed, (rows, sets), oracle, policy, learner, start, strategy in product(*axes)
        ]


def _list(content: Mapping[str, Any], name: str, default: Sequence[Any] = ()) -> list[Any]:
    value = content.get(name, default)
    if not isinstance(value, (list, tuple)) or not value:
        raise UsageError(f"{name}: {value!r} is no list; write - before each entry")
    return list(value)


def _named(content: Mapping[str, Any], name: str, default: Sequence[Any]) -> tuple[Named, ...]:
    return tuple(Named.of(entry, name) for entry in _list(content, name, default))


def _count(content: Mapping[str, Any], name: str, default: int) -> int:
    value = content.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{name}: {value!r}; give a whole number of at least 1")
    return value


def _check_once(axis: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{axis}: {some(twice)} stands twice; leave one out or rename it")


def _is_plain(value: Any) -> bool:
    """Return whether a value survives a file unchanged."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, (str, bool, int, float))


def _switch(content: Mapping[str, Any], name: str, default: bool) -> bool:
    value = content.get(name, default)
    if not isinstance(value, bool):
        raise UsageError(f"{name}: {value!r}; write true or false")
    return value


def _share(value: Any) -> float:
    if not isinstance(value, (int, float)) or not 0 < value < 1:
        raise UsageError(f"test_share: {value!r}; give a share between 0 and 1")
    return float(value)


def _shape(entry: Any) -> tuple[int, int]:
    if not isinstance(entry, Mapping) or set(entry) - {"rows", "sets"}:
        raise UsageError(f"questions: {entry!r}; write rows: and sets:")
    rows, sets = _count(entry, "rows", 2), _count(entry, "sets", 20)
    if rows < 2:
        raise UsageError(f"questions: {entry!r}; a set has at least 2 rows")
    return rows, sets


def _table(entry: Any) -> TableSource:
    allowed: Iterable[str] = TableSource.__dataclass_fields__
    if not isinstance(entry, Mapping):
        raise UsageError(f"tables: {entry!r}; write name:, file:, key:, truth:")
    if missing := [name for name in ("name", "file", "key", "truth") if name not in entry]:
        raise UsageError(f"tables: {entry.get('name', 'a table')!r} lacks {some(missing)}")
    if strange := [name for name in entry if name not in allowed]:
        raise UsageError(f"tables: no {some(strange)}; known: {', '.join(allowed)}")
    texts = {name: value for name, value in entry.items() if name != "kinds"}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str) or not value]:
        raise UsageError(f"tables: {some(wrong)} of {entry['name']!r} is no text; write a text")
    kinds = entry.get("kinds", {})
    if not isinstance(kinds, Mapping) or not all(isinstance(kind, str) for kind in kinds.values()):
        raise UsageError(f"tables: kinds of {entry['name']!r}: {kinds!r}; write column: kind")
    return TableSource(**entry)
