"""GetMLTransform, and the description of a transform in Glue's form."""

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
        transform = find_transform(tx, request["TransformId"], context)
    return Reply(describe(transform), id=transform.id, created_at=transform.created_at)


def describe(transform: Transform) -> dict[str, Any]:
    """Return a transform as an MLTransform of Glue's model.

    A transform with workers has no MaxCapacity. A transform that was never evaluated has no
    EvaluationMetrics. Unset trade-offs are absent.
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
