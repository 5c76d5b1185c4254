"""Pages of long answers: NextToken is opaque, signed, and good for the same request only.

A token holds where the next page begins and a digest of the request it was made for: of its
operation and everything in it but the page's size. The key is a random value kept in the store,
so that every web process of a server agrees on it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import orjson

from matchloop_api.context import Context
from matchloop_api.errors import InvalidInputException
from matchloop_api.store import Resource, Store

__all__ = ["PAGE", "Page", "page_of", "page_through"]

PAGE = 100
"""Items on a page where the request does not say."""

_APART = frozenset({"NextToken", "MaxResults"})
_SIGNATURE, _DIGEST = 16, 8
_KIND, _NAME = "secret", "paging"
_keys: WeakKeyDictionary[Store, bytes] = WeakKeyDictionary()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a long answer.

    Parameters
    ----------
    items
        What stands on it.
    next_token
        The token of the page after it; None on the last.
    """

    items: Sequence[T]
    next_token: str | None


def page_of(request: Mapping[str, Any], context: Context, items: Sequence[T]) -> Page[T]:
    """Return the page of a sequence that a request asks for by NextToken and MaxResults.

    Raises
    ------
    InvalidInputException
        The token is not one that this server gave for this request.
    """
    return page_through(request, context, lambda offset, limit: items[offset : offset + limit])


def page_through(
    request: Mapping[str, Any], context: Context, find: Callable[[int, int], Sequence[T]]
) -> Page[T]:
    """Return the page that a request asks for, of what is found from an offset up to a limit.

    Raises
    ------
    InvalidInputException
        The token is not one that this server gave for this request.
    """
    size = int(request.get("MaxResults") or PAGE)
    key = _key(context.store)
    digest = _digest(request, context.operation)
    token = request.get("NextToken")
    offset = _read(token, digest, key) if token else 0
    found = find(offset, size + 1)
    more = len(found) > size
    return Page(found[:size], _write(offset + size, digest, key) if more else None)


def _digest(request: Mapping[str, Any], operation: str) -> bytes:
    bound = {name: value for name, value in request.items() if name not in _APART}
    text = orjson.dumps([operation, bound], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return sha256(text).digest()[:_DIGEST]


def _write(offset: int, digest: bytes, key: bytes) -> str:
    told = offset.to_bytes(6, "big") + digest
    signed = told + hmac.digest(key, told, "sha256")[:_SIGNATURE]
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def _read(token: str, digest: bytes, key: bytes) -> int:
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        signed = b""
    told, signature = signed[:-_SIGNATURE], signed[-_SIGNATURE:]
    right = hmac.digest(key, told, "sha256")[:_SIGNATURE]
    if not hmac.compare_digest(signature, right) or not hmac.compare_digest(told[6:], digest):
        raise InvalidInputException(
            "NextToken is not valid for this request; repeat the request that gave it with the "
            "same filter and sort, or leave NextToken out to begin again."
        )
    return int.from_bytes(told[:6], "big")


def _key(store: Store) -> bytes:
    if (key := _keys.get(store)) is None:
        key = _keys[store] = bytes.fromhex(_kept(store) or _made(store))
    return key


def _kept(store: Store) -> str | None:
    with store.reading() as tx:
        found = tx.resources.get(_KIND, _NAME)
    return str(found.body["value"]) if found else None


def _made(store: Store) -> str:
    now = datetime.now(UTC)
    value = secrets.token_hex(32)
    row = Resource(kind=_KIND, name=_NAME, body={"value": value}, created_at=now, modified_at=now)
    try:
        with store.writing() as tx:
            tx.resources.add(row)
    except KeyError:  # another process was first
        return str(_kept(store))
    return value
