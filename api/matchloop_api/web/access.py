"""Access to the web pages.

Without access keys the server listens on loopback, and so do its pages. With keys the browser's
sign-in takes the id of an access key as the name and its secret as the password. Unlike signatures,
this sends the secret itself. So it is allowed only where nobody can listen: on loopback, or
over TLS that ends in a proxy on this machine.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.requests import Request

from matchloop_api.auth import ANYONE, Authenticator, Caller, Role, is_loopback
from matchloop_api.errors import AccessDeniedException, MissingAuthenticationTokenException
from matchloop_api.store import AccessKey, Store

__all__ = ["page_caller"]


def page_caller(request: Request, store: Store, authenticator: Authenticator) -> Caller:
    """Return the caller of a page.

    Raises
    ------
    AccessDeniedException
        A page of another site sent the request, or it came unencrypted from another machine.
    MissingAuthenticationTokenException
        Nobody has signed in.
    """
    authenticator.refuse_foreign(request)
    if authenticator.is_open():
        return ANYONE
    near = request.client is not None and is_loopback(request.client.host)
    if not near and request.url.scheme != "https":
        raise AccessDeniedException(
            "The pages are shown on this machine or over TLS only, as signing in sends a secret; "
            "use an SSH tunnel, or a TLS proxy beside the server."
        )
    key = _signed_in(request.headers.get("authorization", ""), store)
    if key is None:
        raise MissingAuthenticationTokenException(
            "Sign in with the id of an access key and its secret."
        )
    return Caller(key.id, Role(key.role), key.name)


def _signed_in(header: str, store: Store) -> AccessKey | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key_id, _, secret = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        name = key_id.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    with store.reading() as tx:
        key = tx.keys.get(name)
    is_valid = key is not None and key.revoked_at is None
    expected = key.secret if key is not None and is_valid else "nobody"
    return key if hmac.compare_digest(secret, expected.encode()) and is_valid else None
