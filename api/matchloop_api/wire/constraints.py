"""Constraints of a service model on a value, besides its type, in the words of AWS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.model import Shape

__all__ = ["Constraint", "compile_pattern", "constraints_of"]

_MEASURES = {"string": "length", "list": "length", "map": "length", "blob": "length"}

MAY_BE_EMPTY = frozenset({"CatalogIdString"})
"""Shapes whose least length is not asked for: Terraform without an account sends them empty."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A limit, pattern or enumeration.

    Parameters
    ----------
    holds
        Returns whether a value satisfies the constraint.
    text
        The constraint in the words of AWS.
    """

    holds: Callable[[Any], bool]
    text: str


@lru_cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a service model's Java pattern for matches of a whole text."""
    return re.compile(
        pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), re.ASCII
    )


def constraints_of(shape: Shape) -> Sequence[Constraint]:
    """Return the constraints of a shape."""
    return [*_enumeration(shape), *_pattern(shape), *_limits(shape)]


def _enumeration(shape: Shape) -> Sequence[Constraint]:
    allowed = frozenset(getattr(shape, "enum", ()))
    if not allowed:
        return []
    listed = ", ".join(shape.enum)  # type: ignore[attr-defined]
    return [Constraint(allowed.__contains__, f"Member must satisfy enum value set: [{listed}]")]


def _pattern(shape: Shape) -> Sequence[Constraint]:
    if shape.type_name != "string" or "pattern" not in shape.metadata:
        return []
    pattern = str(shape.metadata["pattern"])
    try:
        matches = compile_pattern(pattern).fullmatch
    except re.error:  # a Java character class that Python lacks: values pass unchecked
        return []
    return [
        Constraint(
            lambda value: matches(value) is not None,
            f"Member must satisfy regular expression pattern: {pattern}",
        )
    ]


def _limits(shape: Shape) -> Sequence[Constraint]:
    made = []
    measured = _MEASURES.get(shape.type_name)
    size: Callable[[Any], Any] = len if measured else _itself
    word = measured or "value"
    if (most := shape.metadata.get("max")) is not None:
        made.append(
            Constraint(
                lambda value: size(value) <= most,
                f"Member must have {word} less than or equal to {most}",
            )
        )
    least = None if shape.name in MAY_BE_EMPTY else shape.metadata.get("min")
    if least is not None:
        made.append(
            Constraint(
                lambda value: size(value) >= least,
                f"Member must have {word} greater than or equal to {least}",
            )
        )
    return made


def _itself(value: Any) -> Any:
    return value
