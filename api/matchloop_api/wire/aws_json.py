"""AWS JSON 1.1, the protocol of Glue's own clients: boto3, the aws cli, every AWS SDK, Terraform.

An operation is named by the header ``X-Amz-Target``, an error by ``__type`` in the body (boto3
reads no other place). Members that an operation lacks are left out, as AWS does: newer clients may
send what this server does not know. Times are seconds since 1970.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from matchloop_api.errors import ServiceError, UnknownOperationException
from matchloop_api.wire.dialect import dump, load, present
from matchloop_api.wire.http import Request, Response
from matchloop_api.wire.operation import Reply

__all__ = ["CONTENT_TYPE", "AwsJson"]

CONTENT_TYPE = "application/x-amz-json-1.1"
PREFIX = "AWSGlue."


class AwsJson:
    """Glue's own protocol."""

    name = "aws-json"
    name = "aws-json"
    services: tuple[str, ...] = ("glue",)
    strict = False

    def operation(self, request: Request) -> str:
        """Return the operation that the target names."""
        target = request.headers.get("x-amz-target", "")
        if not target.startswith(PREFIX):
            given = f"'{target[:256]}'" if target else "missing"
            raise UnknownOperationException(
                f"the header X-Amz-Target is {given}; expected {PREFIX}<Operation>"
            )
        return target.removeprefix(PREFIX)

    def members(self, request: Request) -> Any:
        """Return the JSON of the body."""
        return load(request.body)

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Write the members of the answer."""
        body = dump(present(reply.members), _seconds)
        return Response(body=body, content_type=CONTENT_TYPE)

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Write an error by its code and text."""
        return Response(
            status=error.status,
            body=dump({"__type": error.code, "Message": str(error)}, _seconds),
            content_type=CONTENT_TYPE,
            headers={"x-amzn-ErrorType": error.code},
        )


def _seconds(time: datetime) -> float:
    return round(time.timestamp(), 3)
