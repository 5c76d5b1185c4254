"""AWS JSON 1.1, the protocol of Glue's own clients: boto3, the aws cli, every AWS SDK, Terraform.

The header ``X-Amz-Target`` names the operation, ``__type`` in the body names the error (boto3 reads
no other place). Unknown members are ignored, as AWS does, because newer clients may send them.
Times are seconds since 1970.
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
    """The dialect of Glue's own protocol."""

    name = "aws-json"
    name = "aws-json"
    services: tuple[str, ...] = ("glue",)
    strict = False

    def operation(self, request: Request) -> str:
        """Return the operation in the target header."""
        target = request.headers.get("x-amz-target", "")
        if not target.startswith(PREFIX):
            header = f"'{target[:256]}'" if target else "missing"
            raise UnknownOperationException(
                f"the header X-Amz-Target is {header}; expected {PREFIX}<Operation>"
            )
        return target.removeprefix(PREFIX)

    def members(self, request: Request) -> Any:
        """Return the parsed JSON of the body."""
        return load(request.body)

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Return a response with the members of the reply."""
        body = dump(present(reply.members), _seconds)
        return Response(body=body, content_type=CONTENT_TYPE)

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Return a response with the code and text of an error."""
        return Response(
            status=error.status,
            body=dump({"__type": error.code, "Message": str(error)}, _seconds),
            content_type=CONTENT_TYPE,
            headers={"x-amzn-ErrorType": error.code},
        )


def _seconds(time: datetime) -> float:
    return round(time.timestamp(), 3)
