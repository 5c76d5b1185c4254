"""STS GetCallerIdentity over boto3, against the live server."""

from __future__ import annotations

from typing import Any


def test_the_caller_is_the_account_where_no_key_is_asked_for(server: Any) -> None:
    sts = server.client("sts")
    answer = sts.get_caller_identity()
    del answer["ResponseMetadata"]
    account = server.settings.account_id
    assert answer["Account"] == account
    assert answer["Arn"].startswith(f"arn:aws:iam::{account}:")
    assert answer["UserId"]
    sts.close()
