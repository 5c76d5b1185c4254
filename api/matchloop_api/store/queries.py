"""Selections of rows: filters, order and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from matchloop_api.store.rows import RunStatus, RunType

__all__ = ["RunQuery", "TransformQuery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformQuery:
    """A selection of transforms and their order.

    Parameters
    ----------
    name, status, created_before, created_after, modified_before, modified_after
        Filters; None lets all through. The bounds are exclusive.
    glue_versions
        GlueVersions, one of which a transform must have; None stands for a definition without
        one. Empty lets all through.
    columns
        For each mapping, some column of the schema must have all of its members.
    tags
        Tags that a transform must all have.
    sort
        ``name``, ``status``, ``created_at`` or ``modified_at``. Ties, and all without a sort,
        are ordered newest first, then by id.
    descending
        Whether the order is descending; the order of ties stays.
    offset, limit
        The part of the result to return.
    """

    name: str | None = None
    status: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    modified_before: datetime | None = None
    modified_after: datetime | None = None
    glue_versions: tuple[str | None, ...] = ()
    columns: tuple[Mapping[str, Any], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """A selection of the task runs of a transform and their order.

    Parameters
    ----------
    transform_id
        The transform.
    type, status, started_before, started_after
        Filters; None lets all through. The bounds are exclusive.
    types
        Types, one of which a run must have; empty lets all through.
    sort
        ``type``, ``status`` or ``started_at``; ties are ordered by start, then by id.
    descending
        Whether the order is descending.
    offset, limit
        The part of the result to return.
    """

    transform_id: str
    type: RunType | None = None
    types: tuple[RunType, ...] = tuple(RunType)
    status: RunStatus | None = None
    started_before: datetime | None = None
    started_after: datetime | None = None
    sort: str = "started_at"
    descending: bool = True
    offset: int = 0
    limit: int = 100
