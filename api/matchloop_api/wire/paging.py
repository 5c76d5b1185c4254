"""Pages of long lists: NextToken is opaque, signed, and valid for the same request only.

A token holds the offset of the next page and a digest of its request: the operation and all members
but the page size. The signing key is the store's secret, which is made with the schema. So all web
processes share it, and reading a list writes nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar

import orjson

from matchloop_api.context import Context
from matchloop_api.errors import InvalidInputException

__all__ = ["PAGE", "Find", "Page", "page_of", "page_through"]

PAGE = 100
"""Items on a page where the request does not say."""

_APART = frozenset({"NextToken", "MaxResults"})
_SIGNATURE, _DIGEST = 16, 8

T = TypeVar("T")
Item = TypeVar("Item", covariant=True)


class Find(Protocol[Item]):
    """A function that returns items from an offset up to a limit."""

    def __call__(self, *, offset: int, limit: int) -> Sequence[Item]:
        """Return them."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a long list.

    Parameters
    ----------
    items
        The items of the page.
    next_token
        The token of the next page; None on the last page.
    """

    items: Sequence[T]
    next_token: str | None


def page_of(request: Mapping[str, Any], context: Context, items: Sequence[T]) -> Page[T]:
    """Return the page of a sequence for a request's NextToken and MaxResults.

    Raises
    ------
    InvalidInputException
        This server did not issue the token for this request.
    """
    return page_through(request, context, lambda *, offset, limit: items[offset : offset + limit])


def page_through(request: Mapping[str, Any], context: Context, find: Find[T]) -> Page[T]:
    """Return the page for a request; read its items with ``find``.

    Raises
    ------
    InvalidInputException
        This server did not issue the token for this request.
    """
    size = int(request.get("MaxResults") or PAGE)
    key = context.store.secret
    digest = _digest(request, context.operation)
    token = request.get("NextToken")
    offset = _read(token, digest, key) if token else 0
    items = find(offset=offset, limit=size + 1)
    more = len(items) > size
    return Page(items[:size], _write(offset + size, digest, key) if more else None)


def _digest(request: Mapping[str, Any], operation: str) -> bytes:
    bound = {name: value for name, value in request.items() if name not in _APART}
    text = orjson.dumps([operation, bound], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return sha256(text).digest()[:_DIGEST]


def _write(offset: int, digest: bytes, key: bytes) -> str:
    content = offset.to_bytes(6, "big") + digest
    signed = content + hmac.digest(key, content, "sha256")[:_SIGNATURE]
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def _read(token: str, digest: bytes, key: bytes) -> int:
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        signed = b""
    content, signature = signed[:-_SIGNATURE], signed[-_SIGNATURE:]
    right = hmac.digest(key, content, "sha256")[:_SIGNATURE]
    if not hmac.compare_digest(signature, right) or not hmac.compare_digest(content[6:], digest):
        raise InvalidInputException(
            "NextToken is not valid for this request; repeat the request that gave it with the "
            "same filter and sort, or leave NextToken out to begin again."
        )
    return int.from_bytes(content[:6], "big")
