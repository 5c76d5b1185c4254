from __future__ import annotations

import pytest

from matchloop_api.auth import Role, allows, refuse_unless_allowed
from matchloop_api.errors import AccessDeniedException
from matchloop_api.operations import BEYOND, OPERATIONS

ANY = set(Role)
WORKS_ON_LABELS = {Role.ADMIN, Role.CURATOR, Role.LABELER}
CHANGES = {Role.ADMIN}

TABLE = {
    "BatchCreatePartition": CHANGES,
    "BatchDeletePartition": CHANGES,
    "BatchDeleteTable": CHANGES,
    "BatchGetCrawlers": ANY,
    "BatchGetJobs": ANY,
    "BatchGetPartition": ANY,
    "BatchStopJobRun": CHANGES,
    "CancelMLTaskRun": WORKS_ON_LABELS,
    "CreateCrawler": CHANGES,
    "CreateDatabase": CHANGES,
    "CreateJob": CHANGES,
    "CreateMLTransform": CHANGES,
    "CreatePartition": CHANGES,
    "CreatePartitionIndex": CHANGES,
    "CreateTable": CHANGES,
    "DeleteCrawler": CHANGES,
    "DeleteDatabase": CHANGES,
    "DeleteJob": CHANGES,
    "DeleteMLTransform": CHANGES,
    "DeletePartition": CHANGES,
    "DeletePartitionIndex": CHANGES,
    "DeleteTable": CHANGES,
    "GetCallerIdentity": ANY,
    "GetCrawler": ANY,
    "GetCrawlerMetrics": ANY,
    "GetCrawlers": ANY,
    "GetDatabase": ANY,
    "GetDatabases": ANY,
    "GetJob": ANY,
    "GetJobRun": ANY,
    "GetJobRuns": ANY,
    "GetJobs": ANY,
    "GetMLTaskRun": ANY,
    "GetMLTaskRuns": ANY,
    "GetMLTransform": ANY,
    "GetMLTransforms": ANY,
    "GetPartition": ANY,
    "GetPartitionIndexes": ANY,
    "GetPartitions": ANY,
    "GetReport": ANY,
    "GetReports": ANY,
    "GetTable": ANY,
    "GetTableVersion": ANY,
    "GetTableVersions": ANY,
    "GetTables": ANY,
    "GetTags": ANY,
    "ListCrawlers": ANY,
    "ListCrawls": ANY,
    "ListJobs": ANY,
    "ListMLTransforms": ANY,
    "SearchTables": ANY,
    "StartAuditDrawTaskRun": WORKS_ON_LABELS,
    "StartCrawler": CHANGES,
    "StartExportLabelsTaskRun": WORKS_ON_LABELS,
    "StartHonestQualityTaskRun": WORKS_ON_LABELS,
    "StartImportLabelsTaskRun": WORKS_ON_LABELS,
    "StartJobRun": CHANGES,
    "StartLabelAgreementTaskRun": WORKS_ON_LABELS,
    "StartLabelAuditTaskRun": WORKS_ON_LABELS,
    "StartMLEvaluationTaskRun": WORKS_ON_LABELS,
    "StartMLLabelingSetGenerationTaskRun": WORKS_ON_LABELS,
    "StopCrawler": CHANGES,
    "TagResource": CHANGES,
    "UntagResource": CHANGES,
    "UpdateCrawler": CHANGES,
    "UpdateDatabase": CHANGES,
    "UpdateJob": CHANGES,
    "UpdateMLTransform": CHANGES,
    "UpdateTable": CHANGES,
}


@pytest.mark.parametrize("operation", sorted({**OPERATIONS, **BEYOND}))
def test_every_operation_is_open_to_the_roles_that_this_table_names(operation: str) -> None:
    assert {role for role in Role if allows(role, operation)} == TABLE[operation]


def test_what_is_not_known_is_for_administrators() -> None:
    assert {role for role in Role if allows(role, "ReplaceEverything")} == {Role.ADMIN}


def test_a_refusal_names_the_user_and_the_operation() -> None:
    with pytest.raises(
        AccessDeniedException,
        match=r"^User: bob is not authorized to perform: glue:DeleteMLTransform$",
    ):
        refuse_unless_allowed(Role.LABELER, "bob", "DeleteMLTransform")


def test_everyone_may_ask_who_they_are() -> None:
    refuse_unless_allowed(Role.READER, "bob", "GetCallerIdentity", service="sts")
    refuse_unless_allowed(Role.ADMIN, "ann", "DeleteMLTransform")
