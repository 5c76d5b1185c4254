"""Verify the Signature Version 4 of a request, with botocore's own code of the signing side.

Besides a matching signature, a request must meet these conditions. Host, the time and every
``x-amz-`` header are signed. The time is near now. The scope names the day, the service and
``aws4_request``. A hash in the headers is that of the body. Paths that differ only in ``//``,
``/./`` or ``/../`` count as equal, as in AWS.

No error text holds any part of a signature or a token.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Protocol, cast

from botocore.auth import SigV4Auth

from matchloop_api.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SignatureDoesNotMatch,
    UnrecognizedClientException,
)

__all__ = ["Request", "Scope", "derive_key", "verify"]

_ALGORITHM = "AWS4-HMAC-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"
_STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_UNSIGNED = frozenset({"x-amz-user-agent"})
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_UNKNOWN = "The security token included in the request is invalid."


class Request(Protocol):
    """A request as received."""

    @property
    def method(self) -> str:
        """The method, in upper case."""
        ...

    @property
    def path(self) -> str:
        """The path of the request line, still percent-encoded."""
        ...

    @property
    def query(self) -> str:
        """The query of the request line, without its question mark."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers: names in lower case, repeated headers joined with commas."""
        ...

    @property
    def body(self) -> bytes:
        """The complete body."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a signing key."""

    key_id: str
    day: str
    region: str
    service: str


SigningKey = Callable[[Scope], bytes | None]
"""Returns the signing key of a scope; None where there is no such access key."""


def derive_key(secret: str, scope: Scope) -> bytes:
    """Return the signing key of a scope, derived from a secret."""
    key = f"AWS4{secret}".encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key


_NOBODY = derive_key("nobody", Scope("", "20000101", "nowhere", "none"))


def verify(
    request: Request,
    signing_key: SigningKey,
    *,
    now: datetime,
    skew_s: float,
    services: Collection[str] = ("glue", "sts"),
) -> Scope:
    """Verify a request and return the scope of its signature.

    Parameters
    ----------
    request
        The request.
    signing_key
        Returns the signing key of a scope; called once, with a well-formed scope.
    now
        The time, in UTC.
    skew_s
        Seconds that the time of the signature may differ from ``now``.
    services
        Services that a scope may name.

    Raises
    ------
    AuthError
        The request does not prove its sender.
    """
    headers = request.headers
    scope, names, signature = _read_authorization(request, headers)
    stamp = _timestamp(headers, names)
    _check_scope(scope, stamp, services)
    _check_time(stamp, now, skew_s)
    _check_signed(request, headers, names)
    key = signing_key(scope)
    # An unknown key takes as long as a wrong secret, so that timing reveals no key.
    expected = _signature(request, names, stamp, scope, key or _NOBODY)
    matches = hmac.compare_digest(expected.encode(), signature.encode())
    if key is None or "x-amz-security-token" in headers:
        # Access keys of this server are long-lived, so none of them has a session token.
        raise UnrecognizedClientException(_UNKNOWN)
    if not matches:
        error = SignatureDoesNotMatch if scope.service == "sts" else InvalidSignatureException
        raise error(_MISMATCH)
    return scope


class _Headers(dict[str, str]):
    """Signed headers with the part of botocore's HTTPHeaders that its signer uses."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get_all(self, name: str) -> list[str]:
        return [self[name]]


class _Verifier(SigV4Auth):
    """botocore's signer with a fixed set of signed headers and a fixed signing key."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(cast(Any, None), scope.service, scope.region)

    def headers_to_sign(self, request: Any) -> Any:
        return request.headers


@dataclass(frozen=True, slots=True)
class _Signed:
    """The part of AWSRequest that botocore's signer reads."""

    method: str
    url: str
    headers: _Headers
    body: bytes
    context: Mapping[str, Any]
    params: None = None


def _signature(
    request: Request, names: Collection[str], stamp: str, scope: Scope, signing_key: bytes
) -> str:
    query = f"?{request.query}" if request.query else ""
    rebuilt: Any = _Signed(
        method=request.method,
        url=f"http://host{request.path}{query}",
        headers=_Headers({name: request.headers[name] for name in names}),
        body=request.body,
        context={"timestamp": stamp},
    )
    verifier = _Verifier(scope)
    text = verifier.string_to_sign(rebuilt, verifier.canonical_request(rebuilt))
    return hmac.new(signing_key, text.encode(), sha256).hexdigest()


