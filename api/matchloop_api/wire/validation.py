"""Validate a request against the shapes of a service model and convert it to Python values.

One walk visits shape and value together. A value with the wrong JSON type ends the walk with a
SerializationException. Violations of the model's constraints are collected into one
ValidationException, in the words of AWS::

    1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint:
    Member must have value less than or equal to 1000

botocore's own ParamValidator checks neither maxima nor enumerations nor patterns, and it accepts a
boolean as a number. A member that is null counts as absent.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from matchloop_api.errors import SerializationException, ValidationException
from matchloop_api.wire.constraints import Constraint, constraints_of

__all__ = ["validate"]

_SHOWN = 256  # characters of a wrong value that an error text shows
_NULL = "Member must not be null"
_INTEGERS = {"integer": (2**31, "an Integer"), "long": (2**63, "a Long")}


def validate(
    members: Any,
    shape: StructureShape | None,
    *,
    iso_times: bool = False,
    known_only: bool = False,
) -> Mapping[str, Any]:
    """Validate a request and return its members as Python values.

    Parameters
    ----------
    members
        The request, parsed from JSON.
    shape
        The shape of the operation's request.
    iso_times
        Whether a time may be ISO 8601 text, besides seconds since 1970.
    known_only
        Whether unknown members are refused; otherwise they are dropped.

    Raises
    ------
    SerializationException
        A value has the wrong JSON type.
    ValidationException
        A value violates a constraint of the model.
    """
    if shape is None:
        return {}
    walk = _Walk(iso_times, known_only)
    made: Mapping[str, Any] = _check_of_request(shape)(members, "", walk)
    if problems := walk.problems:
        errors = "error" if len(problems) == 1 else "errors"
        raise ValidationException(
            f"{len(problems)} validation {errors} detected: {'; '.join(problems)}"
        )
    return made


@dataclass(slots=True)
class _Walk:
    """The options of a walk over a request, and the problems that it has collected."""

    iso_times: bool
    known_only: bool
    problems: list[str] = field(default_factory=list)

    def report(self, value: Any, path: str, text: str) -> None:
        shown = "null" if value is None else f"'{_shown(value)}'"
        self.problems.append(f"Value {shown} at '{path}' failed to satisfy constraint: {text}")

    def test(self, value: Any, path: str, constraints: Sequence[Constraint]) -> None:
        for constraint in constraints:
            if not constraint.holds(value):
                self.report(value, path, constraint.text)

    def test_each(
        self,
        values: Iterable[Any],
        whole: Any,
        path: str,
        constraints: Sequence[Constraint],
        subject: str,
    ) -> None:
        if not all(constraint.holds(value) for value in values for constraint in constraints):
            texts = ", ".join(constraint.text for constraint in constraints)
            self.report(whole, path, f"{subject} must satisfy constraint: [{texts}]")

    def unknown(self, name: str, path: str, members: Iterable[str]) -> None:
        close = get_close_matches(name[:_SHOWN], list(members), 1)
        meant = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(members)}"
        where = f" at '{path}'" if path else ""
        self.problems.append(f"Unknown member '{name[:_SHOWN]}'{where}{meant}")


Check = Callable[[Any, str, _Walk], Any]


@lru_cache
def _check_of_request(shape: StructureShape) -> Check:
    return _Checks().of(shape)


class _Checks:
    """The checks of shapes, each built at its first use, because shapes may contain themselves."""

    def __init__(self) -> None:
        self._made: dict[str, Check] = {}

    def of(self, shape: Shape) -> Check:
        if (check := self._made.get(shape.name)) is None:
            check = self._made[shape.name] = self._make(shape)
        return check

    def _make(self, shape: Shape) -> Check:
        if isinstance(shape, StructureShape):
            return _take if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        convert, constraints = _converter(shape), constraints_of(shape)

        def check(value: Any, path: str, walk: _Walk) -> Any:
            made = convert(value, path, walk)
            walk.test(made, path, constraints)
            return made

        return check

    def _structure(self, shape: StructureShape) -> Check:
        required = [(name, _camel(name)) for name in shape.required_members]
        members = shape.members
        checks: dict[str, tuple[Check, str]] = {}

        def check(value: Any, path: str, walk: _Walk) -> Any:
            if not isinstance(value, dict):
                raise _mistyped(value, path, "a structure")
            before = f"{path}." if path else ""
            made = {}
            for name, item_value in value.items():
                if item_value is None:
                    continue
                if (member := checks.get(name)) is None:
                    if name not in members:
                        if walk.known_only:
                            walk.unknown(name, path, members)
                        continue
                    member = checks[name] = (self.of(members[name]), _camel(name))
                made[name] = member[0](item_value, before + member[1], walk)
            for name, shown in required:
                if name not in made:
                    walk.report(None, before + shown, _NULL)
            if shape.is_tagged_union and len(made) != 1:
                walk.report(value, path, "Member must have exactly one of its members")
            return made

        return check

    def _list(self, shape: ListShape) -> Check:
        item, sizes = shape.member, constraints_of(shape)
        scalar = _is_scalar(item)
        each = constraints_of(item) if scalar else ()

        def check(value: Any, path: str, walk: _Walk) -> Any:
            if not isinstance(value, list):
                raise _mistyped(value, path, "a list")
            walk.test(value, path, sizes)
            convert = _converter(item) if scalar else self.of(item)
            made = []
            for position, element in enumerate(value, start=1):
                where = f"{path}.{position}.member"
                if element is None:
                    walk.report(None, where, _NULL)
                else:
                    made.append(convert(element, where, walk))
            walk.test_each(made, value, path, each, "Member")
            return made

        return check

    def _map(self, shape: MapShape) -> Check:
        item, sizes, keys = shape.value, constraints_of(shape), constraints_of(shape.key)
        scalar = _is_scalar(item)
        each = constraints_of(item) if scalar else ()

        def check(value: Any, path: str, walk: _Walk) -> Any:
            if not isinstance(value, dict):
                raise _mistyped(value, path, "a map")
            walk.test(value, path, sizes)
            walk.test_each(value, value, path, keys, "Map keys")
            convert = _converter(item) if scalar else self.of(item)
            made = {}
            for key, element in value.items():
                where = f"{path}.{key[:_SHOWN]}.member"
                if element is None:
                    walk.report(None, where, _NULL)
                else:
                    made[key] = convert(element, where, walk)
            walk.test_each(made.values(), value, path, each, "Map value")
            return made

        return check


def _is_scalar(shape: Shape) -> bool:
    return shape.type_name not in ("structure", "list", "map")


def _take(value: Any, path: str, walk: _Walk) -> Any:
    return value


def _converter(shape: Shape) -> Check:
    return _CONVERTERS[shape.type_name]


def _string(value: Any, path: str, walk: _Walk) -> Any:
    if not isinstance(value, str):
        raise _mistyped(value, path, "a String")
    return value


def _boolean(value: Any, path: str, walk: _Walk) -> Any:
    if not isinstance(value, bool):
        raise _mistyped(value, path, "a Boolean")
    return value


def _float(value: Any, path: str, walk: _Walk) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mistyped(value, path, "a Double")
    return value


def _integer(value: Any, path: str, walk: _Walk) -> Any:
    return _whole(value, path, "integer")


def _long(value: Any, path: str, walk: _Walk) -> Any:
    return _whole(value, path, "long")


def _whole(value: Any, path: str, kind: str) -> int:
    bound, name = _INTEGERS[kind]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -bound <= value < bound:
        raise _mistyped(value, path, name)
    return value


def _timestamp(value: Any, path: str, walk: _Walk) -> Any:
    try:
        if isinstance(value, str) and walk.iso_times:
            made = datetime.fromisoformat(value)
            return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise _mistyped(value, path, "a Timestamp")


def _blob(value: Any, path: str, walk: _Walk) -> Any:
    try:
        return base64.b64decode(cast(str, _string(value, path, walk)), validate=True)
    except (binascii.Error, ValueError):
        raise _mistyped(value, path, "a Blob") from None


_CONVERTERS: Mapping[str, Check] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _float,
    "float": _float,
    "integer": _integer,
    "long": _long,
    "string": _string,
    "timestamp": _timestamp,
}


def _mistyped(value: Any, path: str, expected: str) -> SerializationException:
    name = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE", dict: "OBJECT_VALUE",
            list: "ARRAY_VALUE", type(None): "NULL_VALUE"}.get(type(value))  # fmt: skip
    if isinstance(value, bool):
        name = "TRUE_VALUE" if value else "FALSE_VALUE"
    where = f" at '{path}'" if path else ""
    shown = "" if isinstance(value, (dict, list)) else f" ({_shown(value)})"
    return SerializationException(f"{name}{shown}{where} can not be converted to {expected}")


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key}={_brief(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(_brief(item) for item in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _brief(value: Any) -> str:
    return "..." if isinstance(value, (dict, list)) else str(value)[:_SHOWN]
