"""The caller of a request."""

from __future__ import annotations

from dataclasses import dataclass

from matchloop_api.auth.roles import Role

__all__ = ["ANYONE", "Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request.

    Parameters
    ----------
    access_key_id
        The key that signed it; empty if the server requires no signature.
    role
        The role of the key.
    name
        The name of the key's owner.
    """

    access_key_id: str
    role: Role
    name: str


ANYONE = Caller("", Role.ADMIN, "")
"""Every caller of a server without access keys, which listens on loopback only."""