def _read_authorization(
    request: Request, headers: Mapping[str, str]
) -> tuple[Scope, frozenset[str], str]:
    if "X-Amz-Signature=" in request.query or "X-Amz-Algorithm=" in request.query:
        raise IncompleteSignatureException(
            "A signature in the query string is not accepted here; "
            "sign the request in its Authorization header."
        )
    if "authorization" not in headers:
        raise MissingAuthenticationTokenException("Missing Authentication Token")
    algorithm, _, rest = headers["authorization"].strip().partition(" ")
    if algorithm != _ALGORITHM:
        raise IncompleteSignatureException(
            f"Unsupported algorithm in the Authorization header; expected {_ALGORITHM}."
        )
    parts = [part.strip().partition("=") for part in rest.split(",")]
    fields = {name: value for name, _, value in parts if value}
    wanted = ("Credential", "Signature", "SignedHeaders")
    missing = [name for name in wanted if name not in fields]
    if missing or len(parts) != len(wanted):
        lacking = [f"Authorization header requires '{name}' parameter." for name in missing]
        raise IncompleteSignatureException(
            " ".join(lacking) or "Authorization header has parameters that are not known."
        )
    credential = fields["Credential"].split("/")
    if len(credential) != 5 or credential[4] != "aws4_request":
        raise IncompleteSignatureException(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/aws4_request."
        )
    names = frozenset(fields["SignedHeaders"].split(";"))
    return Scope(*credential[:4]), names, fields["Signature"]


def _timestamp(headers: Mapping[str, str], names: Collection[str]) -> str:
    """Return the time of the signature in its signed form."""
    if "x-amz-date" in headers:
        stamp = headers["x-amz-date"].strip()
        if not _STAMP.fullmatch(stamp):
            raise IncompleteSignatureException(
                "Date must be in ISO-8601 'basic format', e.g. 20260131T235959Z."
            )
        return stamp
    if "date" not in headers or "date" not in names:
        raise IncompleteSignatureException(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC).strftime(_TIME)
    except (ValueError, OverflowError):
        raise IncompleteSignatureException("The header 'date' is no date.") from None


def _check_scope(scope: Scope, stamp: str, services: Collection[str]) -> None:
    if scope.day != stamp[:8]:
        raise InvalidSignatureException(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: expected '{stamp[:8]}'."
        )
    if scope.service not in services:
        raise InvalidSignatureException(
            f"Credential should be scoped to correct service: '{min(services)}'."
        )
    if not scope.region:
        raise InvalidSignatureException("Credential should be scoped to a valid region.")


def _check_time(stamp: str, now: datetime, skew_s: float) -> None:
    try:
        at = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise IncompleteSignatureException(f"'{stamp}' is no time.") from None
    skew, minutes = timedelta(seconds=skew_s), f"{skew_s / 60:g} min."
    if at < now - skew:
        raise InvalidSignatureException(
            f"Signature expired: {stamp} is now earlier than {(now - skew).strftime(_TIME)} "
            f"({now.strftime(_TIME)} - {minutes})"
        )
    if at > now + skew:
        raise InvalidSignatureException(
            f"Signature not yet current: {stamp} is still later than "
            f"{(now + skew).strftime(_TIME)} ({now.strftime(_TIME)} + {minutes})"
        )


def _check_signed(request: Request, headers: Mapping[str, str], names: Collection[str]) -> None:
    missing = sorted(name for name in names if name not in headers)
    if missing:
        raise InvalidSignatureException(
            f"{len(missing)} of the signed headers are not in the request."
        )
    must = {"host"} | {name for name in headers if name.startswith("x-amz-")} - _UNSIGNED
    unsigned = sorted(must.difference(names))
    if unsigned:
        raise InvalidSignatureException(
            f"Headers must be signed and are not: {', '.join(unsigned)}."
        )
    values = [headers[name].replace("\t", " ") for name in names]
    if not all(value.isascii() and value.isprintable() for value in values):
        raise InvalidSignatureException("A signed header holds other than printable ASCII.")
    if not request.path.startswith("/") or "#" in request.path or "#" in request.query:
        raise InvalidSignatureException("The path or query is not of this form: /path?name=value.")
    if "x-amz-content-sha256" in headers:
        sent = headers["x-amz-content-sha256"].strip()
        if not hmac.compare_digest(sent.encode(), sha256(request.body).hexdigest().encode()):
            raise InvalidSignatureException(
                "The provided 'x-amz-content-sha256' header is not the hash of the body; "
                "an unsigned or chunked body is not accepted."
            )
