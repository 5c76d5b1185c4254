"""Expressions of GetPartitions: comparisons of partition keys, joined by AND."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from matchloop_api.errors import InvalidInputException

__all__ = ["matches"]

_COMPARISON = re.compile(
    r"""\s*\(?\s*["`]?(?P<key>\w+)["`]?\s*(?P<how><>|!=|<=|>=|=|<|>)\s*"""
    r"""(?P<value>'(?:[^']|'')*'|[+-]?\d+(?:\.\d+)?)\s*\)?\s*"""
)
_AND = re.compile(r"and\b", re.IGNORECASE)
_HOW: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "long", "decimal", "float", "double")


def matches(expression: str, keys: Mapping[str, str]) -> Callable[[Sequence[str]], bool]:
    """Return a function that returns whether the values of a partition pass an expression.

    Parameters
    ----------
    expression
        ``year >= 2020 AND region = 'eu'``.
    keys
        The partition keys and their types, in order. Keys of a numeric type compare as numbers.

    Raises
    ------
    InvalidInputException
        The expression has another form or a key that the table lacks.
    """
    names = [name.lower() for name in keys]
    types = list(keys.values())
    tests: list[tuple[int, Callable[[Any, Any], bool], Any]] = []
    at = 0
    while comparison := _COMPARISON.match(expression, at):
        key, value = comparison["key"].lower(), comparison["value"]
        if key not in names:
            raise InvalidInputException(
                f"Expression names '{comparison['key']}', which is no partition key; "
                f"partition keys: {', '.join(keys) or 'none'}."
            )
        place = names.index(key)
        text = value[1:-1].replace("''", "'") if value.startswith("'") else value
        tests.append((place, _HOW[comparison["how"]], _typed(text, types[place])))
        at = comparison.end()
        if at == len(expression):
            return lambda values: all(
                how(_typed(values[place], types[place]), wanted) for place, how, wanted in tests
            )
        if (joined := _AND.match(expression, at)) is None:
            break
        at = joined.end()
    raise InvalidInputException(
        f"Expression is '{expression[:200]}'; this server takes comparisons of partition keys with "
        "=, <>, <, <=, > or >=, joined by AND: year >= 2020 AND region = 'eu'."
    )


def _typed(text: str, kind: str) -> Any:
    """Return a value that compares as its type; text that is no number sorts before all numbers."""
    if not kind.lower().startswith(_NUMBERS):
        return text
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("-Infinity")
