"""What a model asks of a value beyond its type, in the words of AWS."""

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
    """One limit, pattern or enumeration.

    Parameters
    ----------
    holds
        Whether a value satisfies it.
    text
        What it asks, as AWS says it.
    """

    holds: Callable[[Any], bool]
    text: str


@lru_cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a service model, which is Java's, for a match of the whole text."""
    return re.compile(
        pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), re.ASCII
    )


def constraints_of(shape: Shape) -> Sequence[Constraint]:
    """Return what a value of a shape must satisfy."""
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
    given = str(shape.metadata["pattern"])
    try:
        matches = compile_pattern(given).fullmatch
    except re.error:  # a Java class that Python lacks: what cannot be checked is let through
        return []
    return [
        Constraint(
            lambda value: matches(value) is not None,
            f"Member must satisfy regular expression pattern: {given}",
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
