"""Refuse requests that a page of another site makes a user's browser send.

Such a page can make the browser send requests to ``http://127.0.0.1:8080``. With DNS rebinding it
can even read the responses. A signature stops both. Without access keys there is no signature, so
the Host must be a loopback name and no proxy may forward the request. A proxy may set a loopback
name as the Host, and would let in everybody who reaches the proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from matchloop_api.auth.addresses import is_loopback
from matchloop_api.errors import AccessDeniedException

__all__ = ["refuse_foreign"]

_OWN = frozenset({"same-origin", "none"})
_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip")


def refuse_foreign(
    method: str, headers: Mapping[str, str], *, is_open: bool, trust_forwarded: bool = False
) -> None:
    """Refuse a request that a page of another site or a proxy of another machine causes.

    Parameters
    ----------
    method
        The request's method.
    headers
        The request's headers: names in lower case, repeated headers joined with commas.
    is_open
        Whether the server requires no signature; the Host must then be a loopback name.
    trust_forwarded
        Whether a server without keys answers forwarded requests: the setting of that name.

    Raises
    ------
    AccessDeniedException
        The request is for another host, was forwarded by a proxy, or comes from a page of another
        site. A followed link is allowed.
    """
    host = headers.get("host", "").strip()
    if is_open and not is_loopback(_name(host)):
        raise AccessDeniedException(
            "Without access keys the server answers to loopback names only, such as localhost; "
            "the Host header has another one."
        )
    forwarded = next((name for name in headers if name.startswith(_FORWARDED)), None)
    if is_open and forwarded and not trust_forwarded:
        raise AccessDeniedException(
            f"Without access keys the server answers nothing that a proxy forwards, and the header "
            f"{forwarded[:64]} says that one did; make a key with 'matchloop keys add', or set "
            "trust_forwarded=1 where the proxy itself decides who gets in."
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        raise AccessDeniedException("Requests of other sites' pages are refused: foreign Origin.")
    linked = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
    if not linked and headers.get("sec-fetch-site", "none") not in _OWN:
        raise AccessDeniedException(
            "Requests of other sites' pages are refused: Sec-Fetch-Site is not same-origin."
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
