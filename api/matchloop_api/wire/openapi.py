"""The OpenAPI document of the plain dialect, generated from service models and operations."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from matchloop_api.wire.model import input_shape, output_shape
from matchloop_api.wire.operation import Operation
from matchloop_api.wire.plain import CODES, PATH

__all__ = ["openapi_document"]

_SCALARS: Mapping[str, Mapping[str, Any]] = {
    "blob": {"type": "string", "format": "byte"},
    "boolean": {"type": "boolean"},
    "double": {"type": "number"},
    "float": {"type": "number"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "string": {"type": "string"},
    "timestamp": {"type": ["string", "number"], "format": "date-time"},
}
_LARGE = 60  # a structure with more members is documented as an object without details
_TAG = re.compile(r"<[^>]*>")

_FREE_TEXT = r"\uD800\uDC00-\uDBFF\uDFFF"
"""Stands in the patterns of text that only control characters are kept out of: no form to show."""

Json = dict[str, Any]


def openapi_document(operations: Mapping[str, Operation], *, version: str) -> Json:
    """Return the OpenAPI 3.1 document of ``POST /v1/<Operation>`` for a table of operations."""
    schemas = _Schemas()
    paths = {
        f"{PATH}{name}": {"post": _operation(name, operation, schemas)}
        for name, operation in sorted(operations.items())
    }
    codes = sorted({code for _, code in CODES.values()})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "matchloop",
            "version": version,
            "description": (
                "Plain JSON over the operations of AWS Glue that this server offers. AWS's own "
                "clients use POST / with X-Amz-Target instead."
            ),
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.made, "Error": _error_schema(codes)},
            "responses": {"Error": _response("What went wrong.", {"$ref": _ref("Error")})},
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4; asked for once an access key exists.",
                }
            },
        },
        "security": [{}, {"sigv4": []}],
    }


def _operation(name: str, operation: Operation, schemas: _Schemas) -> Json:
    shape = input_shape(operation.service, name)
    answered = output_shape(operation.service, name)
    members = schemas.members(answered) if answered is not None else {}
    data: Json = {
        "type": "object",
        "properties": {
            "id": {"type": ["string", "null"]},
            "created_at": {"type": ["string", "null"], "format": "date-time"},
            **members.get("properties", {}),
        },
        "required": ["id", "created_at", *members.get("required", [])],
    }
    envelope = {
        "type": "object",
        "properties": {"success": {"const": True}, "data": data},
        "required": ["success", "data"],
    }
    statuses = sorted({status for status, _ in CODES.values()})
    body = schemas.of(shape) if shape is not None else {"type": "object"}
    return {
        "operationId": name,
        "summary": _summary(operation),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": _response("Done, or accepted.", envelope),
            **{str(status): {"$ref": "#/components/responses/Error"} for status in statuses},
        },
    }


class _Schemas:
    """The schemas of the structures in requests and responses."""

    def __init__(self) -> None:
        self.made: Json = {}

    def of(self, shape: Shape) -> Json:
        if isinstance(shape, StructureShape):
            if shape.is_document_type or len(shape.members) > _LARGE:
                return {"type": "object"}
            if shape.name not in self.made:
                # A placeholder while the schema is built, because shapes may contain themselves.
                self.made[shape.name] = {}
                self.made[shape.name] = self.members(shape)
            return {"$ref": _ref(shape.name)}
        if isinstance(shape, ListShape):
            return {"type": "array", "items": self.of(shape.member)} | _sizes(shape, "Items")
        if isinstance(shape, MapShape):
            return {
                "type": "object",
                "propertyNames": self.of(shape.key),
                "additionalProperties": self.of(shape.value),
            } | _sizes(shape, "Properties")
        return _scalar(shape)

    def members(self, shape: StructureShape) -> Json:
        made: Json = {"type": "object", "properties": {}, "additionalProperties": False}
        for name, member in shape.members.items():
            schema = self.of(member)
            if sentence := _first_sentence(member.documentation):
                schema = schema | {"description": sentence}
            made["properties"][name] = schema
        if shape.required_members:
            made["required"] = list(shape.required_members)
        return made


def _scalar(shape: Shape) -> Json:
    made = dict(_SCALARS[shape.type_name])
    if allowed := getattr(shape, "enum", None):
        return made | {"enum": list(allowed)}
    pattern = str(shape.metadata.get("pattern", ""))
    if pattern and _FREE_TEXT not in pattern:
        made["pattern"] = f"^(?:{pattern})$"
    if made["type"] == "string":
        return made | _sizes(shape, "Length")
    names = {"min": "minimum", "max": "maximum"}
    return made | {names[k]: v for k, v in shape.metadata.items() if k in names}


def _sizes(shape: Shape, what: str) -> Json:
    return {f"{k}{what}": v for k, v in shape.metadata.items() if k in ("min", "max")}


def _summary(operation: Operation) -> str:
    return (inspect.getdoc(operation.handler) or "").partition("\n\n")[0].replace("\n", " ")


def _first_sentence(documentation: str) -> str:
    text = " ".join(html.unescape(_TAG.sub("", documentation)).split())
    return text.partition(". ")[0].rstrip(".")[:300]


def _error_schema(codes: list[str]) -> Json:
    error = {
        "type": "object",
        "properties": {"code": {"enum": codes}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    return {
        "type": "object",
        "properties": {"success": {"const": False}, "error": error},
        "required": ["success", "error"],
    }


def _response(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"
