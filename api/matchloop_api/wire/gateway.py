"""The door of the server: reads a call whole within its limits, has it answered, sends the answer.

Plain ASGI in front of the web framework: a call costs no routing and no model of the framework.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from matchloop_api.errors import (
    OperationTimeoutException,
    RequestEntityTooLargeException,
    ServiceError,
)
from matchloop_api.identifiers import new_request_id
from matchloop_api.settings import Settings
from matchloop_api.wire import plain
from matchloop_api.wire.dispatch import Dispatcher, dialect_of
from matchloop_api.wire.http import Request, Response

__all__ = ["Gateway", "is_call"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_DRAINED = 8  # times the limit of a body is read on and dropped, so that the client hears of it


def is_call(scope: Scope) -> bool:
    """Tell whether a request is a call of an operation, not for a page."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    return (path == "/" and scope["method"] not in ("GET", "HEAD")) or path.startswith(plain.PATH)


class Gateway:
    """Answers calls.

    Parameters
    ----------
    dispatcher
        What answers calls.
    executor
        The threads in which they are answered.
    settings
        The server's.
    """

    def __init__(self, *, dispatcher: Dispatcher, executor: Executor, settings: Settings) -> None:
        self._dispatcher = dispatcher
        self._executor = executor
        self._limit = settings.max_body_mb * 1024 * 1024
        self._seconds = settings.request_timeout_s or None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = perf_counter()
        request = Request.of(scope, request_id=new_request_id(), now=datetime.now(UTC))
        response = await self._answer(request, receive)
        await _send(send, response, request.id)
        self._note(request, response, perf_counter() - began)

    async def _answer(self, request: Request, receive: Receive) -> Response:
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(request, receive)
                if request.method != "POST":
                    return _only_post()
                whole = replace(request, body=body)
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._executor, self._dispatcher.respond, whole)
        except TimeoutError:
            return _failure(
                OperationTimeoutException(
                    f"The request took longer than {self._seconds:g} seconds. What it began may "
                    "still take effect."
                ),
                request,
            )
        except ServiceError as error:
            return _failure(error, request)

    async def _read(self, request: Request, receive: Receive) -> bytes:
        told = request.headers.get("content-length", "0")
        limit, size, pieces = self._limit, 0, []
        size_told = int(told) if told.isdecimal() and len(told) < 20 else 0
        more = size_told <= limit * _DRAINED
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            piece = message.get("body", b"")
            size += len(piece)
            if size <= limit:
                pieces.append(piece)
            more = message.get("more_body", False) and size <= limit * _DRAINED
        if max(size, size_told) > limit:
            raise RequestEntityTooLargeException(
                f"the body is longer than the {limit // 1024 // 1024} MB that the server takes"
            )
        return b"".join(pieces)

    def _note(self, request: Request, response: Response, seconds: float) -> None:
        pass


def _failure(error: ServiceError, request: Request) -> Response:
    response = dialect_of(request).failure(error, request)
    return replace(response, error=error.code)


def _only_post() -> Response:
    return Response(
        status=405,
        body=b'{"__type":"UnknownOperationException","Message":"calls are sent by POST"}',
        headers={"Allow": "POST"},
        error="UnknownOperationException",
    )


async def _send(send: Send, response: Response, request_id: str) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(response.body)),
        (b"x-amzn-requestid", request_id.encode()),
        *((name.lower().encode(), value.encode()) for name, value in response.headers.items()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
