"""The routes of the labelling page."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter
from jinja2 import Environment, PackageLoader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

import matchloop
from matchloop.errors import MatchloopError
from matchloop_api.auth import CURATORS, Caller, Role
from matchloop_api.errors import (
    AccessDeniedException,
    ConcurrentModificationException,
    EntityNotFoundException,
    InvalidInputException,
    MissingAuthenticationTokenException,
    OperationTimeoutException,
    RequestEntityTooLargeException,
    SerializationException,
    ServiceError,
)
from matchloop_api.labelling.backing import Backing
from matchloop_api.labelling.desk import Desk
from matchloop_api.labelling.static_files import static_response
from matchloop_api.observing import log
from matchloop_api.store import Store

__all__ = ["HEADERS", "labelling_router"]

LARGEST = 1 << 20
"""Bytes of a request's body at most."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_STATUS: Mapping[type[ServiceError], int] = {
    MissingAuthenticationTokenException: 401,
    AccessDeniedException: 403,
    EntityNotFoundException: 404,
    ConcurrentModificationException: 409,
    InvalidInputException: 422,
    OperationTimeoutException: 503,
    SerializationException: 400,
}

Access = Callable[[Request], Caller]
Answer = Callable[[Desk, Request, Mapping[str, Any]], Response | Mapping[str, Any] | None]


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
    desks = Desk.maker(store, backing)

    def route(path: str, method: str = "GET") -> Callable[[Answer], Answer]:
        def add(answer: Answer) -> Answer:
            async def guarded(request: Request) -> Response:
                try:
                    payload = await _body(request) if method == "POST" else {}
                    response = await run_in_threadpool(respond, request, payload)
                except ServiceError as error:
                    response = _refusal(error)
                response.headers.update(
                    {name: value for name, value in HEADERS.items() if name not in response.headers}
                )
                return response

            def respond(request: Request, payload: Mapping[str, Any]) -> Response:
                caller = access(request)
                if caller.role is Role.READER:
                    raise AccessDeniedException(
                        f"User: {caller.name} may look only; labelling needs the role labeler."
                    )
                transform = request.path_params.get("transform", "")
                if method == "POST":
                    _check_token(request, csrf_token(store.secret, transform, caller.name))
                with store.reading() as tx:
                    if tx.transforms.get(transform) is None:
                        raise EntityNotFoundException(f"There is no transform {transform}.")
                desk = desks(transform, caller.name, is_curator=caller.role in CURATORS)
                made = answer(desk, request, payload)
                return made if isinstance(made, Response) else _json(made or {})

            router.add_api_route(path, guarded, methods=[method], response_model=None)
            return answer

        return add

    @route("/label/{transform}")
    def page(desk: Desk, request: Request, _: Mapping[str, Any]) -> Response:
        import_module("matchloop_api.labelling.entries")  # now, not at the first submit
        return HTMLResponse(
            _template().render(
                base=f"/label/{quote(desk.transform_id, safe='')}",
                static="/static/labelling",
                title=desk.title(),
                version=matchloop.__version__,
                csrf=csrf_token(store.secret, desk.transform_id, desk.person),
            )
        )

    @route("/label/{transform}/start")
    def start(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.start()

    @route("/label/{transform}/setup", "POST")
    def setup(desk: Desk, request: Request, payload: Mapping[str, Any]) -> None:
        backing.set_up(desk.transform_id, payload)

    @route("/label/{transform}/practice", "POST")
    def practice(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Response:
        desk.practised(payload)
        return Response(status_code=204)

    @route("/label/{transform}/sets")
    def sets(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        query = request.query_params
        if query.get("set"):
            return desk.set_again(query["set"])
        return desk.sets([name for name in query.get("have", "").split(",") if name])

    @route("/label/{transform}/events", "POST")
    def events(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Response:
        status, made = desk.events(payload.get("events"))
        return _json(made, status)

    @route("/label/{transform}/search")
    def search(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.search(request.query_params.get("set", ""), request.query_params.get("q", ""))

    @route("/label/{transform}/rows", "POST")
    def rows(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.add_row(payload.get("set"), payload.get("token"))

    @route("/label/{transform}/guide", "POST")
    def guide(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.define(payload)

    @route("/label/{transform}/proposal", "POST")
    def proposal(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.propose(payload.get("set"), payload.get("row"))

    @route("/label/{transform}/adjudicate", "POST")
    def adjudicate(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"queued": desk.adjudicate()}

    @route("/label/{transform}/flags")
    def flags(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        query = request.query_params
        return desk.flags(query.get("show", "open"), query.get("page", "1"))

    @route("/label/{transform}/flags.csv")
    def flags_file(desk: Desk, request: Request, _: Mapping[str, Any]) -> Response:
        written = desk.flags_file()
        if written is None:
            raise EntityNotFoundException("No row is flagged.")
        headers = {"Content-Disposition": 'attachment; filename="flags.csv"'}
        return Response(written, media_type="text/csv; charset=utf-8", headers=headers)

    @route("/label/{transform}/flags/reply", "POST")
    def flag_reply(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.reply_to_flag(payload)

    @route("/label/{transform}/flags/open", "POST")
    def flag_open(desk: Desk, request: Request, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"set": desk.open_flagged(payload.get("flag"))}

    @route("/label/{transform}/answers")
    def answers(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        query = request.query_params
        return desk.answers(query.get("q", ""), query.get("show", "all"), query.get("page", "1"))

    @route("/label/{transform}/summary")
    def summary(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return desk.summary()

    @route("/label/{transform}/second-look", "POST")
    def second_look(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"queued": desk.second_look()}

    @route("/label/{transform}/finish", "POST")
    def finish(desk: Desk, request: Request, _: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            backing.finish(desk.transform_id)
        except (MatchloopError, InvalidInputException) as error:
            raise ConcurrentModificationException(str(error)) from None
        return desk.summary()

    @route("/label/{transform}/downloads/{name}")
    def download(desk: Desk, request: Request, _: Mapping[str, Any]) -> Response:
        name = request.path_params["name"]
        file_path = backing.download(desk.transform_id, name)
        if file_path is None:
            raise EntityNotFoundException("There is no such file.")
        return FileResponse(file_path, filename=name, media_type="application/octet-stream")

    router.add_api_route("/static/labelling/{name}", _static, methods=["GET"], response_model=None)
    return router


def csrf_token(secret: bytes, transform_id: str, person: str) -> str:
    """Return the token that a person's POST requests must carry."""
    scope = "\x1f".join(("csrf", transform_id, person)).encode()
    return hmac.digest(secret, scope, sha256).hex()[:40]


def _check_token(request: Request, expected: str) -> None:
    payload = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(payload.encode(), expected.encode()):
        raise AccessDeniedException("The request lacks the page's token; load the page again.")


def _static(name: str, request: Request) -> Response:
    response = static_response(name, request)
    if response is None:
        response = _json({"error": "There is no such file."}, 404)
    response.headers.update(
        {name: value for name, value in HEADERS.items() if name not in response.headers}
    )
    return response


async def _body(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request.

    Raises
    ------
    SerializationException
        It is not JSON, or not an object.
    RequestEntityTooLargeException
        It is larger than 1 MB.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # a form of another site cannot send this type
        raise SerializationException("the body must have the content type application/json")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST:
            raise RequestEntityTooLargeException("the body is larger than 1 MB")
    try:
        payload = orjson.loads(bytes(received))
    except orjson.JSONDecodeError:
        payload = None
    if not isinstance(payload, dict):
        raise SerializationException("the body must be a JSON object")
    return payload


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")


def _refusal(error: ServiceError) -> Response:
    status = _STATUS.get(type(error), error.status)
    if status >= 500:
        log("a request of the labelling page failed", level="error", reason=str(error))
    response = _json({"error": " ".join(str(error).split())}, status)
    if status == 503:
        response.headers["Retry-After"] = "1"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="matchloop", charset="UTF-8"'
    return response


@lru_cache(maxsize=1)
def _template() -> Any:
    made = Environment(loader=PackageLoader("matchloop_api.labelling"), autoescape=True)
    return made.get_template("label.html")
