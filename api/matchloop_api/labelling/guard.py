"""Who may send a request of the labelling page, what it may hold, and how it is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

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
from matchloop_api.observing import log
from matchloop_api.store import Store

__all__ = ["HEADERS", "Access", "Answer", "Guard", "PageRequest", "json_response", "with_headers"]

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


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request that was let through.

    Parameters
    ----------
    desk
        What the person may do with the transform.
    http
        The request as it was sent; its body has been read.
    payload
        The JSON object of a POST request, empty otherwise.
    token
        What the person's POST requests must carry.
    """

    desk: Desk
    http: Request
    payload: Mapping[str, Any]
    token: str

    def query(self, name: str, default: str = "") -> str:
        """Return a parameter of the URL."""
        return self.http.query_params.get(name, default)


Answer = Callable[[PageRequest], Response | Mapping[str, Any] | None]


class Guard:
    """Lets requests through to what answers them.

    Parameters
    ----------
    store
        Where the queue, the events and the ledger are.
    access
        Returns who sent a request, or raises a ServiceError.
    backing
        What the queue is filled by.
    """

    def __init__(self, store: Store, access: Access, backing: Backing) -> None:
        self._store = store
        self._access = access
        self._desks = Desk.maker(store, backing)

    async def respond(self, request: Request, answer: Answer) -> Response:
        """Respond with an answer, or with the reason of a refusal."""
        try:
            payload = await _body(request) if request.method == "POST" else {}
            response = await run_in_threadpool(self._answer, request, payload, answer)
        except ServiceError as error:
            response = _refusal(error)
        return with_headers(response)

    def _answer(self, request: Request, payload: Mapping[str, Any], answer: Answer) -> Response:
        made = answer(self._let_through(request, payload))
        return made if isinstance(made, Response) else json_response(made or {})

    def _let_through(self, request: Request, payload: Mapping[str, Any]) -> PageRequest:
        """Check a request.

        Raises
        ------
        ServiceError
            The person may not label, the token is wrong, or there is no such transform.
        """
        caller = self._access(request)
        if caller.role is Role.READER:
            raise AccessDeniedException(
                f"User: {caller.name} may look only; labelling needs the role labeler."
            )
        transform = request.path_params.get("transform", "")
        token = _csrf_token(self._store.secret, transform, caller.name)
        if request.method == "POST":
            _check_token(request, token)
        with self._store.reading() as tx:
            if tx.transforms.get(transform) is None:
                raise EntityNotFoundException(f"There is no transform {transform}.")
        desk = self._desks(transform, caller.name, is_curator=caller.role in CURATORS)
        return PageRequest(desk, request, payload, token)


def with_headers(response: Response) -> Response:
    """Add the headers of every response that it does not have yet, and return it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def json_response(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a response of JSON."""
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")


def _csrf_token(secret: bytes, transform_id: str, person: str) -> str:
    """Return the token that a person's POST requests must carry."""
    scope = "\x1f".join(("csrf", transform_id, person)).encode()
    return hmac.digest(secret, scope, sha256).hex()[:40]


def _check_token(request: Request, expected: str) -> None:
    payload = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(payload.encode(), expected.encode()):
        raise AccessDeniedException("The request lacks the page's token; load the page again.")


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


def _refusal(error: ServiceError) -> Response:
    status = _STATUS.get(type(error), error.status)
    if status >= 500:
        log("a request of the labelling page failed", level="error", reason=str(error))
    response = json_response({"error": " ".join(str(error).split())}, status)
    if status == 503:
        response.headers["Retry-After"] = "1"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="matchloop", charset="UTF-8"'
    return response
