"""The interface of a dialect: read a call from a request, write the response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import orjson

from matchloop_api.errors import SerializationException, ServiceError
from matchloop_api.wire.http import Request, Response
from matchloop_api.wire.operation import Reply

__all__ = ["Dialect", "dump", "load", "present"]


class Dialect(Protocol):
    """One protocol for the same calls.

    Parameters
    ----------
    name
        Its name in logs and metrics.
    services
        The services whose operations it can call.
    strict
        Whether unknown members are refused and times may be ISO 8601 text.
    """

    name: str
    services: tuple[str, ...]
    strict: bool

    def operation(self, request: Request) -> str:
        """Return the name of the operation. Raises ServiceError if there is none."""
        ...

    def members(self, request: Request) -> Any:
        """Return the members of the request. Raises SerializationException if it is not JSON."""
        ...

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Return the response for the reply of an operation."""
        ...

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Return the response for an error."""
        ...


# Most values have one of these types; isinstance with Mapping took half the time of a long list.
_LEAVES = frozenset({str, int, float, bool, datetime})


def load(body: bytes) -> Any:
    """Parse a JSON body; an empty body counts as an empty object.

    Raises
    ------
    SerializationException
        It is not JSON: not UTF-8, NaN or infinite numbers, half a surrogate pair, or nested too
        deep. If a key is repeated, the last value counts.
    """
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SerializationException(f"the body is no JSON: {error}") from None


def dump(value: Any, time: Callable[[datetime], Any]) -> bytes:
    """Return JSON; convert times with a function."""

    def default(value: Any) -> Any:
        if isinstance(value, datetime):
            return time(value)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{type(value).__name__} has no form on the wire")

    return orjson.dumps(value, default=default, option=orjson.OPT_PASSTHROUGH_DATETIME)


def present(value: Any) -> Any:
    """Return the members of a response without those that are None, at any depth."""
    if isinstance(value, Mapping):
        return {
            key: item if type(item) in _LEAVES else present(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _LEAVES else present(item) for item in value]
    return value
