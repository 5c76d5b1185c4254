"""The OpenAPI document prepared for a page: one entry for each operation and structure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Entry", "Member", "entries", "structures"]

_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} entries",
    "maxProperties": "at most {} entries",
}
_SAMPLES = {"string": "...", "integer": 1, "number": 0.5, "boolean": True, "array": []}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure; ``link`` is the structure that it holds, if any."""

    name: str
    type: str
    link: str
    required: bool
    limits: str
    says: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation of the reference."""

    name: str
    path: str
    summary: str
    asks: Sequence[Member]
    answers: Sequence[Member]
    sample: str


def entries(document: Json) -> Sequence[Entry]:
    """Return an entry for each operation of a document."""
    return [_entry(path, item["post"], document) for path, item in document["paths"].items()]


def structures(document: Json) -> Mapping[str, Sequence[Member]]:
    """Return the structures of a document by name."""
    schemas = document["components"]["schemas"]
    return {name: _members(schemas[name]) for name in sorted(schemas)}


def _entry(path: str, operation: Json, document: Json) -> Entry:
    request_schema = operation["requestBody"]["content"]["application/json"]["schema"]
    answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Entry(
        operation["operationId"],
        path,
        operation["summary"],
        _members(_resolved(request_schema, document)),
        _members(answered["properties"]["data"]),
        json.dumps(_sample(request_schema, document)),
    )


def _members(schema: Json) -> Sequence[Member]:
    required = schema.get("required", ())
    return [
        Member(name, *_type(its), name in required, _limits(its), its.get("description", ""))
        for name, its in schema.get("properties", {}).items()
    ]


def _type(schema: Json) -> tuple[str, str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, name
    kind = schema.get("type", "")
    if kind == "array":
        element, link = _type(schema["items"])
        return f"list of {element}", link
    if kind == "object" and "additionalProperties" in schema and "properties" not in schema:
        element, link = _type(schema["additionalProperties"])
        return f"map to {element}", link
    if schema.get("format") == "date-time":
        return "time", ""
    return (" or ".join(kind) if isinstance(kind, list) else kind) or "text", ""


def _limits(schema: Json) -> str:
    limits = [text.format(schema[name]) for name, text in _LIMITS.items() if name in schema]
    if "enum" in schema:
        limits.append("one of " + ", ".join(str(value) for value in schema["enum"]))
    return "; ".join(limits)


def _sample(schema: Json, document: Json) -> Any:
    schema = _resolved(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _sample(properties[name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [_sample(schema["items"], document)] if "$ref" in schema["items"] else ["..."]
    return _SAMPLES.get(kind, "...") if isinstance(kind, str) else "2026-01-01T00:00:00Z"


def _resolved(schema: Json, document: Json) -> Json:
    if "$ref" in schema:
        resolved: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return resolved
    return schema
