"""Options that a command prints again in the next command, as they were typed."""

from __future__ import annotations

from collections.abc import Sequence

import typer

__all__ = ["typed_options"]

NAMES = (
    "source", "model", "kinds", "block", "precision_recall", "threshold", "accuracy_cost",
    "per_source", "max_size", "seed", "encoding", "delimiter", "sheet",
)  # fmt: skip
"""Options of ``match`` that the commands about its result take, too."""


def typed_options(context: typer.Context, labels: Sequence[str] | None = None) -> list[str]:
    """Return the words of those options of ``match`` that were typed on the command line.

    Label files come last; a model has learned already, so none come beside one.
    """
    words: list[str] = []
    for name in NAMES:
        if getattr(context.get_parameter_source(name), "name", "") != "COMMANDLINE":
            continue
        value = context.params.get(name)
        for item in value if isinstance(value, list | tuple) else [value]:
            words += [f"--{name.replace('_', '-')}", str(item)]
    if "--model" not in words:
        words += [word for path in labels or () for word in ("--labels", path)]
    return words
