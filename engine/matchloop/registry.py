"""Find a class by name: a visible built-in table first, then installed entry points."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TypeVar, cast

from matchloop.errors import UnknownName

__all__ = ["known", "lookup"]

T = TypeVar("T")


def lookup(name: str, builtin: Mapping[str, T], group: str) -> T:
    """Return the object registered under a name.

    Parameters
    ----------
    name
        The name asked for.
    builtin
        The table of what ships with matchloop.
    group
        Entry-point group that third parties add to, for example ``matchloop.strategies``.

    Returns
    -------
    T
        The registered class or function.

    Raises
    ------
    UnknownName
        Nothing is registered under the name; the message lists what is.
    """
    if name in builtin:
        return builtin[name]
    found = entry_points(group=group, name=name)
    for entry in found:
        return cast(T, entry.load())
    raise UnknownName(f"no '{name}' in {group}; known: {', '.join(known(builtin, group))}")


def known(builtin: Mapping[str, object], group: str) -> list[str]:
    """List every registered name, built-in and installed, sorted."""
    return sorted({*builtin, *(entry.name for entry in entry_points(group=group))})
