"""Grids: which runs an experiment has, read from a YAML file."""

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
"""Strategy, by name only, of the run that learns every label: what others are measured by."""

POLICIES = ("merge", "replace")


@dataclass(frozen=True, slots=True)
class Named:
    """A strategy, oracle or learner: its name and what is set of it.

    Parameters
    ----------
    name
        A built-in or installed name.
    settings
        The fields of its class that differ from their defaults.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Any, what: str) -> Named:
        """Read ``margin`` or ``{name: gumbel, temperature: 0.1}``.

        Raises
        ------
        UsageError
            It is neither.
        """
        if isinstance(given, str):
            return cls(given)
        if isinstance(given, Mapping) and isinstance(given.get("name"), str):
            settings = {key: value for key, value in given.items() if key != "name"}
            if not _is_plain(settings):
                raise UsageError(
                    f"{what}: {given!r}; settings are texts, numbers, true or false, and lists and "
                    "mappings of them"
                )
            return cls(given["name"], settings)
        raise UsageError(f"{what}: {given!r} has no name; write a name, or name: and settings")

    def __str__(self) -> str:
        """Write it as curves and tables do: ``gumbel(temperature=0.1)``."""
        told = ", ".join(f"{key}={value}" for key, value in sorted(self.settings.items()))
        return f"{self.name}({told})" if told else self.name


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table with truth.

    Parameters
    ----------
    name
        What results call it.
    file
        Any file that :func:`matchloop.read_records` reads.
    key, source
        Its key column, and its source column in linkage.
    truth
        Table with the key column and one that says what each record is, or two columns of keys
        that match; or the name of a column of ``file``, which is then left out of comparing.
    kinds
        Kinds of columns, where the inferred ones are wrong.
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
        What is compared.
    rows, sets
        Rows of a set, sets of a round.
    rounds
        Rounds at most.
    policy
        ``merge`` or ``replace``.
    test_share
        Share of the records held out.
    seed
        Shared by all runs that are compared with each other.
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
        """Return the run that learns every label there is; all grids share it."""
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
        """Whether it learns every label, instead of asking."""
        return self.strategy.name == ALL_LABELS

    @property
    def id(self) -> str:
        """A name for files: readable, and different for every other run."""
        told = json.dumps(asdict(self), sort_keys=True)
        short = hashlib.sha256(told.encode()).hexdigest()[:10]
        plain = "".join(c if c.isalnum() else "-" for c in f"{self.table}-{self.strategy.name}")
        return f"{plain}-s{self.seed}-{short}"

    def described(self) -> dict[str, Any]:
        """Return what every row of its results repeats."""
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
    """An experiment: every combination of what is listed.

    Parameters
    ----------
    name
        Title of its report.
    tables
        Where its tables are.
    strategies, starts, oracles, learners, policies
        What is combined.
    questions
        Shapes of questions: ``(rows, sets)`` of a round.
    rounds
        Rounds of questions.
    seeds
        Seeds 0 to seeds - 1.
    test_share
        Share of the records held out.
    supervised
        Whether a model that learns every label is measured too, once per table, learner and seed.
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
    def of(cls, given: Mapping[str, Any]) -> Grid:
        """Read what a YAML file holds.

        Raises
        ------
        UsageError
            A name is unknown, something is missing, or a value is of the wrong sort.
        """
        if not isinstance(given, Mapping):
            raise UsageError("a grid is a mapping: name, tables, strategies ...")
        known = [one for one in cls.__dataclass_fields__]
        if strange := [name for name in given if name not in known]:
            raise UsageError(f"a grid has no {some(strange)}; known: {', '.join(known)}")
        for needed in ("tables", "strategies"):
            if not given.get(needed):
                raise UsageError(f"the grid lists no {needed}; name at least one")
        made = cls(
            name=str(given.get("name", "experiment")),
            tables=tuple(_table(one) for one in _list(given, "tables")),
            strategies=_named(given, "strategies", ()),
            starts=tuple(str(one) for one in _list(given, "starts", ["mbx"])),
            oracles=_named(given, "oracles", ["truth"]),
            learners=_named(given, "learners", ["matcher"]),
            policies=tuple(str(one) for one in _list(given, "policies", ["merge"])),
            questions=tuple(_shape(one) for one in _list(given, "questions", [{}])),
            rounds=_count(given, "rounds", 10),
            seeds=_count(given, "seeds", 10),
            test_share=_share(given.get("test_share", 0.3)),
            supervised=_switch(given, "supervised", True),
        )
        if strange := [one for one in made.policies if one not in POLICIES]:
            raise UsageError(f"policies: no {some(strange)}; known: {', '.join(POLICIES)}")
        for axis in ("strategies", "starts", "oracles", "learners", "policies", "questions"):
            _check_once(axis, [str(one) for one in getattr(made, axis)])
        _check_once("tables", [table.name for table in made.tables])
        return made

    def cells(self) -> list[Cell]:
        """Return every run, those of one table together."""
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


def _list(given: Mapping[str, Any], name: str, default: Sequence[Any] = ()) -> list[Any]:
    value = given.get(name, default)
    if not isinstance(value, (list, tuple)) or not value:
        raise UsageError(f"{name}: {value!r} is no list; write - before each entry")
    return list(value)


def _named(given: Mapping[str, Any], name: str, default: Sequence[Any]) -> tuple[Named, ...]:
    return tuple(Named.of(one, name) for one in _list(given, name, default))


def _count(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{name}: {value!r}; give a whole number of at least 1")
    return value


def _check_once(axis: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{axis}: {some(twice)} stands twice; leave one out or rename it")


def _is_plain(value: Any) -> bool:
    """Tell whether a value can be written to a file and read again unchanged."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(_is_plain(one) for one in value)
    return value is None or isinstance(value, (str, bool, int, float))


def _switch(given: Mapping[str, Any], name: str, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise UsageError(f"{name}: {value!r}; write true or false")
    return value


def _share(value: Any) -> float:
    if not isinstance(value, (int, float)) or not 0 < value < 1:
        raise UsageError(f"test_share: {value!r}; give a share between 0 and 1")
    return float(value)


def _shape(given: Any) -> tuple[int, int]:
    if not isinstance(given, Mapping) or set(given) - {"rows", "sets"}:
        raise UsageError(f"questions: {given!r}; write rows: and sets:")
    rows, sets = _count(given, "rows", 2), _count(given, "sets", 20)
    if rows < 2:
        raise UsageError(f"questions: {given!r}; a set has at least 2 rows")
    return rows, sets


def _table(given: Any) -> TableSource:
    known: Iterable[str] = TableSource.__dataclass_fields__
    if not isinstance(given, Mapping):
        raise UsageError(f"tables: {given!r}; write name:, file:, key:, truth:")
    if missing := [name for name in ("name", "file", "key", "truth") if name not in given]:
        raise UsageError(f"tables: {given.get('name', 'a table')!r} lacks {some(missing)}")
    if strange := [name for name in given if name not in known]:
        raise UsageError(f"tables: no {some(strange)}; known: {', '.join(known)}")
    texts = {name: value for name, value in given.items() if name != "kinds"}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str) or not value]:
        raise UsageError(f"tables: {some(wrong)} of {given['name']!r} is no text; write a text")
    kinds = given.get("kinds", {})
    if not isinstance(kinds, Mapping) or not all(isinstance(one, str) for one in kinds.values()):
        raise UsageError(f"tables: kinds of {given['name']!r}: {kinds!r}; write column: kind")
    return TableSource(**given)
