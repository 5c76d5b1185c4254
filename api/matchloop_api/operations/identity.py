"""STS GetCallerIdentity, the first call of Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop_api.context import Context
from matchloop_api.wire import Reply

__all__ = ["arn_of", "get"]


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Return the caller, in the account of the settings."""
    account = context.settings.account_id
    user = context.caller.access_key_id or account
    return Reply({"UserId": user, "Account": account, "Arn": arn_of(context)}, id=user)


def arn_of(context: Context) -> str:
    """Return the caller as an ARN; without access keys it is the account."""
    who = f"user/{context.caller.name}" if context.caller.name else "root"
    return f"arn:aws:iam::{context.settings.account_id}:{who}"
