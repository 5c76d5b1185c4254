"""Findings of runs about a transform's labels, stored for the end page of the labelling page.

The web process has no model. The runs that fit one store the findings that the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matchloop_api.store import Resource, Transaction

__all__ = ["intervals_of", "keep_advice", "kept_advice"]

_KIND, _NAME = "label_advice", "advice"


def keep_advice(
    tx: Transaction, transform_id: str, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """Store members of the advice; the others stay.

    Members are ``doubted``, ids of the sets for a second look, the worst first;
    ``advice``, one sentence; ``enough``, whether labels are enough; ``groups``, their number;
    ``changed``, the groups that the labels since the run before changed; and ``estimate``, as
    :func:`intervals_of` returns it.
    """
    kept = tx.resources.get(_KIND, _NAME, scope=transform_id)
    made = Resource(
        kind=_KIND,
        scope=transform_id,
        name=_NAME,
        body={**({} if kept is None else kept.body), **changes},
        created_at=now if kept is None else kept.created_at,
        modified_at=now,
    )
    if kept is None:
        tx.resources.add(made)
    else:
        tx.resources.replace(made)


def kept_advice(tx: Transaction, transform_id: str) -> Mapping[str, Any]:
    """Return what the latest runs stored; empty before the first run."""
    kept = tx.resources.get(_KIND, _NAME, scope=transform_id)
    return {} if kept is None else kept.body


def intervals_of(quality: Any) -> dict[str, list[float]]:
    """Return value, low and high of precision, recall and F1 of an estimate from an audit."""
    return {
        name: [float(number) for number in (interval.value, interval.low, interval.high)]
        for name, interval in (
            ("precision", quality.precision),
            ("recall", quality.recall),
            ("f1", quality.f1),
        )
    }
