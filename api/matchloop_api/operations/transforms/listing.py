"""GetMLTransforms and ListMLTransforms: which transforms, in which order, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matchloop_api.errors import InvalidInputException
from matchloop_api.operations.transforms.reading import DEFAULTS, describe
from matchloop_api.wire import Reply
from matchloop_api.wire.paging import page_of

if TYPE_CHECKING:
    from datetime import datetime

    from types_boto3_glue.type_defs import (
        GetMLTransformsRequestTypeDef,
        ListMLTransformsRequestTypeDef,
    )

    from matchloop_api.context import Context
    from matchloop_api.store import Transform

__all__ = ["get_many", "list_ids"]

_COLUMNS: Mapping[str, Callable[[Transform], Any]] = {
    "NAME": lambda one: one.name,
    "TRANSFORM_TYPE": lambda one: one.definition["Parameters"]["TransformType"],
    "STATUS": lambda one: one.status,
    "CREATED": lambda one: one.created_at,
    "LAST_MODIFIED": lambda one: one.modified_at,
}


def get_many(request: GetMLTransformsRequestTypeDef, context: Context) -> Reply:
    """Return the transforms that pass a filter, the newest first unless another sort is asked."""
    with context.store.reading() as tx:
        found = _chosen(tx.transforms.all(), request)
    page = page_of(request, context, found)
    transforms = [describe(one) for one in page.items]
    return Reply({"Transforms": transforms, "NextToken": page.next_token})


def list_ids(request: ListMLTransformsRequestTypeDef, context: Context) -> Reply:
    """Return the ids of the transforms that pass a filter and have all of the given tags."""
    wanted = (request.get("Tags") or {}).items()
    with context.store.reading() as tx:
        tags = tx.tags.all("mlTransform") if wanted else {}
        found = [
            one
            for one in _chosen(tx.transforms.all(), request)
            if wanted <= tags.get(f"mlTransform/{one.id}", {}).items()
        ]
    page = page_of(request, context, found)
    return Reply({"TransformIds": [one.id for one in page.items], "NextToken": page.next_token})


def _chosen(transforms: Sequence[Transform], request: Mapping[str, Any]) -> list[Transform]:
    criteria = request.get("Filter") or {}
    _check_filter(criteria)
    found = [one for one in transforms if _passes(one, criteria)]
    if sort := request.get("Sort"):
        if sort["Column"] not in _COLUMNS:
            raise InvalidInputException(f"Sorting not supported for column {sort['Column']}.")
        # Sorting keeps what is equal in its order, the newest first, also when reversed.
        found.sort(key=_COLUMNS[sort["Column"]], reverse=sort["SortDirection"] == "DESCENDING")
    return found


def _check_filter(criteria: Mapping[str, Any]) -> None:
    for member in ("Name", "GlueVersion"):
        if criteria.get(member) is not None and not criteria[member].strip():
            raise InvalidInputException(f"{member} can't be blank.")


def _passes(one: Transform, criteria: Mapping[str, Any]) -> bool:
    definition = {**DEFAULTS, **one.definition}
    exact = {
        "Name": one.name,
        "TransformType": definition["Parameters"]["TransformType"],
        "Status": one.status,
        "GlueVersion": definition["GlueVersion"],
    }
    return (
        all(criteria.get(member) in (None, value) for member, value in exact.items())
        and _within(one.created_at, criteria, "Created")
        and _within(one.modified_at, criteria, "LastModified")
        and all(_has_column(one, column) for column in criteria.get("Schema") or ())
    )


def _within(at: datetime, criteria: Mapping[str, Any], what: str) -> bool:
    before, after = criteria.get(f"{what}Before"), criteria.get(f"{what}After")
    return (before is None or at < before) and (after is None or at > after)


def _has_column(one: Transform, wanted: Mapping[str, Any]) -> bool:
    given = {member: value for member, value in wanted.items() if value is not None}.items()
    return any(given <= column.items() for column in one.schema)
