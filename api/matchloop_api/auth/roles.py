"""Roles: what an access key allows."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role", "allows"]

LABELING = frozenset(
    {
        "StartMLLabelingSetGenerationTaskRun",
        "StartImportLabelsTaskRun",
        "StartExportLabelsTaskRun",
        "CancelMLTaskRun",
    }
)
"""What a labeler may do beyond reading."""


class Role(StrEnum):
    """From the one that may do all to the one that may only look."""

    ADMIN = "admin"
    LABELER = "labeler"
    READER = "reader"


def allows(role: Role, operation: str) -> bool:
    """Tell whether a role may call an operation: who may look, may call every Get and List."""
    if role is Role.ADMIN or operation.startswith(("Get", "List")):
        return True
    return role is Role.LABELER and operation in LABELING
