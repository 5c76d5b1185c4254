"""Who sent a request."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop_api.auth.roles import Role

__all__ = ["ANYONE", "Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Parameters
    ----------
    access_key_id
        The key that signed it; empty where the server asks for no signature.
    role
        What the key allows.
    name
        Whose key it is.
    """

    access_key_id: str
    role: Role
    name: str


ANYONE = Caller("", Role.ADMIN, "")
"""Every caller of a server without access keys, which listens on loopback only."""
