"""The entry of calls: read a call within the limits, have it answered, send the response.

It is plain ASGI beside the web framework, so a call pays for no routing and no framework models.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from matchloop_api.errors import (
    OperationTimeoutException,
    RequestEntityTooLargeException,
    SerializationException,
    ServiceError,
    UnknownOperationException,
)
from matchloop_api.identifiers import new_request_id
from matchloop_api.observing import Observer
from matchloop_api.store import Deadline
from matchloop_api.wire import plain
from matchloop_api.wire.dispatch import Dispatcher, dialect_of
from matchloop_api.wire.http import Request, Response

__all__ = ["Gateway", "Lanes", "is_call"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Too large a body is read and dropped up to this multiple of the limit, so that the client gets
# the error instead of a broken connection.
_DRAINED = 8
_SMALL = 64 * 1024
_READING = ("Get", "List", "BatchGet", "Search")


def is_call(scope: Scope) -> bool:
    """Return whether a request calls an operation; otherwise it is for a page."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    return (path == "/" and scope["method"] not in ("GET", "HEAD")) or path.startswith(plain.PATH)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The thread pools that answer calls.

    Few threads serve many short calls. More threads contend for the interpreter lock; measured,
    they doubled the slowest response times. Longer calls have threads of their own.

    Parameters
    ----------
    reading
        Threads for calls that only read the store.
    other
        Threads for all other calls.
    """

    reading: Executor
    other: Executor

    def lane_of(self, request: Request) -> Executor:
        """Return the thread pool for a request."""
        target = request.headers.get("x-amz-target") or request.path
        name = target.rpartition(".")[2].rpartition("/")[2]
        reads = name.startswith(_READING) and len(request.body) <= _SMALL
        return self.reading if reads else self.other

    def close(self) -> None:
        """Wait for calls that have begun; drop the others."""
        for lane in (self.reading, self.other):
            lane.shutdown(wait=True, cancel_futures=True)


class Gateway:
    """Answers calls.

    Parameters
    ----------
    dispatcher
        Answers calls.
    lanes
        The thread pools that answer calls.
    observer
        Records every response.
    """

    def __init__(self, dispatcher: Dispatcher, *, lanes: Lanes, observer: Observer) -> None:
        self._dispatcher = dispatcher
        self._lanes = lanes
        self._observer = observer
        self._limit = dispatcher.settings.max_body_mb * 1024 * 1024
        self._seconds = dispatcher.settings.request_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = perf_counter()
        request = Request.of(scope, request_id=new_request_id(), now=datetime.now(UTC))
        received, response = await self._answer(request, receive)
        await _send(send, response, request.id)
        self._observer.answered(
            request_id=request.id,
            status=response.status,
            seconds=perf_counter() - began,
            operation=response.operation,
            dialect=response.dialect,
            caller=response.caller,
            code=response.error,
            received=received,
            sent=len(response.body),
            path=request.path,
            requested=response.requested,
        )

    async def _answer(self, request: Request, receive: Receive) -> tuple[int, Response]:
        received = 0
        deadline = Deadline(self._seconds)
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(request, receive)
            received = len(body)
            if request.method != "POST":
                return received, _only_post(request)
            return received, await self._respond(replace(request, body=body), deadline)
        except TimeoutError:
            return received, _failure(self._late(), request)
        except ServiceError as error:
            return received, _failure(error, request)

    async def _respond(self, request: Request, deadline: Deadline) -> Response:
        """Return the response to a request; give it up at its deadline unless it has committed."""
        loop = asyncio.get_running_loop()
        lane = self._lanes.lane_of(request)
        work = loop.run_in_executor(lane, self._dispatcher.respond, request, deadline)
        done, _ = await asyncio.wait({work}, timeout=deadline.left_s)
        if not done and deadline.give_up():
            work.cancel()  # drops a call that has not begun; one that has is rolled back
            raise self._late()
        return await work

    def _late(self) -> OperationTimeoutException:
        return OperationTimeoutException(
            f"The request took longer than {self._seconds:g} seconds and was given up: "
            "it changed nothing. It may be sent again."
        )

    async def _read(self, request: Request, receive: Receive) -> bytes:
        header = request.headers.get("content-length", "0")
        announced = int(header) if header.isdecimal() and len(header) < 20 else 0
        limit, size = self._limit, 0
        pieces: list[bytes] = []
        more = announced <= limit * _DRAINED
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise SerializationException("the client went away before the body's end")
            piece = message.get("body", b"")
            size += len(piece)
            if size <= limit:
                pieces.append(piece)
            more = message.get("more_body", False) and size <= limit * _DRAINED
        if max(size, announced) > limit:
            raise RequestEntityTooLargeException(
                f"the body is longer than the {limit // 1024 // 1024} MB that the server takes"
            )
        return b"".join(pieces)


def _failure(error: ServiceError, request: Request) -> Response:
    dialect = dialect_of(request)
    return replace(dialect.failure(error, request), error=error.code, dialect=dialect.name)


def _only_post(request: Request) -> Response:
    error = UnknownOperationException(f"calls are sent by POST, not by {request.method[:32]}")
    return replace(_failure(error, request), status=405, headers={"Allow": "POST"})


async def _send(send: Send, response: Response, request_id: str) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(response.body)),
        (b"x-amzn-requestid", request_id.encode()),
        *((name.lower().encode(), value.encode()) for name, value in response.headers.items()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
