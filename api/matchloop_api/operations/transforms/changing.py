"""UpdateMLTransform and DeleteMLTransform."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matchloop_api.errors import InvalidInputException
from matchloop_api.operations.job_run_states import keep_endings
from matchloop_api.operations.tags import drop_tags
from matchloop_api.operations.transforms.capacity import CAPACITY, merged_capacity
from matchloop_api.operations.transforms.definition import (
    check_name,
    check_parameters,
    check_retries,
)
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.operations.transforms.schema import check_key
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_glue.type_defs import (
        DeleteMLTransformRequestTypeDef,
        UpdateMLTransformRequestTypeDef,
    )

    from matchloop_api.context import Context
    from matchloop_api.store import Transaction, Transform

__all__ = ["delete", "update"]

_MERGED = ("Description", "Parameters", "Role", "GlueVersion", "Timeout", "MaxRetries")


def update(request: UpdateMLTransformRequestTypeDef, context: Context) -> Reply:
    """Change the members that the request has; all others, the labels and the schema stay."""
    with context.store.writing() as tx:
        old = find_transform(tx, request["TransformId"], context)
        name = request.get("Name")
        _check_name(tx, old, old.name if name is None else name)
        new = replace(
            old,
            name=old.name if name is None else name,
            definition=_merged(old.definition, request),
            modified_at=context.now,
        )
        if request.get("Parameters") is not None:
            check_key(new.schema, check_parameters(new.definition))
        check_retries(new.definition)
        tx.transforms.replace(new)
    return Reply({"TransformId": new.id}, id=new.id, created_at=new.created_at)


def delete(request: DeleteMLTransformRequestTypeDef, context: Context) -> Reply:
    """Remove a transform at once, with its runs, labels and tags.

    A worker that still carries out a run of it notices that the run is gone, and stops.
    """
    with context.store.writing() as tx:
        gone = find_transform(tx, request["TransformId"], context)
        keep_endings(tx, gone.id, context)
        tx.transforms.remove(gone.id)
        drop_tags(tx, "mlTransform", gone.id)
    return Reply({"TransformId": gone.id}, id=gone.id, created_at=gone.created_at)


def _check_name(tx: Transaction, old: Transform, name: str) -> None:
    check_name(name)
    taken = tx.transforms.named(name)
    if taken is not None and taken.id != old.id:
        raise InvalidInputException(f"Another transform with name {name} already exists.")


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in old.items() if name not in CAPACITY}
    new = {name: changes[name] for name in _MERGED if changes.get(name) is not None}
    return kept | new | merged_capacity(old, changes)
