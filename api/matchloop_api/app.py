"""The web application: calls by the gateway, pages and health beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from matchloop_api.auth import Authenticator
from matchloop_api.observing import CONTENT_TYPE, Observer
from matchloop_api.operations import OPERATIONS
from matchloop_api.settings import Settings
from matchloop_api.store import Store, open_store
from matchloop_api.wire.dispatch import Dispatcher
from matchloop_api.wire.gateway import Gateway, is_call
from matchloop_api.wire.watching import Watch

__all__ = ["create_app"]

THREADS = 16
"""Calls that one process answers at once."""


class Application(FastAPI):
    """The framework, for pages; calls of operations go past it, which halves what they cost."""

    gateway: Gateway
    pages: Watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_call(scope):
            await self.gateway(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that is for the framework."""
        await super().__call__(scope, receive, send)


def create_app(
    settings: Settings, store: Store | None = None, *, check_responses: bool = False
) -> FastAPI:
    """Make the server's application.

    Parameters
    ----------
    settings
        Every setting.
    store
        The store; by default the one that the settings name, opened here and closed in the end.
    check_responses
        Whether every response is checked against its model, and a wrong one is a fault: for tests.
    """
    kept = open_store(settings.store_url) if store is None else store
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="call")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        executor.shutdown(wait=True, cancel_futures=True)
        if store is None:
            kept.close()

    app = Application(
        title="matchloop",
        version=version("matchloop"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    authenticator, observer = Authenticator(kept, settings), Observer(kept)
    app.pages = Watch(app.page, authenticator=authenticator, observer=observer)
    dispatcher = Dispatcher(
        operations=OPERATIONS,
        store=kept,
        settings=settings,
        authenticator=authenticator,
        check_responses=check_responses,
    )
    app.gateway = Gateway(
        dispatcher=dispatcher, executor=executor, settings=settings, observer=observer
    )

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(observer.metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        try:
            with kept.reading() as tx:
                tx.transforms.count()
        except Exception as error:
            told = {"status": "unavailable", "store": type(error).__name__}
            return JSONResponse(told, status_code=503)
        return JSONResponse({"status": "ok", "version": app.version})

    return app
