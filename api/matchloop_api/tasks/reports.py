"""Reports of runs, and the audit that later runs extend."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from matchloop.quality.sampled_audit import AuditDraw
from matchloop_api.store import Resource, Store, TaskRun, Transaction

__all__ = ["keep_draw", "keep_report", "kept_draw", "read_draw", "write_draw"]

_DRAW = "audit_draw"
_REPORT = "report"
_PIECE = 8 << 20


def keep_report(tx: Transaction, run: TaskRun, report: Mapping[str, Any]) -> None:
    """Store the report of a run; it is removed with its transform."""
    _add(tx, _REPORT, run, run.id, _plain(report))


def kept_draw(tx: Transaction, transform_id: str) -> str | None:
    """Return the payload of a transform's audit, None if none was drawn."""
    draws = tx.resources.all(_DRAW, scope=transform_id)
    return draws[0].name if draws else None


def read_draw(store: Store, payload: str) -> AuditDraw:
    """Read an audit that :func:`keep_draw` stored."""
    with TemporaryDirectory(prefix="matchloop-") as folder:
        path = Path(folder) / "audit"
        with store.reading() as tx, path.open("wb") as file:
            for piece in tx.payloads.pieces(payload):
                file.write(piece)
        return AuditDraw.load(path)


def write_draw(store: Store, draw: AuditDraw) -> str:
    """Write an audit and return its payload; no row points to it yet."""
    with TemporaryDirectory(prefix="matchloop-") as folder:
        path = Path(folder) / "audit"
        draw.save(path)
        with store.writing(durable=False) as tx:
            payload = tx.payloads.new(_DRAW, now=datetime.now(UTC))
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                with store.writing(durable=False) as tx:
                    tx.payloads.append(payload, piece)
    return payload


def keep_draw(tx: Transaction, run: TaskRun, payload: str, *, instead: str | None) -> None:
    """Make a payload the transform's audit, in place of the earlier one."""
    if instead is not None:
        tx.resources.remove(_DRAW, instead, scope=str(run.transform_id))
    _add(tx, _DRAW, run, payload, {})


def _add(tx: Transaction, kind: str, run: TaskRun, name: str, body: Any) -> None:
    now = datetime.now(UTC)
    tx.resources.add(
        Resource(
            kind=kind,
            scope=str(run.transform_id),
            name=name,
            body=body,
            created_at=now,
            modified_at=now,
        )
    )


def _plain(value: object) -> Any:
    """Convert numpy values, NaN and tuples to JSON values."""
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    json.dumps(value)  # a value of another type is a bug: fail before the store holds it
    return value
