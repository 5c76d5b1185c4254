"""Pages of long answers: NextToken is opaque, signed, and good for the same request only.

A token holds where the next page begins and a digest of the request it was made for: of its
operation and everything in it but the page's size. The key is the store's secret, made with its
schema: every web process of a server agrees on it, and reading a list writes nothing.
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
    """Finds items from an offset up to a limit."""

    def __call__(self, *, offset: int, limit: int) -> Sequence[Item]:
        """Return them."""
        ...


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
    return page_through(request, context, lambda *, offset, limit: items[offset : offset + limit])


def page_through(request: Mapping[str, Any], context: Context, find: Find[T]) -> Page[T]:
    """Return the page that a request asks for, of what is found from an offset up to a limit.

    Raises
    ------
    InvalidInputException
        The token is not one that this server gave for this request.
    """
    size = int(request.get("MaxResults") or PAGE)
    key = context.store.secret
    digest = _digest(request, context.operation)
    token = request.get("NextToken")
    offset = _read(token, digest, key) if token else 0
    found = find(offset=offset, limit=size + 1)
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
