"""Requests and responses of the dialects: bytes, without a web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["Request", "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request with its complete body.

    Parameters
    ----------
    method
        The method, in upper case.
    path, query
        As in the request line, still percent-encoded; the query without its question mark.
    headers
        Names in lower case; repeated headers are joined with commas.
    body
        The body.
    id
        The request's id, for the response and the log.
    now
        When it arrived, in UTC.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    id: str
    now: datetime

    @classmethod
    def of(cls, scope: Mapping[str, Any], *, request_id: str, now: datetime) -> Request:
        """Return the request of an ASGI scope, with the body still unread."""
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
            headers[name] = f"{headers[name]},{text}" if name in headers else text
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        query = scope["query_string"].decode("latin-1")
        return cls(scope["method"], path.decode("latin-1"), query, headers, b"", request_id, now)

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int:
        """Size of the body in bytes, according to the request."""
        header = self.headers.get("content-length", "")
        return int(header) if header.isdecimal() and len(header) < 20 else 0

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the query, with names in lower case."""
        pairs = parse_qsl(self.query, keep_blank_values=True, errors="replace")
        return {name.lower(): value for name, value in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response with its facts for the log.

    Parameters
    ----------
    status, body, content_type, headers
        The response to send.
    operation
        The called operation; empty if none was recognised.
    requested
        The operation as the caller named it; for the log only.
    error
        The code of the error, empty for a success.
    caller
        The name of the key that signed the request.
    dialect
        The dialect of the response.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    requested: str = ""
    error: str = ""
    caller: str = ""
    dialect: str = ""
