"""The table of operations: one line each. What is not in it is not offered."""

from __future__ import annotations

from collections.abc import Mapping

from matchloop_api.operations import (
    databases,
    evaluation,
    labels,
    partition_indexes,
    tables,
    tags,
    task_runs,
    transforms,
)
from matchloop_api.wire import Operation

__all__ = ["OPERATIONS"]

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
    "CreateMLTransform": Operation(transforms.create),
    "GetMLTransform": Operation(transforms.get),
    "UpdateMLTransform": Operation(transforms.update),
    "DeleteMLTransform": Operation(transforms.delete),
    "StartMLLabelingSetGenerationTaskRun": Operation(labels.start_generation),
    "StartImportLabelsTaskRun": Operation(labels.start_import),
    "StartExportLabelsTaskRun": Operation(labels.start_export),
    "StartMLEvaluationTaskRun": Operation(evaluation.start),
    "GetMLTaskRun": Operation(task_runs.get),
    "CancelMLTaskRun": Operation(task_runs.cancel),
    "TagResource": Operation(tags.tag),
    "UntagResource": Operation(tags.untag),
    "GetTags": Operation(tags.get),
}
