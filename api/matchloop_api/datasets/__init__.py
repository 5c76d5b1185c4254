"""Read tables of the catalog as records of the engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matchloop_api.datasets.columns import columns_of
    from matchloop_api.datasets.inferring import InferredTable, find_tables, infer_table
    from matchloop_api.datasets.reading import read_dataset, records_from, records_of
    from matchloop_api.datasets.versions import (
        PARTITION,
        VERSION,
        below,
        clear_below,
        keep_version,
    )

__all__ = [
    "PARTITION",
    "VERSION",
    "InferredTable",
    "below",
    "clear_below",
    "columns_of",
    "find_tables",
    "infer_table",
    "keep_version",
    "read_dataset",
    "records_from",
    "records_of",
]

_HOMES = {
    "PARTITION": "matchloop_api.datasets.versions",
    "VERSION": "matchloop_api.datasets.versions",
    "InferredTable": "matchloop_api.datasets.inferring",
    "below": "matchloop_api.datasets.versions",
    "clear_below": "matchloop_api.datasets.versions",
    "columns_of": "matchloop_api.datasets.columns",
    "find_tables": "matchloop_api.datasets.inferring",
    "infer_table": "matchloop_api.datasets.inferring",
    "keep_version": "matchloop_api.datasets.versions",
    "read_dataset": "matchloop_api.datasets.reading",
    "records_from": "matchloop_api.datasets.reading",
    "records_of": "matchloop_api.datasets.reading",
}


def __getattr__(name: str) -> object:
    """Import the readers of rows at first use; the web process needs only columns."""
    if name not in _HOMES:
        raise AttributeError(f"module 'matchloop_api.datasets' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
