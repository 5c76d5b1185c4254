"""What every dialect of the wire does: read a call out of a request, write the answer to it."""

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
    """One way to say the same calls.

    Parameters
    ----------
    name
        What logs and metrics call it.
    services
        The services whose operations can be called in it.
    strict
        Whether members that an operation lacks are refused, and times may be ISO 8601 text.
    """

    name: str
    services: tuple[str, ...]
    strict: bool

    def operation(self, request: Request) -> str:
        """Return the name of the operation. Raises ServiceError where there is none."""
        ...

    def members(self, request: Request) -> Any:
        """Return the operation's request. Raises SerializationException where it is no JSON."""
        ...

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Write what an operation answered."""
        ...

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Write an error."""
        ...


# Most values are one of these; asking whether each is a Mapping took half the time of a long list.
_LEAVES = frozenset({str, int, float, bool, datetime})


def load(body: bytes) -> Any:
    """Read a JSON body; an empty one counts as an object without members.

    Raises
    ------
    SerializationException
        It is no JSON: not UTF-8, NaN or infinite numbers, half a surrogate pair, or nested too
        deep. Of a key given twice the last one counts.
    """
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SerializationException(f"the body is no JSON: {error}") from None


def dump(value: Any, time: Callable[[datetime], Any]) -> bytes:
    """Write JSON, its times through a function."""

    def default(given: Any) -> Any:
        if isinstance(given, datetime):
            return time(given)
        if isinstance(given, Mapping):
            return dict(given)
        raise TypeError(f"{type(given).__name__} has no form on the wire")

    return orjson.dumps(value, default=default, option=orjson.OPT_PASSTHROUGH_DATETIME)


def present(value: Any) -> Any:
    """Return a response without the members that are None, at any depth."""
    if isinstance(value, Mapping):
        return {
            key: item if type(item) in _LEAVES else present(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _LEAVES else present(item) for item in value]
    return value
