"""The routes of the labelling page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

import matchloop
from matchloop_api.errors import EntityNotFoundException
from matchloop_api.labelling.backing import Backing
from matchloop_api.labelling.guard import (
    Access,
    Answer,
    Guard,
    PageRequest,
    json_response,
    with_headers,
)
from matchloop_api.labelling.static_files import static_response
from matchloop_api.store import Store

__all__ = ["labelling_router"]

_ROUTES: list[tuple[str, str, Answer]] = []
"""Below the page of a transform: path, method, and what answers."""


def labelling_router(store: Store, access: Access, backing: Backing) -> APIRouter:
    """Return the page's routes.

    Parameters
    ----------
    store
        Where the queue, the events and the ledger are.
    access
        Returns who sent a request, or raises a ServiceError.
    backing
        What the queue is filled by.
    """
    router = APIRouter(include_in_schema=False)
    guard = Guard(store, access, backing)

    def add(path: str, method: str, answer: Answer) -> None:
        async def guarded(request: Request) -> Response:
            return await guard.respond(request, answer)

        router.add_api_route(
            f"/label/{{transform}}{path}", guarded, methods=[method], response_model=None
        )

    for path, method, answer in _ROUTES:
        add(path, method, answer)
    router.add_api_route("/static/labelling/{name}", _static, methods=["GET"], response_model=None)
    return router


def _route(path: str, method: str = "GET") -> Callable[[Answer], Answer]:
    def add(answer: Answer) -> Answer:
        _ROUTES.append((path, method, answer))
        return answer

    return add


@_route("")
def _page(request: PageRequest) -> Response:
    import_module("matchloop_api.labelling.entries")  # now, not at the first submit
    return HTMLResponse(
        _template().render(
            base=f"/label/{quote(request.desk.transform_id, safe='')}",
            static="/static/labelling",
            title=request.desk.title(),
            version=matchloop.__version__,
            csrf=request.token,
        )
    )


@_route("/start")
def _start(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.start()


@_route("/setup", "POST")
def _setup(request: PageRequest) -> None:
    request.desk.set_up(request.payload)


@_route("/practice", "POST")
def _practice(request: PageRequest) -> Response:
    request.desk.practised(request.payload)
    return Response(status_code=204)


@_route("/sets")
def _sets(request: PageRequest) -> Mapping[str, Any]:
    if request.query("set"):
        return request.desk.set_again(request.query("set"))
    return request.desk.sets([name for name in request.query("have").split(",") if name])


@_route("/events", "POST")
def _events(request: PageRequest) -> Response:
    status, made = request.desk.events(request.payload.get("events"))
    return json_response(made, status)


@_route("/search")
def _search(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.search(request.query("set"), request.query("q"))


@_route("/rows", "POST")
def _rows(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.add_row(request.payload.get("set"), request.payload.get("token"))


@_route("/guide", "POST")
def _guide(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.define(request.payload)


@_route("/proposal", "POST")
def _proposal(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.propose(request.payload.get("set"), request.payload.get("row"))


@_route("/adjudicate", "POST")
def _adjudicate(request: PageRequest) -> Mapping[str, Any]:
    return {"queued": request.desk.adjudicate()}


@_route("/flags")
def _flags(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.flags(request.query("show", "open"), request.query("page", "1"))


@_route("/flags.csv")
def _flags_file(request: PageRequest) -> Response:
    written = request.desk.flags_file()
    if written is None:
        raise EntityNotFoundException("No row is flagged.")
    headers = {"Content-Disposition": 'attachment; filename="flags.csv"'}
    return Response(written, media_type="text/csv; charset=utf-8", headers=headers)


@_route("/flags/reply", "POST")
def _flag_reply(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.reply_to_flag(request.payload)


@_route("/flags/open", "POST")
def _flag_open(request: PageRequest) -> Mapping[str, Any]:
    return {"set": request.desk.open_flagged(request.payload.get("flag"))}


@_route("/answers")
def _answers(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.answers(
        request.query("q"), request.query("show", "all"), request.query("page", "1")
    )


@_route("/summary")
def _summary(request: PageRequest) -> Mapping[str, Any]:
    return request.desk.summary()


@_route("/second-look", "POST")
def _second_look(request: PageRequest) -> Mapping[str, Any]:
    return {"queued": request.desk.second_look()}


@_route("/finish", "POST")
def _finish(request: PageRequest) -> Mapping[str, Any]:
    request.desk.finish()
    return request.desk.summary()


@_route("/downloads/{name}")
def _download(request: PageRequest) -> Response:
    name = request.http.path_params["name"]
    file_path = request.desk.download(name)
    if file_path is None:
        raise EntityNotFoundException("There is no such file.")
    return FileResponse(file_path, filename=name, media_type="application/octet-stream")


def _static(name: str, request: Request) -> Response:
    response = static_response(name, request)
    if response is None:
        response = json_response({"error": "There is no such file."}, 404)
    return with_headers(response)


@lru_cache(maxsize=1)
def _template() -> Any:
    made = Environment(loader=PackageLoader("matchloop_api.labelling"), autoescape=True)
    return made.get_template("label.html")
