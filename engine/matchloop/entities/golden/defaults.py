"""Rules of columns that have none of their own, by kind."""

from __future__ import annotations

from matchloop.data.records import Kind
from matchloop.entities.golden.rules import Chain, Rule

__all__ = ["chain_of"]

_FREQUENT, _LONGEST, _COMPLETE = Rule("most_frequent"), Rule("longest"), Rule("most_complete")

# Long is full where words are abbreviated or cut; a longer number or code is no better one.
_BY_KIND: dict[Kind, Chain] = {
    Kind.NAME: (_FREQUENT, _LONGEST, _COMPLETE),
    Kind.TEXT: (_FREQUENT, _LONGEST, _COMPLETE),
    Kind.DATE: (_FREQUENT, _LONGEST, _COMPLETE),
    Kind.LOCATION: (_FREQUENT, _LONGEST, _COMPLETE),
    Kind.CATEGORY: (_FREQUENT, _COMPLETE),
    Kind.NUMBER: (_FREQUENT, _COMPLETE),
    Kind.IDENTIFIER: (_FREQUENT, _COMPLETE),
}


def chain_of(kind: Kind) -> Chain:
    """Return the chain of a column of a kind."""
    return _BY_KIND[kind]
