"""CreateMLTransform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop_api.errors import AlreadyExistsException, ResourceNumberLimitExceededException
from matchloop_api.identifiers import new_transform_id
from matchloop_api.operations.tags import check_tags, give_tags
from matchloop_api.operations.transforms.capacity import check_capacity
from matchloop_api.operations.transforms.definition import (
    check_name,
    check_parameters,
    check_retries,
    input_table,
)
from matchloop_api.operations.transforms.schema import check_key, schema_of
from matchloop_api.store import Transform
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import CreateMLTransformRequestTypeDef

    from matchloop_api.context import Context
    from matchloop_api.store import Transaction

__all__ = ["DEFINITION", "create"]

DEFINITION = (
    "Description",
    "InputRecordTables",
    "Parameters",
    "Role",
    "GlueVersion",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "Timeout",
    "MaxRetries",
    "TransformEncryption",
)
"""The members that are kept as they were given."""


def create(request: CreateMLTransformRequestTypeDef, context: Context) -> Reply:
    """Create a transform on a table of the catalog; copy the current schema of the table."""
    check_name(request["Name"])
    database, table = input_table(request)
    key = check_parameters(request)
    check_capacity(request)
    check_retries(request)
    tags = request.get("Tags") or {}
    check_tags(tags)
    with context.store.writing() as tx:
        schema = schema_of(tx, database, table)
        check_key(schema, key)
        _check_room(tx, request["Name"], context.settings.max_transforms)
        transform = Transform(
            id=new_transform_id(),
            name=request["Name"],
            status="NOT_READY",
            created_at=context.now,
            modified_at=context.now,
            definition={
                name: value
                for name, value in request.items()
                if name in DEFINITION and value is not None
            },
            schema=schema,
        )
        tx.transforms.add(transform)
        give_tags(tx, "mlTransform", transform.id, tags)
    return Reply({"TransformId": transform.id}, id=transform.id, created_at=context.now)


def _check_room(tx: Transaction, name: str, limit: int) -> None:
    if tx.transforms.named(name) is not None:
        raise AlreadyExistsException(f"Transform with name {name} already exists.")
    if (count := tx.transforms.count() + 1) > limit:
        raise ResourceNumberLimitExceededException(
            f"ML Transforms count ({count}) has exceeded the limit of {limit} transforms."
        )
