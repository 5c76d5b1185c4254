"""Roles of access keys."""

from __future__ import annotations

from enum import StrEnum

from matchloop_api.errors import AccessDeniedException

__all__ = ["CURATORS", "LABELING", "Role", "allows", "refuse_unless_allowed"]

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
"""What a labeler and a curator may do beyond reading."""

_READING = ("Get", "List", "BatchGet", "Search")


class Role(StrEnum):
    """The roles, from all rights to reading only.

    A curator has the rights of a labeler, and on the labelling page defines what a match is,
    decides between answers, and replies to flags.
    """

    ADMIN = "admin"
    CURATOR = "curator"
    LABELER = "labeler"
    READER = "reader"


CURATORS = frozenset({Role.ADMIN, Role.CURATOR})
"""Roles that are a curator on the labelling page."""


def allows(role: Role, operation: str) -> bool:
    """Return whether a role may call an operation; every role may call reading operations."""
    if role is Role.ADMIN or operation.startswith(_READING):
        return True
    return role in (Role.CURATOR, Role.LABELER) and operation in LABELING


def refuse_unless_allowed(role: Role, name: str, operation: str, *, service: str = "glue") -> None:
    """Refuse a caller whose role does not allow an operation.

    Parameters
    ----------
    role, name
        The caller's.
    operation
        The name of the operation.
    service
        The service of the operation. STS's GetCallerIdentity is open to all roles.

    Raises
    ------
    AccessDeniedException
        The role does not allow it.
    """
    if service != "sts" and not allows(role, operation):
        raise AccessDeniedException(
            f"User: {name} is not authorized to perform: {service}:{operation}"
        )
