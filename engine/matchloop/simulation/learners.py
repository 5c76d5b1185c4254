"""Learners by name: settings of the matcher that experiments compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop.errors import UnknownName, UsageError
from matchloop.matcher import Matcher

__all__ = ["LEARNERS", "find_learner"]

LEARNERS: Mapping[str, Mapping[str, Any]] = {
    "matcher": {},
    "prior": {"prior": True},
}
"""Name of each learner and the settings it begins with."""


def find_learner(name: str, settings: Mapping[str, Any] | None = None) -> Matcher:
    """Return the matcher that a name stands for, with further settings.

    Raises
    ------
    UnknownName
        There is no such learner.
    UsageError
        The matcher has no such setting, or not of that value.
    """
    if name not in LEARNERS:
        raise UnknownName(f"no learner '{name}'; known: {', '.join(LEARNERS)}")
    try:
        return Matcher(**{**LEARNERS[name], **(settings or {})})
    except TypeError as error:
        raise UsageError(f"learner '{name}': {error}") from None
