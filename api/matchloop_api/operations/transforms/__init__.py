"""ML transforms: create, get, list, update, delete."""

from matchloop_api.operations.transforms.changing import delete, update
from matchloop_api.operations.transforms.creation import create
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.operations.transforms.listing import get_many, list_ids
from matchloop_api.operations.transforms.reading import DEFAULT_TIMEOUT, describe, get

__all__ = [
    "DEFAULT_TIMEOUT",
    "create",
    "delete",
    "describe",
    "find_transform",
    "get",
    "get_many",
    "list_ids",
    "update",
]
