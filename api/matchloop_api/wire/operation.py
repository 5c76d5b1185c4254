"""The interface between the wire and the operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from matchloop_api.context import Context

__all__ = ["Handler", "Operation", "Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of an operation.

    Parameters
    ----------
    members
        The members of the response, named as in Glue's model. Times are :class:`datetime` with a
        time zone; members that are None are left out.
    id
        The id of the resource, for the plain dialect's envelope: a TaskRunId, a TransformId, or a
        name if the resource has no id.
    created_at
        When that resource was created.
    """

    members: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    created_at: datetime | None = None


Handler = Callable[[Any, Context], Reply]
"""Takes a validated request, a mapping in the names of Glue's model; a ServiceError refuses it.

The request may be typed by the model's own TypedDict.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of the table of operations.

    Parameters
    ----------
    handler
        The function that carries it out. It is called in a thread and may block.
    service
        The service whose model defines it: botocore's ``glue`` or ``sts``, or ``matchloop``.
    """

    handler: Handler
    service: str = "glue"
