"""The rules of golden rows and the forms they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from matchloop.errors import RulesError, some

__all__ = ["ALL_COLUMNS", "RULES", "Chain", "GoldenRules", "Order", "Rule", "Together"]

ALL_COLUMNS = "*"
"""In a set of columns that move together: every column without a rule of its own."""

Takes = Literal["nothing", "column", "names"]

RULES: dict[str, Takes] = {
    "most_frequent": "nothing",
    "longest": "nothing",
    "shortest": "nothing",
    "largest": "nothing",
    "smallest": "nothing",
    "most_complete": "nothing",
    "latest": "column",
    "earliest": "column",
    "source": "names",
    "first_non_null": "nothing",
    "lowest_key": "nothing",
    "unanimous": "nothing",
    "all": "nothing",
}
"""Each rule and its argument: nothing, a column of dates, or names of sources, best first."""

LAST = frozenset({"all", "unanimous", "first_non_null", "lowest_key"})
"""Rules that always end a chain, so that a rule behind them would never apply."""

OF_ONE_COLUMN = frozenset({"all", "largest", "smallest"})
"""Rules that columns that move together cannot have."""

_WRITTEN = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_SETTINGS = ("source", "order", "missing", "default", "columns", "together")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a chain.

    Parameters
    ----------
    name
        A name in :data:`RULES`.
    arguments
        The column of dates, or the names of sources, best first.
    """

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments else self.name

    @classmethod
    def of(cls, written: object, where: str) -> Rule:
        """Read ``latest(updated_at)`` or ``{"latest": "updated_at"}``.

        Parameters
        ----------
        written
            The rule as text or as a table of one entry.
        where
            Place of the rule, for messages: ``columns.email``.

        Raises
        ------
        RulesError
            There is no such rule, or its argument is missing or superfluous.
        """
        if isinstance(written, Mapping) and len(written) == 1:
            name, value = next(iter(written.items()))
            arguments = tuple(_texts(value, f"{where}, rule '{name}'"))
        elif isinstance(written, str) and (parts := _WRITTEN.fullmatch(written)):
            name = parts[1]
            inside = [part.strip() for part in (parts[2] or "").split(",")]
            arguments = tuple(part for part in inside if part)
        else:
            raise RulesError(
                f'{where}: {written!r} is no rule; expected a name such as "longest", or '
                'a table such as { source = ["crm", "shop"] }'
            )
        if name not in RULES:
            raise RulesError(f"{where}: no rule '{name}'; {_like(name, RULES)}")
        takes = RULES[name]
        if takes == "nothing" and arguments:
            raise RulesError(f"{where}: the rule '{name}' takes no argument; write \"{name}\"")
        if takes == "column" and len(arguments) != 1:
            raise RulesError(
                f"{where}: the rule '{name}' takes one column of dates; write \"{name}(COLUMN)\""
            )
        if takes == "names" and not arguments:
            raise RulesError(
                f"{where}: the rule '{name}' takes names of sources, best first; write "
                f'{{ {name} = ["crm", "shop"] }}'
            )
        return cls(name, arguments)


Chain = tuple[Rule, ...]
"""Rules in the order in which they apply, until one value is left."""


@dataclass(frozen=True, slots=True)
class Order:
    """A column that ranks the records of a group, the first record before the others."""

    column: str
    descending: bool = False

    @classmethod
    def of(cls, written: object, where: str) -> Order:
        """Read ``updated_at desc``."""
        column, _, direction = str(written).strip().rpartition(" ")
        if not column or direction.lower() not in ("asc", "desc"):
            column, direction = str(written).strip(), "asc"
        if not isinstance(written, str) or not column:
            raise RulesError(
                f'{where}: {written!r} is no order; expected "COLUMN asc" or "COLUMN desc"'
            )
        return cls(column.strip(), direction.lower() == "desc")


@dataclass(frozen=True, slots=True)
class Together:
    """Columns whose values come from one record, and the rules that choose it."""

    columns: tuple[str, ...]
    pick: Chain


