"""Multipart uploads that a killed process left in S3: they are invisible but take space."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

__all__ = ["abort_uploads"]

_QUICK = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"total_max_attempts": 2},
    s3={"addressing_style": "path"},
)


def abort_uploads(path: str) -> int:
    """Abort every unfinished upload of an object and return how many there were.

    If the object store cannot list uploads, or forbids it, they stay. Its own lifecycle rule
    must then remove them.

    Parameters
    ----------
    path
        ``s3://bucket/key``.
    """
    bucket, _, key = path.removeprefix("s3://").partition("/")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    aborted = 0
    with suppress(BotoCoreError, ClientError):
        client: Any = Session().create_client("s3", region_name=region, config=_QUICK)
        for upload in client.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", ()):
            if upload["Key"] == key:
                client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"])
                aborted += 1
    return aborted
