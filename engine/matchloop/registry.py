"""Find a class by name: a visible built-in table first, then installed entry points."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeVar, cast

from matchloop.errors import UnknownName, UsageError

__all__ = ["file_of", "lookup", "registered_names"]

T = TypeVar("T")


def lookup(name: str, builtin: Mapping[str, T], group: str, *, folder: Path | None = None) -> T:
    """Return the object registered under a name.

    Parameters
    ----------
    name
        The name.
    builtin
        The table of what ships with matchloop.
    group
        Entry-point group that third parties add to, for example ``matchloop.strategies``.
    folder
        Where ``module:Class`` is looked for, in the file ``module.py``. This runs the file, so
        give a folder only where whoever chose the name may run code here. Without a folder such
        names are unknown.

    Returns
    -------
    T
        The registered class or function.

    Raises
    ------
    UnknownName
        Nothing is registered under the name; the message lists the registered names.
    UsageError
        The file cannot be run, or has no such class.
    """
    if name in builtin:
        return builtin[name]
    if folder is not None and ":" in name:
        return cast(T, _from_file(name, folder))
    installed = entry_points(group=group, name=name)
    for entry in installed:
        return cast(T, entry.load())
    raise UnknownName(
        f"no '{name}' in {group}; known: {', '.join(registered_names(builtin, group))}"
    )


def registered_names(builtin: Mapping[str, object], group: str) -> list[str]:
    """List every registered name, built-in and installed, sorted."""
    return sorted({*builtin, *(entry.name for entry in entry_points(group=group))})


def file_of(name: str, folder: Path) -> Path | None:
    """Return the file that ``module:Class`` is looked for in; None for a registered name."""
    module, colon, _ = name.partition(":")
    return folder / f"{module}.py" if colon else None


def _from_file(name: str, folder: Path) -> object:
    module, _, wanted = name.partition(":")
    path = folder / f"{module}.py"
    if not module.isidentifier() or not path.is_file():
        raise UsageError(f"'{name}' is looked for in {path}, which is no file; write module:Class")
    wanted_object = getattr(_imported(path), wanted, None)
    if not callable(wanted_object):
        raise UsageError(f"{path} has no class '{wanted}', which '{name}' names")
    return cast(object, wanted_object)


def _imported(path: Path) -> ModuleType:
    """Run a file as a module of its own, once as long as it stays the same."""
    digest = sha256(str(path.resolve()).encode() + b"\0" + path.read_bytes()).hexdigest()[:16]
    name = f"matchloop_file_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UsageError(f"{path} cannot be run: {type(error).__name__}: {error}") from None
    return module
