"""Plain JSON for clients without an AWS SDK: the same operations in an envelope.

``POST /v1/<Operation>``, or ``POST /`` with ``application/json`` and the operation in the header
``X-Amz-Target`` or in the query (``?Action=``, ``?Operation=``, ``?X-Amz-Target=``), with or
without the prefix ``AWSGlue.``. Times are ISO 8601. Unknown members are refused, because a request
that is written by hand may have typing errors.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from matchloop_api import errors
from matchloop_api.errors import SerializationException, ServiceError, UnknownOperationException
from matchloop_api.wire.beyond import SERVICE
from matchloop_api.wire.dialect import dump, load, present
from matchloop_api.wire.http import Request, Response
from matchloop_api.wire.operation import Reply

__all__ = ["CODES", "PATH", "Plain"]

PATH = "/v1/"
_QUERY_NAMES = ("action", "operation", "x-amz-target")

CODES: dict[type[ServiceError], tuple[int, str]] = {
    errors.ValidationException: (400, "VALIDATION_ERROR"),
    errors.SerializationException: (400, "VALIDATION_ERROR"),
    errors.InvalidInputException: (400, "VALIDATION_ERROR"),
    errors.MissingAuthenticationTokenException: (401, "UNAUTHENTICATED"),
    errors.IncompleteSignatureException: (403, "SIGNATURE_INCOMPLETE"),
    errors.InvalidSignatureException: (403, "SIGNATURE_INVALID"),
    errors.SignatureDoesNotMatch: (403, "SIGNATURE_INVALID"),
    errors.UnrecognizedClientException: (403, "ACCESS_KEY_UNKNOWN"),
    errors.AccessDeniedException: (403, "ACCESS_DENIED"),
    errors.UnknownOperationException: (404, "UNKNOWN_OPERATION"),
    errors.EntityNotFoundException: (404, "ENTITY_NOT_FOUND"),
    errors.AlreadyExistsException: (409, "ALREADY_EXISTS"),
    errors.IdempotentParameterMismatchException: (409, "IDEMPOTENT_PARAMETER_MISMATCH"),
    errors.MLTransformNotReadyException: (409, "TRANSFORM_NOT_READY"),
    errors.ConcurrentModificationException: (409, "CONCURRENT_MODIFICATION"),
    errors.CrawlerRunningException: (409, "CRAWLER_RUNNING"),
    errors.CrawlerNotRunningException: (409, "CRAWLER_NOT_RUNNING"),
    errors.CrawlerStoppingException: (409, "CRAWLER_STOPPING"),
    errors.RequestEntityTooLargeException: (413, "REQUEST_TOO_LARGE"),
    errors.ResourceNumberLimitExceededException: (429, "LIMIT_EXCEEDED"),
    errors.ConcurrentRunsExceededException: (429, "CONCURRENT_RUNS_EXCEEDED"),
    errors.InternalServiceException: (500, "INTERNAL_ERROR"),
    errors.StoreFailure: (500, "STORE_FAILURE"),
    errors.StoreFull: (507, "STORE_FULL"),
    errors.OperationTimeoutException: (504, "OPERATION_TIMEOUT"),
}
"""Status and code of every error in this dialect."""


class Plain:
    """The dialect with an envelope."""

    name = "plain"
    services: tuple[str, ...] = ("glue", "sts", SERVICE)
    strict = True

    def operation(self, request: Request) -> str:
        """Return the operation in the path, the header or the query."""
        if request.path.startswith(PATH):
            return request.path.removeprefix(PATH)
        fields = request.fields
        named = [request.headers.get("x-amz-target"), *(fields.get(name) for name in _QUERY_NAMES)]
        target = next(filter(None, named), "")
        if not target:
            raise UnknownOperationException(
                "no operation is named; send it to /v1/<Operation>, or name it in the header "
                "X-Amz-Target or the query ?Action="
            )
        return target.removeprefix("AWSGlue.")

    def members(self, request: Request) -> Any:
        """Return the parsed JSON of the body."""
        kind = request.content_type
        if (
            kind != "application/json"
        ):  # also refuses the content types that a form of another site can send
            content_type = f"'{kind[:128]}'" if kind else "missing"
            raise SerializationException(
                f"the content type is {content_type}; expected application/json"
            )
        return load(request.body)

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Return a response with the reply in its envelope."""
        data = {"id": reply.id, "created_at": reply.created_at, **present(reply.members)}
        return Response(body=dump({"success": True, "data": data}, _iso))

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Return a response with an error in its envelope."""
        status, code = CODES.get(type(error), (error.status, "ERROR"))
        problem = {"code": code, "message": str(error)}
        return Response(status=status, body=dump({"success": False, "error": problem}, _iso))


def _iso(time: datetime) -> str:
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
