"""Every error that the server answers with; the name of a class is its code on the wire.

::

    ServiceError                              400 by default
    ├── ValidationException                   a member breaks Glue's own model
    ├── SerializationException                the body is no JSON object
    ├── UnknownOperationException
    ├── EntityNotFoundException
    ├── AlreadyExistsException
    ├── InvalidInputException
    ├── IdempotentParameterMismatchException
    ├── AccessDeniedException
    ├── ResourceNumberLimitExceededException
    ├── ConcurrentRunsExceededException
    ├── MLTransformNotReadyException
    ├── ConcurrentModificationException
    ├── CrawlerRunningException
    ├── CrawlerNotRunningException
    ├── CrawlerStoppingException
    ├── OperationTimeoutException
    ├── RequestEntityTooLargeException        413
    ├── InternalServiceException              500
    │   └── StoreFailure                      500, InternalServiceException on the wire
    │       └── StoreFull                     507, the same
    └── AuthError                             403
        ├── MissingAuthenticationTokenException
        ├── IncompleteSignatureException
        ├── InvalidSignatureException
        ├── UnrecognizedClientException
        └── SignatureDoesNotMatch

The texts are those of the Glue developer guide, "Machine learning exceptions", where it has one.
"""

from __future__ import annotations

__all__ = [
    "AccessDeniedException",
    "AlreadyExistsException",
    "AuthError",
    "ConcurrentModificationException",
    "ConcurrentRunsExceededException",
    "CrawlerNotRunningException",
    "CrawlerRunningException",
    "CrawlerStoppingException",
    "EntityNotFoundException",
    "IdempotentParameterMismatchException",
    "IncompleteSignatureException",
    "InternalServiceException",
    "InvalidInputException",
    "InvalidSignatureException",
    "MLTransformNotReadyException",
    "MissingAuthenticationTokenException",
    "OperationTimeoutException",
    "RequestEntityTooLargeException",
    "ResourceNumberLimitExceededException",
    "SerializationException",
    "ServiceError",
    "SignatureDoesNotMatch",
    "StoreFailure",
    "StoreFull",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
]


class ServiceError(Exception):
    """An error answer; its text goes to the caller."""

    status = 400

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class ValidationException(ServiceError):
    """A member breaks a limit, pattern or enumeration of Glue's model."""


class SerializationException(ServiceError):
    """The body is no JSON object, or a member has another type."""


class UnknownOperationException(ServiceError):
    """There is no such operation, or it is not offered here."""


class EntityNotFoundException(ServiceError):
    """What the request speaks of does not exist."""


class AlreadyExistsException(ServiceError):
    """The name is taken."""


class InvalidInputException(ServiceError):
    """A value is well formed and cannot be used."""


class IdempotentParameterMismatchException(ServiceError):
    """The same identifier came with other parameters."""


class AccessDeniedException(ServiceError):
    """The caller's role does not allow the operation."""


class ResourceNumberLimitExceededException(ServiceError):
    """A limit of the account is reached."""


class ConcurrentRunsExceededException(ServiceError):
    """Too many task runs at once."""


class MLTransformNotReadyException(ServiceError):
    """The transform needs labels of both kinds first."""


class ConcurrentModificationException(ServiceError):
    """Two processes are trying to change the same thing."""


class CrawlerRunningException(ServiceError):
    """The crawler is running already."""


class CrawlerNotRunningException(ServiceError):
    """The crawler is not running."""


class CrawlerStoppingException(ServiceError):
    """The crawler is being stopped already."""


class OperationTimeoutException(ServiceError):
    """The request took longer than the server allows."""


class RequestEntityTooLargeException(ServiceError):
    """The body is longer than the server allows."""

    status = 413


class InternalServiceException(ServiceError):
    """A fault of the server; the log has more under the request id."""

    status = 500


class StoreFailure(InternalServiceException):
    """The store's disk or server fails; the text says how."""

    @property
    def code(self) -> str:
        """The code of Glue's model, as clients know no other."""
        return InternalServiceException.__name__


class StoreFull(StoreFailure):
    """The store's disk is full. SDKs retry a 500 at once, which would not help, but no 507."""

    status = 507


class AuthError(ServiceError):
    """The request does not prove who sent it."""

    status = 403


class MissingAuthenticationTokenException(AuthError):
    """The request carries no signature."""


class IncompleteSignatureException(AuthError):
    """The signature lacks a part, or is not of this form."""


class InvalidSignatureException(AuthError):
    """The signature is not the one of this request and secret."""


class UnrecognizedClientException(AuthError):
    """The access key is unknown or revoked."""


class SignatureDoesNotMatch(AuthError):
    """STS's own name for a wrong signature."""
