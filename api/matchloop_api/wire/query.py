"""The query protocol of STS: a form is answered with XML. Terraform reads its identity with it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from matchloop_api.errors import SerializationException, ServiceError, UnknownOperationException
from matchloop_api.wire.http import Request, Response
from matchloop_api.wire.operation import Reply

__all__ = ["CONTENT_TYPE", "Query"]

CONTENT_TYPE = "application/x-www-form-urlencoded"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_CODES = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "AccessDeniedException": "AccessDenied",
    "ValidationException": "ValidationError",
    "SerializationException": "MalformedInput",
    "UnknownOperationException": "InvalidAction",
    "InternalServiceException": "InternalFailure",
}


class Query:
    """The dialect of STS's own protocol."""

    name = "query"
    name = "query"
    services: tuple[str, ...] = ("sts",)
    strict = False

    def operation(self, request: Request) -> str:
        """Return the action in the form."""
        action = _form(request).get("Action", "")
        if not action:
            raise UnknownOperationException("the form names no Action")
        return action

    def members(self, request: Request) -> Any:
        """Return the form's other fields."""
        form = _form(request)
        return {name: value for name, value in form.items() if name not in ("Action", "Version")}

    def success(self, reply: Reply, operation: str, request: Request) -> Response:
        """Return a response with the members of the reply."""
        result = "".join(
            f"<{name}>{_text(value)}</{name}>"
            for name, value in reply.members.items()
            if value is not None
        )
        body = (
            f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{result}'
            f"</{operation}Result><ResponseMetadata><RequestId>{request.id}</RequestId>"
            f"</ResponseMetadata></{operation}Response>"
        )
        return Response(body=body.encode(), content_type="text/xml")

    def failure(self, error: ServiceError, request: Request) -> Response:
        """Return a response with the code and text of an error."""
        sender = "Receiver" if error.status >= 500 else "Sender"
        body = (
            f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{sender}</Type>'
            f"<Code>{_CODES.get(error.code, error.code)}</Code>"
            f"<Message>{_text(error)}</Message></Error>"
            f"<RequestId>{request.id}</RequestId></ErrorResponse>"
        )
        return Response(status=error.status, body=body.encode(), content_type="text/xml")


def _form(request: Request) -> dict[str, str]:
    try:
        fields = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise SerializationException("the body is no form of at most 100 fields") from None
    return dict(fields)


def _text(value: Any) -> str:
    return escape(_NOT_XML.sub("?", str(value)))
