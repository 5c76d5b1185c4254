"""Random names of rows, made for one set and one person."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

__all__ = ["Tokens"]


class Tokens:
    """Names rows for a person: without the store's secret they are random.

    They are computed rather than stored, so that a set has the same tokens after a restart.

    Parameters
    ----------
    secret
        The store's.
    transform_id, number, person
        Which set, and who is shown it.
    """

    def __init__(self, secret: bytes, transform_id: str, number: int, person: str) -> None:
        scope = "\x1f".join(("row", transform_id, str(number), person)).encode()
        self._secret = hmac.digest(secret, scope, sha256)

    def of(self, key: str) -> str:
        """Return the token of the row with a key."""
        digest = hmac.digest(self._secret, key.encode(), sha256)
        return base64.urlsafe_b64encode(digest[:15]).decode()
