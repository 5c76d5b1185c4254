"""GetMLTransforms and ListMLTransforms: filter, sort and page transforms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matchloop_api.errors import InvalidInputException
from matchloop_api.operations.transforms.reading import DEFAULTS, describe
from matchloop_api.store import TransformQuery
from matchloop_api.wire import Reply
from matchloop_api.wire.paging import page_through

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_glue.type_defs import (
        GetMLTransformsRequestTypeDef,
        ListMLTransformsRequestTypeDef,
    )

    from matchloop_api.context import Context

__all__ = ["get_many", "list_ids"]

_SORTED_BY = {
    "NAME": "name",
    "TRANSFORM_TYPE": None,  # Glue has one type of transform, so all are ties
    "STATUS": "status",
    "CREATED": "created_at",
    "LAST_MODIFIED": "modified_at",
}


def get_many(request: GetMLTransformsRequestTypeDef, context: Context) -> Reply:
    """Return the transforms that pass a filter, by default newest first."""
    query = _query(request)
    with context.store.reading() as tx:
        page = page_through(
            request,
            context,
            lambda *, offset, limit: tx.transforms.find(replace(query, offset=offset, limit=limit)),
        )
    transforms = [describe(transform) for transform in page.items]
    return Reply({"Transforms": transforms, "NextToken": page.next_token})


def list_ids(request: ListMLTransformsRequestTypeDef, context: Context) -> Reply:
    """Return the ids of the transforms that pass a filter and have all of the tags."""
    query = replace(_query(request), tags=request.get("Tags") or {})
    with context.store.reading() as tx:
        page = page_through(
            request,
            context,
            lambda *, offset, limit: tx.transforms.find_ids(
                replace(query, offset=offset, limit=limit)
            ),
        )
    return Reply({"TransformIds": list(page.items), "NextToken": page.next_token})


def _query(request: Mapping[str, Any]) -> TransformQuery:
    criteria: Mapping[str, Any] = request.get("Filter") or {}
    _check_filter(criteria)
    sort: Mapping[str, Any] = request.get("Sort") or {}
    if sort and sort["Column"] not in _SORTED_BY:
        raise InvalidInputException(f"Sorting not supported for column {sort['Column']}.")
    return TransformQuery(
        name=criteria.get("Name"),
        status=criteria.get("Status"),
        created_before=criteria.get("CreatedBefore"),
        created_after=criteria.get("CreatedAfter"),
        modified_before=criteria.get("LastModifiedBefore"),
        modified_after=criteria.get("LastModifiedAfter"),
        glue_versions=_versions(criteria.get("GlueVersion")),
        columns=tuple(
            {member: value for member, value in column.items() if value is not None}
            for column in criteria.get("Schema") or ()
        ),
        sort=_SORTED_BY[sort["Column"]] if sort else None,
        descending=sort.get("SortDirection") == "DESCENDING",
    )


def _check_filter(criteria: Mapping[str, Any]) -> None:
    for member in ("Name", "GlueVersion"):
        if criteria.get(member) is not None and not criteria[member].strip():
            raise InvalidInputException(f"{member} can't be blank.")


def _versions(wanted: str | None) -> tuple[str | None, ...]:
    """Return the stored GlueVersions that are shown as the wanted one; None means no version."""
    if wanted is None:
        return ()
    return (wanted, None) if wanted == DEFAULTS["GlueVersion"] else (wanted,)
