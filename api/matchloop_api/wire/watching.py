"""ASGI middleware for pages, health and metrics; calls do not pass it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from matchloop_api.auth import Authenticator
from matchloop_api.errors import AccessDeniedException, InternalServiceException, ServiceError
from matchloop_api.identifiers import new_request_id
from matchloop_api.observing import Observer, log
from matchloop_api.wire.http import Request

__all__ = ["Watch"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/healthz"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class Watch:
    """Refuses requests of other sites, adds a request id to each response, and records it.

    Parameters
    ----------
    app
        The wrapped application.
    authenticator
        The server's.
    observer
        Records every response.
    """

    def __init__(self, app: App, *, authenticator: Authenticator, observer: Observer) -> None:
        self._app = app
        self._authenticator = authenticator
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        request = Request.of(scope, request_id=new_request_id(), now=datetime.now(UTC))
        status, sent, code = 500, 0, "InternalServiceException"

        async def noting(message: Message) -> None:
            nonlocal status, sent, code
            if message["type"] == "http.response.start":
                status, code = message["status"], ""
                own = (b"x-amzn-requestid", request.id.encode())
                message["headers"] = [*message.get("headers", ()), own, *_HEADERS]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._refuse_foreign(request)
            await self._app(scope, receive, noting)
        except ServiceError as refusal:
            await _refuse(noting, refusal)
            code = refusal.code
        finally:
            self._observer.answered(
                request_id=request.id,
                status=status,
                seconds=perf_counter() - began,
                code=code,
                received=request.length,
                sent=sent,
                path=request.path,
            )

    async def _refuse_foreign(self, request: Request) -> None:
        if request.path == HEALTH:
            return  # the response holds no data, and monitors request it while the store is down
        try:
            await asyncio.to_thread(self._authenticator.is_open)
        except Exception as fault:
            log("the keys cannot be read", level="error", fault=type(fault).__name__)
            raise InternalServiceException("The store cannot be read.") from None
        self._authenticator.refuse_foreign(request)


async def _refuse(send: Send, refusal: ServiceError) -> None:
    status = 403 if isinstance(refusal, AccessDeniedException) else refusal.status
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{refusal}\n".encode()})
