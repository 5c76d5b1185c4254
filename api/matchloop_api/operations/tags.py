"""Tags: TagResource, UntagResource and GetTags, and the rules for tags of new resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matchloop_api.errors import EntityNotFoundException, InvalidInputException
from matchloop_api.identifiers import Arn
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        GetTagsRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

    from matchloop_api.context import Context
    from matchloop_api.store import Transaction

__all__ = ["MOST_TAGS", "check_tags", "drop_tags", "get", "give_tags", "tag", "untag"]

MOST_TAGS = 50
"""Tags that one resource may have."""

_RESERVED = "aws"
_PLAIN = ("database", "crawler", "job")


def tag(request: TagResourceRequestTypeDef, context: Context) -> Reply:
    """Add tags to a resource; an existing key gets the new value."""
    arn = Arn.parse(request["ResourceArn"])
    check_tags(request["TagsToAdd"])
    with context.store.writing() as tx:
        resource = _existing(tx, arn, request["ResourceArn"])
        merged = {**tx.tags.get(resource), **request["TagsToAdd"]}
        if len(merged) > MOST_TAGS:
            raise InvalidInputException(
                f"{request['ResourceArn']} would have {len(merged)} tags; "
                f"a resource has at most {MOST_TAGS}."
            )
        tx.tags.put(resource, merged)
    return Reply(id=request["ResourceArn"])


def untag(request: UntagResourceRequestTypeDef, context: Context) -> Reply:
    """Remove tags from a resource by their keys; skip absent keys."""
    arn = Arn.parse(request["ResourceArn"])
    gone = set(request["TagsToRemove"])
    with context.store.writing() as tx:
        resource = _existing(tx, arn, request["ResourceArn"])
        kept = {key: value for key, value in tx.tags.get(resource).items() if key not in gone}
        tx.tags.put(resource, kept)
    return Reply(id=request["ResourceArn"])


def get(request: GetTagsRequestTypeDef, context: Context) -> Reply:
    """Return the tags of a resource."""
    arn = Arn.parse(request["ResourceArn"])
    with context.store.reading() as tx:
        tags = dict(tx.tags.get(_existing(tx, arn, request["ResourceArn"])))
    return Reply({"Tags": tags}, id=request["ResourceArn"])


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that nobody may set.

    Raises
    ------
    InvalidInputException
        A key begins with ``aws``, in any case, or there are too many tags.
    """
    for key in tags:
        if key.lower().startswith(_RESERVED):
            raise InvalidInputException(
                f"Tag key '{key}' begins with '{_RESERVED}', which is reserved; choose another key."
            )
    if len(tags) > MOST_TAGS:
        raise InvalidInputException(f"{len(tags)} tags given; a resource has at most {MOST_TAGS}.")


def give_tags(tx: Transaction, kind: str, name: str, tags: Mapping[str, str]) -> None:
    """Store the tags of a new resource.

    Parameters
    ----------
    tx
        The transaction that creates the resource.
    kind, name
        The resource as its ARN has it: ``table`` and ``<database>/<table>``.
    tags
        The tags; may be None or empty.
    """
    check_tags(tags)
    if tags:
        tx.tags.put(f"{kind}/{name}", tags)


def drop_tags(tx: Transaction, kind: str, name: str) -> None:
    """Remove the tags of a resource, in the transaction that removes the resource."""
    tx.tags.put(f"{kind}/{name}", {})


def _existing(tx: Transaction, arn: Arn, text: str) -> str:
    name = _stored_name(tx, arn)
    if name is None:
        raise EntityNotFoundException(f"Resource {text} not found.")
    return f"{arn.kind}/{name}"


def _stored_name(tx: Transaction, arn: Arn) -> str | None:
    # The catalog stores the names of databases and tables in lower case, as Glue does.
    names = (arn.name, arn.name.lower()) if arn.kind in ("database", "table") else (arn.name,)
    return next((name for name in names if _exists(tx, arn.kind, name)), None)


def _exists(tx: Transaction, kind: str, name: str) -> bool:
    if kind == "mlTransform":
        return tx.transforms.get(name) is not None
    if kind == "table":
        database, _, table = name.partition("/")
        return tx.resources.get("table", table, scope=database) is not None
    return kind in _PLAIN and tx.resources.get(kind, name) is not None
