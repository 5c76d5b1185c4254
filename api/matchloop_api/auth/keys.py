"""Make access keys."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from matchloop.errors import UsageError
from matchloop_api.auth.roles import Role
from matchloop_api.store import AccessKey

__all__ = ["new_access_key"]

_NAME = 64


def new_access_key(name: str, role: Role, *, now: datetime) -> AccessKey:
    """Make an access key in AWS's form: an id of 20 characters and a secret of 40.

    Parameters
    ----------
    name
        The owner's name; logs, task runs and the label ledger show it.
    role
        The role of the key.
    now
        The time.

    Raises
    ------
    UsageError
        The name is empty, too long or not printable.
    """
    if not name.strip() or len(name) > _NAME or not name.isprintable():
        raise UsageError(
            f"a key cannot be named {name[:_NAME]!r}; give 1 to {_NAME} printable characters"
        )
    return AccessKey(
        id="AKIA" + base64.b32encode(secrets.token_bytes(10)).decode(),
        secret=base64.b64encode(secrets.token_bytes(30)).decode(),
        role=role.value,
        name=name.strip(),
        created_at=now,
    )
