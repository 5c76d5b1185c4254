"""Which columns are chosen by which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchloop.data.records import Kind
from matchloop.entities.golden.defaults import chain_of
from matchloop.entities.golden.rules import ALL_COLUMNS, Chain, GoldenRules, Rule

__all__ = ["Choice", "planned"]

_KEY: Chain = (Rule("lowest_key"),)
_SOURCE: Chain = (Rule("all"),)


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns whose values come from one record, one column in most cases."""

    columns: tuple[str, ...]
    chain: Chain


def planned(
    rules: GoldenRules,
    columns: Sequence[str],
    kinds: Mapping[str, Kind],
    *,
    key: str,
    source: str | None,
) -> list[Choice]:
    """Give each column its rules: its own, those of its set, the default, those of its kind.

    The key of a golden row is the lowest one, and its sources are listed, unless rules say
    otherwise.
    """
    placed = {*rules.columns, *(name for together in rules.together for name in together.columns)}
    rest = [name for name in columns if name not in placed]
    choices = [Choice((name,), chain) for name, chain in rules.columns.items()]
    for together in rules.together:
        named = [name for name in together.columns if name != ALL_COLUMNS]
        if ALL_COLUMNS in together.columns:
            named, rest = [*named, *rest], []
        if named:
            choices.append(Choice(tuple(named), together.pick))
    for name in rest:
        if name == key:
            chain: Chain = _KEY
        elif rules.default is not None:
            chain = rules.default
        else:
            chain = _SOURCE if name == source else chain_of(kinds[name])
        choices.append(Choice((name,), chain))
    return choices
