"""Roles: what an access key allows."""

from __future__ import annotations

from enum import StrEnum

from matchloop_api.errors import AccessDeniedException

__all__ = ["LABELING", "Role", "allows", "refuse_unless_allowed"]

LABELING = frozenset(
    {
        "StartMLLabelingSetGenerationTaskRun",
        "StartImportLabelsTaskRun",
        "StartExportLabelsTaskRun",
        "StartMLEvaluationTaskRun",
        "CancelMLTaskRun",
        "StartLabelAuditTaskRun",
        "StartLabelAgreementTaskRun",
        "StartAuditDrawTaskRun",
        "StartHonestQualityTaskRun",
    }
)
"""What a labeler may do beyond reading."""

_READING = ("Get", "List", "BatchGet", "Search")


class Role(StrEnum):
    """From the one that may do all to the one that may only look."""

    ADMIN = "admin"
    LABELER = "labeler"
    READER = "reader"


def allows(role: Role, operation: str) -> bool:
    """Tell whether a role may call an operation: who may look, may call all that only read."""
    if role is Role.ADMIN or operation.startswith(_READING):
        return True
    return role is Role.LABELER and operation in LABELING


def refuse_unless_allowed(role: Role, name: str, operation: str, *, service: str = "glue") -> None:
    """Refuse a caller whose role does not allow an operation.

    Parameters
    ----------
    role, name
        The caller's.
    operation
        What is called.
    service
        Whose operation it is. Asking STS who one is, is open to all.

    Raises
    ------
    AccessDeniedException
        The role does not allow it.
    """
    if service != "sts" and not allows(role, operation):
        raise AccessDeniedException(
            f"User: {name} is not authorized to perform: {service}:{operation}"
        )
