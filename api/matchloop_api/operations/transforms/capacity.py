"""The capacity of a transform: DPUs or workers of a type, never both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop_api.errors import InvalidInputException

__all__ = ["CAPACITY", "DEFAULT_CAPACITY", "check_capacity", "merged_capacity"]

CAPACITY = ("MaxCapacity", "WorkerType", "NumberOfWorkers")
"""The members that tell the capacity."""

DEFAULT_CAPACITY = 10.0
"""DPUs of a transform that names neither DPUs nor workers."""

LEAST_CAPACITY, MOST_CAPACITY = 2, 100
LEAST_WORKERS = 1


def check_capacity(definition: Mapping[str, Any]) -> None:
    """Refuse a capacity that Glue refuses; absent members pass."""
    capacity, workers = definition.get("MaxCapacity"), definition.get("NumberOfWorkers")
    if capacity is not None and (workers is not None or definition.get("WorkerType") is not None):
        raise InvalidInputException("Cannot set Max Capacity and Worker Num/Type at the same time.")
    if (workers is None) != (definition.get("WorkerType") is None):
        raise InvalidInputException("Both WorkerType and NumberOfWorkers should be set.")
    if capacity is not None and not capacity >= LEAST_CAPACITY:
        raise InvalidInputException(f"MaxCapacity should be >= {LEAST_CAPACITY}.")
    if capacity is not None and capacity > MOST_CAPACITY:
        raise InvalidInputException(f"MaxCapacity should be <= {MOST_CAPACITY}.")
    if workers is not None and workers < LEAST_WORKERS:
        raise InvalidInputException(f"NumberOfWorkers should be >= {LEAST_WORKERS}.")


def merged_capacity(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the capacity after an update.

    DPUs replace workers, and workers replace DPUs. A new number of workers keeps the type, a new
    type keeps the number.
    """
    new = {name: changes[name] for name in CAPACITY if changes.get(name) is not None}
    if not new:
        return {name: old[name] for name in CAPACITY if old.get(name) is not None}
    if "MaxCapacity" not in new:
        new = {name: old[name] for name in CAPACITY[1:] if old.get(name) is not None} | new
    check_capacity(new)
    return new
