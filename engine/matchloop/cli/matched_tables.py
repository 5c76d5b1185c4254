"""Read a matched table and the matcher that scores it, for the commands about matched tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import typer
from numpy.typing import NDArray

import matchloop as ml
from matchloop.cli.options import read_table
from matchloop.cli.table_files import TableFile
from matchloop.data.matches import match_ids_of
from matchloop.errors import TableError, counted

__all__ = ["read_matched", "saved_or", "with_given"]

SETTINGS = {
    "precision_recall": "precision_recall",
    "threshold": "threshold",
    "accuracy_cost": "accuracy_cost",
    "per_source": "per_source",
    "max_size": "max_size",
    "block": "rules",
    "seed": "seed",
}
"""Options that a saved model has a value for, which they override when typed."""


def read_matched(
    result: TableFile,
    key: str | None,
    *,
    source: str | None = None,
    kinds: Sequence[str] | None = None,
) -> tuple[ml.Records, NDArray[np.int64]]:
    """Read a table that ``match`` wrote, and the group of each record.

    Raises
    ------
    TableError
        A row has no match_id.
    """
    records = read_table(result, key, source=source, kinds=kinds)
    groups = match_ids_of(records.table)
    if missing := int((groups < 0).sum()):
        raise TableError(
            f"{result}: {counted(missing, 'row has', 'rows have')} no match_id; give a table "
            "whose rows are all matched"
        )
    return records, groups


def saved_or(context: typer.Context, model: str | None, settings: ml.Matcher) -> ml.Matcher:
    """Return the saved model with the settings that were typed, or the settings without one."""
    return settings if model is None else with_given(context, ml.Matcher.load(model), settings)


def with_given(context: typer.Context, saved: ml.Matcher, settings: ml.Matcher) -> ml.Matcher:
    """Return a saved matcher with the settings that were typed on the command line."""
    typed = {
        SETTINGS[name]: getattr(settings, SETTINGS[name])
        for name in SETTINGS
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    if typed.keys() & {"precision_recall", "threshold"}:  # one takes the place of the other
        typed = {"precision_recall": 0.5, "threshold": None, **typed}
    return replace(saved, **typed)
