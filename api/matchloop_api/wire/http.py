"""A request and a response as the dialects see them: bytes in, bytes out, no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["Request", "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read whole.

    Parameters
    ----------
    method
        In capitals.
    path, query
        As they stood in the request line, percent signs and all; the query without its mark.
    headers
        Names in small letters; a repeated one joined with commas.
    body
        The body.
    id
        The request's id, that stands in the answer and the log.
    now
        When it came in, with UTC as its time zone.
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
        """Take a request, its body still unread, from an ASGI scope."""
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
            headers[name] = f"{headers[name]},{text}" if name in headers else text
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        query = scope["query_string"].decode("latin-1")
        return cls(scope["method"], path.decode("latin-1"), query, headers, b"", request_id, now)

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int:
        """Bytes of the body, as the request says."""
        told = self.headers.get("content-length", "")
        return int(told) if told.isdecimal() and len(told) < 20 else 0

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the query, their names in small letters."""
        pairs = parse_qsl(self.query, keep_blank_values=True, errors="replace")
        return {name.lower(): value for name, value in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP response, and what the log says of it.

    Parameters
    ----------
    status, body, content_type, headers
        What is sent.
    operation
        The operation that was called; empty where none was recognised.
    asked
        What was asked for, in the caller's own word: for the log only.
    error
        The code of the error, empty for a success.
    caller
        Whose key signed the request.
    dialect
        The dialect it was answered in.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    asked: str = ""
    error: str = ""
    caller: str = ""
    dialect: str = ""
