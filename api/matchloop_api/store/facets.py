"""Facets: digests of searchable facts that have no column of their own.

A row has a facet for each such fact, in an indexed table. The databases limit the length of an
indexed value, and a digest is always short. The digests are stored: a change of how they are
computed needs a migration that computes them anew.
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
    """Return the facet of a GlueVersion; None stands for a definition without one."""
    return _digest("glue version", version)


def column_facet(members: Mapping[str, Any]) -> str:
    """Return the facet of transforms that have a column with all of these members."""
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
