"""The routes of the web pages. The pages load nothing from other servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader
from starlette.requests import Request

from matchloop_api.auth import Authenticator
from matchloop_api.errors import EntityNotFoundException, ServiceError
from matchloop_api.settings import Settings
from matchloop_api.store import Store
from matchloop_api.tasks.logs import log_path
from matchloop_api.web.access import page_caller
from matchloop_api.web.console import labelling_of, overview, report_of, run_line, runs_of
from matchloop_api.web.reference import entries, structures
from matchloop_api.wire.plain import CODES

__all__ = ["pages_router"]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SIGN_IN = {"WWW-Authenticate": 'Basic realm="matchloop", charset="UTF-8"'}
_STATIC = Path(__file__).parent / "static"
_TYPES = {"style.css": "text/css", "docs.js": "text/javascript"}
_RUNS = 200
_LOG_BYTES = 64 * 1024

Page = Callable[[Request], Response]


def pages_router(
    *,
    store: Store,
    settings: Settings,
    authenticator: Authenticator,
    document: Callable[[], Mapping[str, Any]],
) -> APIRouter:
    """Return the routes of the console and of the reference.

    Parameters
    ----------
    store, settings, authenticator
        The server's.
    document
        Returns the OpenAPI document; called at the first request for it.
    """
    router = APIRouter(include_in_schema=False)
    made = lru_cache(maxsize=1)(document)

    def page(path: str) -> Callable[[Page], Page]:
        def add(show: Page) -> Page:
            def guarded(request: Request) -> Response:
                try:
                    request.state.caller = page_caller(request, store, authenticator)
                    answer = show(request)
                except ServiceError as error:
                    answer = _refusal(error)
                answer.headers.update(_HEADERS)
                return answer

            router.add_api_route(path, guarded, methods=["GET", "HEAD"], response_model=None)
            return show

        return add

    @page("/")
    def root(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/console", 302)
        return JSONResponse({"name": "matchloop", "docs": "/docs", "health": "/healthz"})

    @page("/console")
    def console(request: Request) -> Response:
        text = request.query_params.get("page", "")
        page = int(text) if text.isdecimal() and len(text) < 10 else 1
        view = overview(store, now=datetime.now(UTC), page=page)
        return _render("console.html.j2", view=view)

    @page("/console/transforms/{transform_id}")
    def transform(request: Request) -> Response:
        wanted = request.path_params["transform_id"]
        with store.reading() as tx:
            transform = tx.transforms.get(wanted)
            if transform is None:
                raise EntityNotFoundException(f"There is no transform {wanted}.")
            lines = runs_of(tx, transform, now=datetime.now(UTC), limit=_RUNS)
            labelling = labelling_of(tx, wanted, request.state.caller)
        moving = any(line.moving for line in lines)
        return _render(
            "transform.html.j2",
            transform=transform,
            lines=lines,
            moving=moving,
            labelling=labelling,
        )

    @page("/console/runs/{run_id}")
    def run(request: Request) -> Response:
        wanted = request.path_params["run_id"]
        with store.reading() as tx:
            run = tx.runs.get(wanted)
            of = tx.transforms.get(run.transform_id) if run and run.transform_id else None
            report = report_of(tx, run) if run else None
        if run is None:
            raise EntityNotFoundException(f"There is no task run {wanted}.")
        named = of.name if of else str(run.arguments.get("CrawlerName", ""))
        line = run_line(run, named, now=datetime.now(UTC))
        return _render(
            "run.html.j2",
            line=line,
            run=run,
            report=report,
            log=_tail(settings.data_dir / log_path(run)),
            moving=line.moving,
        )

    @page("/console/runs/{run_id}/report.json")
    def report(request: Request) -> Response:
        wanted = request.path_params["run_id"]
        with store.reading() as tx:
            run = tx.runs.get(wanted)
            kept = report_of(tx, run) if run else None
        if kept is None:
            raise EntityNotFoundException(f"There is no report of a task run {wanted}.")
        return JSONResponse(kept)

    @page("/docs")
    def docs(request: Request) -> Response:
        return HTMLResponse(_reference(made))

    @page("/openapi.json")
    def openapi(request: Request) -> Response:
        return JSONResponse(made())

    @page("/static/{name}")
    def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _TYPES:
            raise EntityNotFoundException("There is no such file.")
        return Response((_STATIC / name).read_bytes(), media_type=_TYPES[name])

    return router


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(loader=PackageLoader("matchloop_api.web"), autoescape=True, trim_blocks=True)
    made.filters["time"] = lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    return made


def _render(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(_templates().get_template(name).render(values), status_code=status)


@lru_cache(maxsize=4)
def _reference(document: Callable[[], Mapping[str, Any]]) -> str:
    made = document()
    codes = sorted({(status, code) for status, code in CODES.values()})
    return (
        _templates()
        .get_template("docs.html.j2")
        .render(
            title=made["info"]["title"],
            version=made["info"]["version"],
            entries=entries(made),
            structures=structures(made),
            codes=codes,
        )
    )


def _refusal(error: ServiceError) -> Response:
    status, _ = CODES.get(type(error), (error.status, ""))
    page = _render("refusal.html.j2", status=status, text=str(error))
    if status == 401:
        page.headers.update(_SIGN_IN)
    return page


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LOG_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
