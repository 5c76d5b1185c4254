"""Read and check events of the page, and detect other content under the same id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matchloop_api.errors import InvalidInputException
from matchloop_api.store import PageEvent

__all__ = ["KINDS", "LETTERS", "MOST_ROWS", "number_of", "parsed", "set_name"]

KINDS = frozenset(
    {
        "add_row",
        "flag",
        "focus",
        "gather",
        "hide",
        "note",
        "paint",
        "redo",
        "show",
        "skip",
        "submit",
        "undo",
    }
)

MOST_ROWS = 50
"""Rows of a set at most."""

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = frozenset([*_LATIN, *(f"A{letter}" for letter in _LATIN[:24])])
"""Names of groups inside a set."""

_TEXT = {"remark": 4_000, "reason": 200, "input": 10, "key": 40, "page": 40, "target": 100}
_SESSION = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SET = re.compile(r"S([1-9][0-9]{0,8})")
_LARGEST = 1 << 53


def set_name(number: int) -> str:
    """Return the name of a set on the page."""
    return f"S{number}"


def number_of(name: object) -> int:
    """Return the number of a set by its name on the page; 0 if there is no such name."""
    name_match = _SET.fullmatch(name) if isinstance(name, str) else None
    return int(name_match[1]) if name_match else 0


def parsed(raw: object, transform_id: str, person: str, now: datetime) -> PageEvent:
    """Return an event with the transform, person and time that the server knows.

    Raises
    ------
    InvalidInputException
        The event has another form than the page's.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInputException("an event is a JSON object")
    session, n = raw.get("session"), raw.get("n")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise InvalidInputException("'session' is 8 to 64 letters, digits or dashes")
    if not _is_count(n):
        raise InvalidInputException("'n' is a whole number from 0")
    if raw.get("id") != f"{session}-{n}":
        raise InvalidInputException("'id' is the session, a dash and the number")
    if raw.get("kind") not in KINDS:
        raise InvalidInputException(f"'kind' is one of {', '.join(sorted(KINDS))}")
    for name, longest in _TEXT.items():
        value = raw.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > longest):
            raise InvalidInputException(f"'{name}' is a text of at most {longest} characters")
    for name in ("t", "since_shown_ms", "set_version"):
        if name in raw and not _is_count(raw[name]):
            raise InvalidInputException(f"'{name}' is a whole number from 0")
    _check_kind(raw)
    return PageEvent(
        id=str(raw["id"]),
        transform_id=transform_id,
        number=number_of(raw.get("set")),
        person=person,
        session=session,
        n=n,  # type: ignore[arg-type]
        at=now,
        body=raw,
    )


def _check_kind(raw: Mapping[str, Any]) -> None:
    kind = raw["kind"]
    if kind in ("paint", "add_row", "flag", "note") and not _are_tokens(raw.get("rows")):
        raise InvalidInputException(f"'rows' of {kind} is a list of 1 to {MOST_ROWS} tokens")
    if kind == "paint":
        to = raw.get("to")
        if not isinstance(to, list) or len(to) != len(raw["rows"]):
            raise InvalidInputException("'to' of paint has a letter or null for each row")
        if not all(item is None or item in LETTERS for item in to):
            raise InvalidInputException("'to' of paint holds letters A to Z, AA to AX, or null")
    if kind in ("undo", "redo") and not isinstance(raw.get("target"), str):
        raise InvalidInputException(f"'target' of {kind} is the id of an event")
    if kind == "submit":
        partition = raw.get("partition")
        if not isinstance(partition, Mapping) or not _are_tokens(list(partition)):
            raise InvalidInputException("'partition' of submit has a letter or null for each row")
        if not all(item is None or item in LETTERS for item in partition.values()):
            raise InvalidInputException("'partition' holds letters A to Z, AA to AX, or null")


def _are_tokens(raw: object) -> bool:
    return (
        isinstance(raw, list)
        and 0 < len(raw) <= MOST_ROWS
        and all(isinstance(item, str) and len(item) <= 40 for item in raw)
    )


def _is_count(raw: object) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _LARGEST
