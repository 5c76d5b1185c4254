"""Service models, the only definition of requests and responses: botocore's and our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape

from matchloop.errors import UsageError
from matchloop_api.wire.beyond import MODEL, SERVICE
from matchloop_api.wire.operation import Operation

__all__ = ["check_offered", "input_shape", "is_known", "operation_model", "output_shape"]


@lru_cache
def _service(name: str) -> ServiceModel:
    if name == SERVICE:
        return ServiceModel(MODEL, name)
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@lru_cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Return the model of an operation.

    Raises
    ------
    botocore.model.OperationNotFoundError
        The service has no such operation.
    """
    return _service(service).operation_model(operation)


def is_known(service: str, operation: str) -> bool:
    """Return whether a service has an operation, offered here or not."""
    return operation in _service(service).operation_names


def input_shape(service: str, operation: str) -> StructureShape | None:
    """Return the shape of an operation's request; None if it has no members."""
    return operation_model(service, operation).input_shape


def output_shape(service: str, operation: str) -> StructureShape | None:
    """Return the shape of an operation's response; None if it has no members."""
    return operation_model(service, operation).output_shape


def check_offered(operations: Mapping[str, Operation] | Iterable[tuple[str, Operation]]) -> None:
    """Refuse a table with an operation that its service lacks.

    Raises
    ------
    UsageError
        A line is wrong; the error names it and suggests a name.
    """
    from difflib import get_close_matches

    for name, operation in dict(operations).items():
        if not is_known(operation.service, name):
            close = get_close_matches(name, _service(operation.service).operation_names, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise UsageError(f"the service {operation.service} has no operation '{name}'{meant}")
