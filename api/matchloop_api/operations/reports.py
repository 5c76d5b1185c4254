"""Reports beyond Glue: label checks, agreement of annotators, and honest quality.

A run of its own type makes each report, and only these operations show that run. The metrics of
GetMLTransform stay those of Glue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from matchloop.errors import MatchloopError
from matchloop_api.errors import (
    EntityNotFoundException,
    InvalidInputException,
    MLTransformNotReadyException,
    ServiceError,
)
from matchloop_api.operations.starting import accept, check_input, check_limits
from matchloop_api.operations.task_runs import find_run, find_runs
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.places import Places, join
from matchloop_api.store import REPORTS, RunQuery, RunType
from matchloop_api.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matchloop_api.context import Context
    from matchloop_api.store import TaskRun, Transform

__all__ = ["find", "get", "start_agreement", "start_draw", "start_label_audit", "start_quality"]

_PAIRS = 100


def start_label_audit(request: Mapping[str, Any], context: Context) -> Reply:
    """Start a check of a transform's labels."""
    return _start(RunType.LABEL_AUDIT, request, context)


def start_agreement(request: Mapping[str, Any], context: Context) -> Reply:
    """Start a comparison of the labels of several annotators or files."""
    return _start(RunType.LABEL_AGREEMENT, {"By": "PERSON", **request}, context)


def start_draw(request: Mapping[str, Any], context: Context) -> Reply:
    """Start a sampled audit, or draw further questions for it."""
    return _start(RunType.AUDIT_DRAW, {"Pairs": _PAIRS, **request}, context)


def start_quality(request: Mapping[str, Any], context: Context) -> Reply:
    """Start the estimation of a transform's quality from the answers to its audit."""
    return _start(RunType.HONEST_QUALITY, request, context)


def get(request: Mapping[str, Any], context: Context) -> Reply:
    """Return a report, or the progress of its run."""
    with context.store.reading() as tx:
        run = find_run(tx, request["TransformId"], request["TaskRunId"], context, types=REPORTS)
        kept = tx.resources.get("report", run.id, scope=str(run.transform_id))
    report = None if kept is None else orjson.Fragment(orjson.dumps(kept.body))
    return Reply(_described(run) | {"Report": report}, id=run.id, created_at=run.started_at)


def find(request: Mapping[str, Any], context: Context) -> Reply:
    """Return the runs for reports on a transform, latest first."""
    kind = request.get("Type")
    query = RunQuery(
        transform_id=request["TransformId"],
        type=RunType(kind) if kind else None,
        types=REPORTS,
    )
    page = find_runs(request, context, query)
    runs = [_described(run) for run in page.items]
    return Reply({"Reports": runs, "NextToken": page.next_token})


def _start(kind: RunType, request: Mapping[str, Any], context: Context) -> Reply:
    with context.store.reading() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        check_input(tx, transform)
        drawn = tx.resources.all("audit_draw", scope=transform.id)
    _check(kind, transform, bool(drawn), context)
    if path := request.get("OutputS3Path"):
        _check_folder(path, context)
    with context.store.writing() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        check_limits(tx, transform, context)
        arguments = {name: value for name, value in request.items() if name != "TransformId"}
        return accept(tx, transform, kind, arguments, context)


def _check(kind: RunType, transform: Transform, drawn: bool, context: Context) -> None:
    if kind is not RunType.AUDIT_DRAW and not transform.label_count:
        raise EntityNotFoundException(
            f"No labelset exists for transformId {transform.id} "
            f"in account id {context.settings.account_id}."
        )
    if kind is not RunType.HONEST_QUALITY:
        return
    if not drawn:
        raise InvalidInputException(
            f"the transform {transform.id} has no audit; start one with StartAuditDrawTaskRun and "
            "import the answers"
        )
    if transform.status != "READY":
        raise MLTransformNotReadyException(
            "This operation can only be applied to a transform that is in a READY state."
        )


def _check_folder(path: str, context: Context) -> None:
    inside = join(path, "labels.csv")
    try:
        Places(context.settings).check_writable(inside)
    except (MatchloopError, OSError, ServiceError) as error:
        message = f"{str(error).rstrip('.')}."
        raise InvalidInputException(message.replace(inside, path)) from error


def _described(run: TaskRun) -> dict[str, Any]:
    return {
        "TransformId": run.transform_id,
        "TaskRunId": run.id,
        "Type": run.type.value,
        "Status": run.status.value,
        "ErrorString": run.error,
        "StartedOn": run.started_at,
        "CompletedOn": run.completed_at,
    }
