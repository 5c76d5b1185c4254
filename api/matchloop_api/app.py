"""The web application: calls by the gateway, pages, health and metrics beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from matchloop_api.auth import Authenticator
from matchloop_api.errors import StoreFailure
from matchloop_api.labelling.routes import labelling_router
from matchloop_api.labelling.serving import ServerBacking
from matchloop_api.observing import CONTENT_TYPE, Observer, log
from matchloop_api.operations import BEYOND, OPERATIONS
from matchloop_api.settings import Settings
from matchloop_api.store import Store, open_store
from matchloop_api.web import page_caller, pages_router
from matchloop_api.wire.dispatch import Dispatcher
from matchloop_api.wire.gateway import Gateway, Lanes, is_call
from matchloop_api.wire.openapi import openapi_document
from matchloop_api.wire.watching import Watch

__all__ = ["Application", "create_app"]

READERS, READERS_OVER_NETWORK, OTHERS = 1, 8, 16
"""Threads for calls that only read the store (a store behind a network waits more), and others.

A second reader of SQLite made three tenths more answers on one core, and the slowest of a hundred
nearly three times as slow: it waits for the interpreter beside the first and the event loop.
"""


class Application(FastAPI):
    """The framework for pages; calls of operations go past it, for it would double their cost."""

    gateway: Gateway
    watch: Watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_call(scope):
            await self.gateway(scope, receive, send)
        else:
            await self.watch(scope, receive, send)

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that is for the framework."""
        await super().__call__(scope, receive, send)


def create_app(
    settings: Settings, store: Store | None = None, *, check_responses: bool = False
) -> Application:
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
    authenticator = Authenticator(kept, settings)
    offered = {**OPERATIONS, **BEYOND}
    dispatcher = Dispatcher(
        operations=offered,
        store=kept,
        settings=settings,
        authenticator=authenticator,
        check_responses=check_responses,
    )
    readers = READERS if settings.store_url.startswith("sqlite") else READERS_OVER_NETWORK
    lanes = Lanes(
        ThreadPoolExecutor(readers, thread_name_prefix="reading"),
        ThreadPoolExecutor(OTHERS, thread_name_prefix="call"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        lanes.close()
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
    observer = Observer(kept)
    app.gateway = Gateway(dispatcher, lanes=lanes, observer=observer)
    app.watch = Watch(app.page, authenticator=authenticator, observer=observer)
    app.include_router(
        pages_router(
            store=kept,
            settings=settings,
            authenticator=authenticator,
            document=partial(openapi_document, offered, version=app.version),
        )
    )
    app.include_router(
        labelling_router(
            kept,
            partial(page_caller, store=kept, authenticator=authenticator),
            ServerBacking(kept, settings),
        )
    )

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        try:
            with kept.reading() as tx:
                tx.transforms.count()
            kept.check_writable()
        except StoreFailure as error:
            log("the store cannot be written", level="error", reason=str(error))
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        except Exception as error:
            log("the store cannot be read", level="error", reason=type(error).__name__)
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ok", "version": app.version})

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(observer.metrics.text(), media_type=CONTENT_TYPE)

    return app