@dataclass(frozen=True, slots=True)
class GoldenRules:
    """How each value of a golden row is chosen.

    Parameters
    ----------
    columns
        Chain of rules of each column that has its own.
    together
        Columns whose values come from one record.
    default
        Chain of the other columns; None for one that fits their kind.
    order
        Ranks the records of a group wherever rules leave several values; the key comes last.
    source
        Column that names the source of a record, for the rule ``source``.
    missing
        Values that stand for a missing one in any column, besides those that are recognized.
    """

    columns: Mapping[str, Chain] = field(default_factory=dict)
    together: tuple[Together, ...] = ()
    default: Chain | None = None
    order: tuple[Order, ...] = ()
    source: str | None = None
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: Mapping[str, object]) -> GoldenRules:
        """Read rules as TOML holds them.

        Parameters
        ----------
        written
            The settings ``source``, ``order``, ``missing``, ``default``, ``columns`` and
            ``together``; each may be left out.

        Raises
        ------
        RulesError
            A setting, a rule or an argument is wrong; the message names its place.

        Examples
        --------
        >>> rules = GoldenRules.of({"columns": {"email": ["latest(updated_at)", "longest"]}})
        >>> [str(rule) for rule in rules.columns["email"]]
        ['latest(updated_at)', 'longest']
        """
        for name in written:
            if name not in _SETTINGS:
                raise RulesError(f"no setting '{name}'; {_like(name, _SETTINGS)}")
        columns = _table(written.get("columns", {}), "columns")
        sets = written.get("together", [])
        if not isinstance(sets, Sequence) or isinstance(sets, str):
            raise RulesError("together: expected tables, each under [[together]]")
        default = written.get("default")
        source = written.get("source")
        if source is not None and not isinstance(source, str):
            raise RulesError(f"source: {source!r} is no column; expected its name")
        rules = cls(
            columns={name: _chain(chain, f"columns.{name}") for name, chain in columns.items()},
            together=tuple(_together(item, number) for number, item in enumerate(sets, 1)),
            default=None if default is None else _chain(default, "default"),
            order=tuple(
                Order.of(item, "order") for item in _items(written.get("order", []), "order")
            ),
            source=source,
            missing=tuple(_texts(written.get("missing", []), "missing")),
        )
        rules._check_disjoint()
        return rules

    def chains(self) -> list[tuple[str, Chain]]:
        """Return the place and the rules of every chain."""
        own = [(f"columns.{name}", chain) for name, chain in self.columns.items()]
        own += [(f"together[{n}].pick", item.pick) for n, item in enumerate(self.together, 1)]
        return own if self.default is None else [*own, ("default", self.default)]

    def _check_disjoint(self) -> None:
        places = {name: f"columns.{name}" for name in self.columns}
        for number, item in enumerate(self.together, 1):
            for name in item.columns:
                if name in places:
                    raise RulesError(
                        f"together[{number}]: the column '{name}' is in {places[name]} as well; "
                        "give a column one place"
                    )
                places[name] = f"together[{number}]"


def _together(written: object, number: int) -> Together:
    where = f"together[{number}]"
    table = _table(written, where)
    for name in table:
        if name not in ("columns", "pick"):
            raise RulesError(f"{where}: no setting '{name}'; {_like(name, ('columns', 'pick'))}")
    columns = _texts(table.get("columns", []), f"{where}.columns")
    if not columns:
        raise RulesError(f"{where}: columns are missing; expected the names of two or more")
    if len(columns) == 1 and columns[0] != ALL_COLUMNS:
        raise RulesError(
            f"{where}: '{columns[0]}' alone moves with nothing; name two columns or more"
        )
    pick = _chain(table.get("pick", ["most_complete", "most_frequent"]), f"{where}.pick")
    for rule in pick:
        if rule.name in OF_ONE_COLUMN:
            raise RulesError(
                f"{where}.pick: the rule '{rule.name}' is for one column; choose a record, for "
                'example with "most_complete"'
            )
    return Together(tuple(columns), pick)


def _chain(written: object, where: str) -> Chain:
    rules = tuple(Rule.of(item, where) for item in _items(written, where))
    if not rules:
        raise RulesError(f'{where}: no rule; expected one or more, for example "longest"')
    if any(rule.name == "all" for rule in rules) and len(rules) > 1:
        raise RulesError(f"{where}: the rule 'all' keeps every value; it must be the only rule")
    for rule in rules[:-1]:
        if rule.name in LAST:
            raise RulesError(
                f"{where}: the rule '{rule.name}' always decides, so the rules behind it never "
                "apply; make it the last one"
            )
    return rules


def _items(written: object, where: str) -> Sequence[object]:
    if isinstance(written, (str, Mapping)):
        return [written]
    if isinstance(written, Sequence):
        return written
    raise RulesError(f"{where}: {written!r} was given; expected a text or a list")


def _texts(written: object, where: str) -> list[str]:
    items = _items(written, where)
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise RulesError(f"{where}: {item!r} was given; expected text")
    return [str(item) for item in items]


def _table(written: object, where: str) -> Mapping[str, object]:
    if not isinstance(written, Mapping):
        raise RulesError(f"{where}: {written!r} was given; expected a table, under [{where}]")
    return written


def _like(name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    close = get_close_matches(name, names, 1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"there are {some(names, 20)}"
