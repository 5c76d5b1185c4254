"""The table of operations: one line each. What is not in it is not offered."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop_api.operations import (
    crawlers,
    databases,
    evaluation,
    identity,
    job_runs,
    jobs,
    labels,
    partition_indexes,
    reports,
    tables,
    tags,
    task_runs,
    transforms,
)
from matchloop_api.wire import Operation

__all__ = ["BEYOND", "OPERATIONS"]

OPERATIONS: Mapping[str, Operation] = {
    "CreateDatabase": Operation(databases.create),
    "GetDatabase": Operation(databases.get),
    "GetDatabases": Operation(databases.find),
    "UpdateDatabase": Operation(databases.update),
    "DeleteDatabase": Operation(databases.delete),
    "CreateTable": Operation(tables.create),
    "GetTable": Operation(tables.get),
    "GetTables": Operation(tables.find),
    "UpdateTable": Operation(tables.update),
    "DeleteTable": Operation(tables.delete),
    "BatchDeleteTable": Operation(tables.delete_many),
    "GetPartition": Operation(tables.partition),
    "GetPartitions": Operation(tables.partitions),
    "GetPartitionIndexes": Operation(partition_indexes.find),
    "CreateCrawler": Operation(crawlers.create),
    "GetCrawler": Operation(crawlers.get),
    "GetCrawlers": Operation(crawlers.find),
    "ListCrawlers": Operation(crawlers.names),
    "UpdateCrawler": Operation(crawlers.update),
    "DeleteCrawler": Operation(crawlers.delete),
    "StartCrawler": Operation(crawlers.start),
    "StopCrawler": Operation(crawlers.stop),
    "CreateJob": Operation(jobs.create),
    "GetJob": Operation(jobs.get),
    "GetJobs": Operation(jobs.find),
    "ListJobs": Operation(jobs.names),
    "UpdateJob": Operation(jobs.update),
    "DeleteJob": Operation(jobs.delete),
    "StartJobRun": Operation(job_runs.start),
    "GetJobRun": Operation(job_runs.get),
    "GetJobRuns": Operation(job_runs.find),
    "BatchStopJobRun": Operation(job_runs.stop_many),
    "GetCallerIdentity": Operation(identity.get, service="sts"),
    "CreateMLTransform": Operation(transforms.create),
    "GetMLTransform": Operation(transforms.get),
    "GetMLTransforms": Operation(transforms.get_many),
    "ListMLTransforms": Operation(transforms.list_ids),
    "UpdateMLTransform": Operation(transforms.update),
    "DeleteMLTransform": Operation(transforms.delete),
    "StartMLLabelingSetGenerationTaskRun": Operation(labels.start_generation),
    "StartImportLabelsTaskRun": Operation(labels.start_import),
    "StartExportLabelsTaskRun": Operation(labels.start_export),
    "StartMLEvaluationTaskRun": Operation(evaluation.start),
    "GetMLTaskRun": Operation(task_runs.get),
    "GetMLTaskRuns": Operation(task_runs.get_many),
    "CancelMLTaskRun": Operation(task_runs.cancel),
    "TagResource": Operation(tags.tag),
    "UntagResource": Operation(tags.untag),
    "GetTags": Operation(tags.get),
}

BEYOND: Mapping[str, Operation] = {
    "StartLabelAuditTaskRun": Operation(reports.start_label_audit, service="matchloop"),
    "StartLabelAgreementTaskRun": Operation(reports.start_agreement, service="matchloop"),
    "StartAuditDrawTaskRun": Operation(reports.start_draw, service="matchloop"),
    "StartHonestQualityTaskRun": Operation(reports.start_quality, service="matchloop"),
    "GetReport": Operation(reports.get, service="matchloop"),
    "GetReports": Operation(reports.find, service="matchloop"),
}
"""What Glue has not; in the plain dialect only."""
