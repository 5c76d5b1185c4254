"""The service model of the operations that Glue lacks, in the format of botocore's models.

These operations exist in the plain dialect only, because AWS's clients do not know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matchloop.registry import registered_names

__all__ = ["MODEL", "SERVICE"]

SERVICE = "matchloop"

_TEXT = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*"  # Glue's HashString
_DESIGNS = registered_names(
    dict.fromkeys(["neyman", "oasis", "sawade", "equal", "proportional"]), "matchloop.audit_designs"
)
"""Named here, and not asked of the engine's table, which takes a second to import."""

_TYPES = ["LABEL_AUDIT", "LABEL_AGREEMENT", "AUDIT_DRAW", "HONEST_QUALITY"]
_STATUSES = ["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"]

Shape = Mapping[str, Any]


def _member(shape: str, documentation: str = "") -> Shape:
    return {"shape": shape, "documentation": documentation} if documentation else {"shape": shape}


def _structure(*required: str, **members: Shape) -> Shape:
    return {"type": "structure", "required": list(required), "members": members}


_TRANSFORM = _member("HashString", "The transform.")
_FOLDER = _member("UriString", "The folder to write files to.")
_OF_RUN = {
    "TransformId": _TRANSFORM,
    "TaskRunId": _member("HashString", "The run that makes the report."),
    "Type": _member("ReportType", "What the report is about."),
    "Status": _member("TaskStatusType", "Where the run stands."),
    "ErrorString": _member("String", "Why it failed."),
    "StartedOn": _member("Timestamp"),
    "CompletedOn": _member("Timestamp"),
}

_SHAPES: Mapping[str, Shape] = {
    "HashString": {"type": "string", "min": 1, "max": 255, "pattern": _TEXT},
    "UriString": {"type": "string", "min": 1, "max": 1024, "pattern": _TEXT},
    "String": {"type": "string"},
    "Timestamp": {"type": "timestamp"},
    "Boolean": {"type": "boolean"},
    "Threshold": {"type": "double"},
    "PairCount": {"type": "integer", "min": 1, "max": 100_000},
    "PageSize": {"type": "integer", "min": 1, "max": 1000},
    "PaginationToken": {"type": "string"},
    "PersonSource": {"type": "string", "enum": ["PERSON", "SOURCE"]},
    "AuditDesign": {"type": "string", "enum": _DESIGNS},
    "ReportType": {"type": "string", "enum": _TYPES},
    "TaskStatusType": {"type": "string", "enum": _STATUSES},
    "Report": {"type": "structure", "members": {}, "document": True},
    "Thresholds": {
        "type": "map",
        "key": {"shape": "HashString"},
        "value": {"shape": "Threshold"},
        "max": 50,
    },
    "StartLabelAuditTaskRunRequest": _structure(
        "TransformId",
        TransformId=_TRANSFORM,
        OutputS3Path=_member("UriString", "The folder to write what to ask again to."),
        Thresholds=_member("Thresholds", "Values from which checks fail, by their names."),
    ),
    "StartLabelAgreementTaskRunRequest": _structure(
        "TransformId",
        TransformId=_TRANSFORM,
        By=_member("PersonSource", "Whose answers are compared: each person's, or each file's."),
        Gold=_member("UriString", "The person or file whose labels are right."),
        WithTable=_member("Boolean", "Whether what the table itself suggests is heard too."),
        OutputS3Path=_member("UriString", "The folder to write the consensus to."),
    ),
    "StartAuditDrawTaskRunRequest": _structure(
        "TransformId",
        "OutputS3Path",
        TransformId=_TRANSFORM,
        OutputS3Path=_FOLDER,
        Pairs=_member("PairCount", "How many pairs to ask about."),
        Design=_member("AuditDesign", "How they are drawn."),
        StartOver=_member("Boolean", "Whether an earlier audit is given up."),
    ),
    "StartHonestQualityTaskRunRequest": _structure("TransformId", TransformId=_TRANSFORM),
    "StartReportTaskRunResponse": _structure(TaskRunId=_OF_RUN["TaskRunId"]),
    "GetReportRequest": _structure(
        "TransformId",
        "TaskRunId",
        TransformId=_TRANSFORM,
        TaskRunId=_OF_RUN["TaskRunId"],
    ),
    "GetReportResponse": _structure(
        **_OF_RUN, Report=_member("Report", "What was found, once the run has succeeded.")
    ),
    "GetReportsRequest": _structure(
        "TransformId",
        TransformId=_TRANSFORM,
        Type=_member("ReportType", "Only reports about this."),
        MaxResults=_member("PageSize"),
        NextToken=_member("PaginationToken"),
    ),
    "ReportRun": _structure(**_OF_RUN),
    "ReportRuns": {"type": "list", "member": {"shape": "ReportRun"}},
    "GetReportsResponse": _structure(
        Reports=_member("ReportRuns"), NextToken=_member("PaginationToken")
    ),
}


def _operation(name: str, answer: str) -> Shape:
    return {
        "name": name,
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": f"{name}Request"},
        "output": {"shape": answer},
    }


_ANSWERS = {
    "StartLabelAuditTaskRun": "StartReportTaskRunResponse",
    "StartLabelAgreementTaskRun": "StartReportTaskRunResponse",
    "StartAuditDrawTaskRun": "StartReportTaskRunResponse",
    "StartHonestQualityTaskRun": "StartReportTaskRunResponse",
    "GetReport": "GetReportResponse",
    "GetReports": "GetReportsResponse",
}

MODEL: Mapping[str, Any] = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "1",
        "endpointPrefix": SERVICE,
        "protocol": "json",
        "serviceId": SERVICE,
    },
    "operations": {name: _operation(name, answer) for name, answer in _ANSWERS.items()},
    "shapes": _SHAPES,
}
"""What :class:`botocore.model.ServiceModel` is made of."""
