"""Keep pages of other sites, opened in a user's browser, from using the server behind their back.

A page of another site can make the browser send requests to ``http://127.0.0.1:8080``, and by
changing what its own name resolves to (DNS rebinding) even read the answers. A signature stops
both. Without access keys there is none, so the request itself must look like it is meant for here.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from matchloop_api.auth.authentication import is_loopback
from matchloop_api.errors import AccessDeniedException

__all__ = ["refuse_foreign"]

_OWN = frozenset({"same-origin", "none"})


def refuse_foreign(method: str, headers: Sequence[tuple[bytes, bytes]], *, is_open: bool) -> None:
    """Refuse what a browser sends for a page of another site.

    Parameters
    ----------
    method
        The request's method.
    headers
        Names and values in order, names in small letters.
    is_open
        Whether the server asks for no signature: then the Host must be a loopback name, too.

    Raises
    ------
    AccessDeniedException
        The request is for another host, or comes from a page of another site. Following a link
        to here is allowed.
    """
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    host = found.get("host", [""])
    if len(host) > 1 or (is_open and not is_loopback(_name(host[0]))):
        raise AccessDeniedException(
            "Without access keys the server answers to loopback names only, such as localhost; "
            "the Host header has another one."
        )
    if any(
        origin.rpartition("://")[2].lower() != host[0].lower() for origin in found.get("origin", ())
    ):
        raise AccessDeniedException("Requests of other sites' pages are refused: foreign Origin.")
    linked = method in ("GET", "HEAD") and found.get("sec-fetch-mode") == ["navigate"]
    if not linked and not _OWN.issuperset(found.get("sec-fetch-site", ())):
        raise AccessDeniedException(
            "Requests of other sites' pages are refused: Sec-Fetch-Site is not same-origin."
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
