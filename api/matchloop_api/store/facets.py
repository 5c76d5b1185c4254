"""Facets: digests of the facts by which rows are found that have no column of their own.

A row has a facet for each such fact, in an indexed table. A digest is short, whatever the fact
holds; the databases limit the length of what they index. The digests are stored: whoever changes
how they are made must write a migration that makes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from hashlib import sha256
from itertools import chain, combinations
from typing import Any

__all__ = ["column_facet", "tag_facet", "tag_facets", "transform_facets", "version_facet"]

_BYTES = 16


def tag_facet(key: str, value: str) -> str:
    """Return the facet of a resource with a tag."""
    return _digest("tag", key, value)


def tag_facets(tags: Mapping[str, str]) -> Set[str]:
    """Return the facets of a resource's tags."""
    return {tag_facet(key, value) for key, value in tags.items()}


def version_facet(version: str | None) -> str:
    """Return the facet of a transform of a GlueVersion, None where its definition has none."""
    return _digest("glue version", version)


def column_facet(members: Mapping[str, Any]) -> str:
    """Return the facet of a transform with some column of which these members are a part."""
    return _digest("column", sorted(members.items()))


def transform_facets(
    definition: Mapping[str, Any], schema: Iterable[Mapping[str, Any]]
) -> Set[str]:
    """Return all facets of a transform."""
    parts = chain.from_iterable(
        combinations(column.items(), size) for column in schema for size in range(len(column) + 1)
    )
    return {version_facet(definition.get("GlueVersion")), *(column_facet(dict(p)) for p in parts)}


def _digest(*fact: Any) -> str:
    return sha256(json.dumps(fact).encode()).hexdigest()[: 2 * _BYTES]
