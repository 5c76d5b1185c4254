"""GetMLTransform, and a transform as Glue shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matchloop_api.operations.transforms.capacity import DEFAULT_CAPACITY
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import GetMLTransformRequestTypeDef

    from matchloop_api.context import Context
    from matchloop_api.store import Transform

__all__ = ["DEFAULTS", "DEFAULT_TIMEOUT", "describe", "get"]

DEFAULT_TIMEOUT = 2880
"""Minutes that a task run of a transform may work."""

DEFAULTS = {
    "Description": "",
    "GlueVersion": "0.9",
    "Timeout": DEFAULT_TIMEOUT,
    "MaxRetries": 0,
}
"""What a transform shows for members that its creation left out."""


def get(request: GetMLTransformRequestTypeDef, context: Context) -> Reply:
    """Return a transform."""
    with context.store.reading() as tx:
        found = find_transform(tx, request["TransformId"], context)
    return Reply(describe(found), id=found.id, created_at=found.created_at)


def describe(transform: Transform) -> dict[str, Any]:
    """Return a transform in the names of Glue's model.

    A transform with workers has no MaxCapacity; one that was never evaluated has no
    EvaluationMetrics; tradeoffs that nobody gave are absent.
    """
    shown = {**DEFAULTS, **transform.definition}
    if "WorkerType" not in shown:
        shown.setdefault("MaxCapacity", DEFAULT_CAPACITY)
    return shown | {
        "TransformId": transform.id,
        "Name": transform.name,
        "Status": transform.status,
        "CreatedOn": transform.created_at,
        "LastModifiedOn": transform.modified_at,
        "EvaluationMetrics": transform.evaluation,
        "LabelCount": transform.label_count,
        "Schema": list(transform.schema),
    }
