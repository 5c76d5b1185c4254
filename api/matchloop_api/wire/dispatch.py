"""Answer a request: authenticate the caller, validate the request, call the operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matchloop.errors import MatchloopError
from matchloop_api.auth import Authenticator, Caller, refuse_unless_allowed
from matchloop_api.context import Context
from matchloop_api.errors import (
    InternalServiceException,
    InvalidInputException,
    SerializationException,
    ServiceError,
    StoreFailure,
    UnknownOperationException,
)
from matchloop_api.observing import log
from matchloop_api.settings import Settings
from matchloop_api.store import Deadline, HurriedStore, Store
from matchloop_api.wire import aws_json, plain, query
from matchloop_api.wire.aws_json import AwsJson
from matchloop_api.wire.dialect import Dialect, load
from matchloop_api.wire.http import Request, Response
from matchloop_api.wire.model import check_offered, input_shape, is_known, output_shape
from matchloop_api.wire.operation import Operation, Reply
from matchloop_api.wire.plain import Plain
from matchloop_api.wire.query import Query
from matchloop_api.wire.validation import validate

__all__ = ["Dispatcher", "dialect_of"]

_AWS_JSON, _PLAIN, _QUERY = AwsJson(), Plain(), Query()


def dialect_of(request: Request) -> Dialect:
    """Return the dialect of a request, by its path and content type."""
    if request.path.startswith(plain.PATH) or request.content_type == "application/json":
        return _PLAIN
    return _QUERY if request.content_type == query.CONTENT_TYPE else _AWS_JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Answers requests from a table of operations.

    Parameters
    ----------
    operations
        The operations that are offered.
    store, settings
        The server's.
    authenticator
        Authenticates callers.
    check_responses
        Whether to validate responses as well; for tests.
    """

    operations: Mapping[str, Operation]
    store: Store
    settings: Settings
    authenticator: Authenticator
    check_responses: bool = False

    def __post_init__(self) -> None:
        check_offered(self.operations)

    def respond(self, request: Request, deadline: Deadline | None = None) -> Response:
        """Return the response to any request; block while the operation works.

        Parameters
        ----------
        request
            The request.
        deadline
            When the request is given up; its later writes are rolled back.
        """
        dialect, name, requested, caller = dialect_of(request), "", "", ""
        try:
            sender = self.authenticator.authenticate(request, now=request.now)
            caller = sender.name
            requested = dialect.operation(request)
            operation = self._operation(requested, dialect)
            name = requested
            refuse_unless_allowed(sender.role, sender.name, name, service=operation.service)
            store = self.store if deadline is None else HurriedStore(self.store, deadline)
            reply = self._call(name, operation, dialect, request, sender, store)
            response, error = dialect.success(reply, name, request), ""
        except ServiceError as wrong:
            if isinstance(wrong, StoreFailure):
                log("the store fails", level="error", request_id=request.id, reason=str(wrong))
            response, error = dialect.failure(wrong, request), wrong.code
        except MatchloopError as wrong:
            response = dialect.failure(InvalidInputException(str(wrong)), request)
            error = "InvalidInputException"
        except Exception as fault:
            response, error = self._fault(fault, dialect, request), "InternalServiceException"
        return replace(
            response,
            operation=name,
            requested=requested,
            error=error,
            caller=caller,
            dialect=dialect.name,
        )

    def _operation(self, name: str, dialect: Dialect) -> Operation:
        operation = self.operations.get(name)
        if operation is None or operation.service not in dialect.services:
            service = dialect.services[0]
            offered = ", ".join(
                sorted(
                    name for name, its in self.operations.items() if its.service in dialect.services
                )
            )
            reason = "is not offered here" if is_known(service, name) else "does not exist"
            raise UnknownOperationException(
                f"the operation '{name[:128]}' {reason}; offered: {offered}"
            )
        return operation

    def _call(
        self,
        name: str,
        operation: Operation,
        dialect: Dialect,
        request: Request,
        caller: Caller,
        store: Store,
    ) -> Reply:
        if isinstance(dialect, AwsJson) and not request.content_type.startswith(
            "application/x-amz-json-1."
        ):
            raise SerializationException(
                f"the content type is '{request.content_type[:128]}'; "
                f"expected {aws_json.CONTENT_TYPE}"
            )
        members = validate(
            dialect.members(request),
            input_shape(operation.service, name),
            iso_times=dialect.strict,
            known_only=dialect.strict,
        )
        context = Context(store, self.settings, caller, request.id, request.now, name)
        reply = operation.handler(members, context)
        if self.check_responses:
            _check(name, operation, reply, request)
        return reply

    def _fault(self, fault: Exception, dialect: Dialect, request: Request) -> Response:
        log("fault", level="error", request_id=request.id, exc_info=fault)
        text = f"Internal service failure; the server's log has more under {request.id}."
        return dialect.failure(InternalServiceException(text), request)


def _check(name: str, operation: Operation, reply: Reply, request: Request) -> None:
    written = _AWS_JSON.success(reply, name, request).body
    try:
        validate(load(written), output_shape(operation.service, name), known_only=True)
    except ServiceError as wrong:
        raise AssertionError(f"the response of {name} breaks its model: {wrong}") from wrong
