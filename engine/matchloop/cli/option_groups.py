"""Groups of options that several commands share: one parameter stands for all options of a group.

A group is a frozen dataclass whose fields are annotated options with defaults.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, get_type_hints

__all__ = ["OptionGroup", "takes_groups"]


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Metadata of an ``Annotated`` parameter that stands for a group of options.

    Parameters
    ----------
    without
        Fields of the group that the command does not offer; they keep their defaults.
    """

    without: tuple[str, ...] = ()

    def parameters(self, group: type[Any]) -> list[inspect.Parameter]:
        """Return a keyword-only parameter for each option of a group that is offered."""
        hints = get_type_hints(group, include_extras=True)
        return [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=hints[field.name],
            )
            for field in fields(group)
            if field.name not in self.without
        ]


def takes_groups(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options of its groups.

    A keyword-only parameter with :class:`OptionGroup` among its metadata is replaced by the
    options of its type, and is called with a value of that type.
    """
    hints = get_type_hints(command, include_extras=True)
    signature = inspect.signature(command)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    for name, parameter in signature.parameters.items():
        marked = [
            mark for mark in getattr(hints[name], "__metadata__", ()) if type(mark) is OptionGroup
        ]
        if not marked:
            parameters.append(parameter.replace(annotation=hints[name]))
            continue
        group = hints[name].__origin__
        offered = marked[0].parameters(group)
        groups[name] = group, [option.name for option in offered]
        parameters += offered

    @wraps(command)
    def run(**typed: Any) -> int | None:
        for name, (group, options) in groups.items():
            typed[name] = group(**{option: typed.pop(option) for option in options})
        return command(**typed)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
