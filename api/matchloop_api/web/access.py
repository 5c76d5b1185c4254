"""Who may look at the pages.

Without access keys the server is on loopback, and so are its pages. With keys a page asks for one:
the browser's own sign-in takes the access key's id as the name and its secret as the password.
Unlike a signature that sends the secret itself, so it is asked for only where nobody can listen:
on loopback, or over TLS that a proxy on this machine has ended.
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
    """Return who asks for a page.

    Raises
    ------
    AccessDeniedException
        The request is from another site's page, or came in the open from another machine.
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


def _signed_in(given: str, store: Store) -> AccessKey | None:
    scheme, _, encoded = given.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key_id, _, secret = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        name = key_id.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    with store.reading() as tx:
        key = tx.keys.get(name)
    known = key is not None and key.revoked_at is None
    expected = key.secret if key is not None and known else "nobody"
    return key if hmac.compare_digest(secret, expected.encode()) and known else None
