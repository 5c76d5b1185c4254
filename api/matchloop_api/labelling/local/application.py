"""The web application of ``matchloop label``: the page behind a one-time link."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from matchloop_api.auth import Caller, Role, refuse_foreign
from matchloop_api.errors import AccessDeniedException, MissingAuthenticationTokenException
from matchloop_api.labelling.backing import Backing
from matchloop_api.labelling.guard import HEADERS
from matchloop_api.labelling.routes import labelling_router
from matchloop_api.store import Store

__all__ = ["Door", "create_application"]


class Door:
    """Authenticate the browser that opened the one-time link, by a cookie.

    Parameters
    ----------
    secret
        The secret of the store: the cookie stays valid when the command is started again.
    folder
        Part of the cookie's name: a browser shares cookies between ports, so each table needs
        its own.
    person
        The annotator.
    """

    def __init__(self, secret: bytes, folder: Path, person: str) -> None:
        self._cookie = hmac.digest(secret, b"label cookie", sha256).hex()
        self._name = f"matchloop_{sha256(str(folder.absolute()).encode()).hexdigest()[:12]}"
        self._person = person
        self._link: str | None = secrets.token_urlsafe(24)

    @property
    def path(self) -> str:
        """Path of the one-time link."""
        return f"/l/{self._link}"

    def caller(self, request: Request) -> Caller:
        """Return who sent a request.

        Raises
        ------
        AccessDeniedException
            It comes from a page of another site.
        MissingAuthenticationTokenException
            It lacks the cookie.
        """
        refuse_foreign(request.method, request.headers, is_open=True)
        if not self._has_cookie(request):
            raise MissingAuthenticationTokenException(
                "Open the link that matchloop label printed; it works once."
            )
        return Caller("", Role.ADMIN, self._person)

    def open(self, request: Request, link: str, to: str) -> Response:
        """Answer the one-time link: set the cookie and go to the page."""
        try:
            refuse_foreign(request.method, request.headers, is_open=True)
        except AccessDeniedException as error:
            return PlainTextResponse(f"{error}\n", 403)
        response = RedirectResponse(to, 303)
        if self._has_cookie(request):
            return response
        if self._link is None or not hmac.compare_digest(link.encode(), self._link.encode()):
            return PlainTextResponse(
                "This link was used already. End matchloop label with Ctrl-C and start it again; "
                "nothing is lost.\n",
                403,
            )
        self._link = None
        response.set_cookie(self._name, self._cookie, httponly=True, samesite="strict")
        return response

    def _has_cookie(self, request: Request) -> bool:
        cookie = request.cookies.get(self._name, "")
        return hmac.compare_digest(cookie.encode(), self._cookie.encode())


def create_application(store: Store, transform_id: str, backing: Backing, door: Door) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    store, transform_id
        What is labelled.
    backing
        The table, the teacher and the files.
    door
        Who gets in.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    page = f"/label/{transform_id}"

    @app.get("/l/{link}")
    def link(request: Request, link: str) -> Response:
        response = door.open(request, link, page)
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def root() -> Response:
        return RedirectResponse(page, 303, headers=dict(HEADERS))

    app.include_router(labelling_router(store, door.caller, backing))
    return app
