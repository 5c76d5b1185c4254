"""Start the import, export and generation of label files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop.errors import MatchloopError
from matchloop_api.errors import (
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
    ServiceError,
)
from matchloop_api.operations.starting import accept, check_input, check_limits
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.places import Places, join
from matchloop_api.store import RunType

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        StartExportLabelsTaskRunRequestTypeDef,
        StartImportLabelsTaskRunRequestTypeDef,
        StartMLLabelingSetGenerationTaskRunRequestTypeDef,
    )

    from matchloop_api.context import Context
    from matchloop_api.wire import Reply

__all__ = ["start_export", "start_generation", "start_import"]

_MB = 1024 * 1024


def start_generation(
    request: StartMLLabelingSetGenerationTaskRunRequestTypeDef, context: Context
) -> Reply:
    """Start the generation of labelling sets below a folder; it works without any labels."""
    with context.store.reading() as tx:
        check_input(tx, find_transform(tx, request["TransformId"], context))
    _check_folder(request["OutputS3Path"], context)
    with context.store.writing() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        check_limits(tx, transform, context)
        arguments = {"OutputS3Path": request["OutputS3Path"]}
        return accept(tx, transform, RunType.LABELING_SET_GENERATION, arguments, context)


def start_import(request: StartImportLabelsTaskRunRequestTypeDef, context: Context) -> Reply:
    """Start the import of a label file, which is merged with the labels or replaces all of them."""
    path = request["InputS3Path"]
    with context.store.reading() as tx:
        check_input(tx, find_transform(tx, request["TransformId"], context))
    _check_label_file(path, context)
    with context.store.writing() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        arguments = {"InputS3Path": path, "Replace": request.get("ReplaceAllLabels") or False}
        return accept(tx, transform, RunType.IMPORT_LABELS, arguments, context)


def start_export(request: StartExportLabelsTaskRunRequestTypeDef, context: Context) -> Reply:
    """Start the export of all labels of a transform to a file that can be imported."""
    with context.store.reading() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        if not transform.label_count:
            raise EntityNotFoundException(
                f"No labelset exists for transformId {transform.id} "
                f"in account id {context.settings.account_id}."
            )
    _check_folder(request["OutputS3Path"], context)
    with context.store.writing() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        arguments = {"OutputS3Path": request["OutputS3Path"]}
        return accept(tx, transform, RunType.EXPORT_LABELS, arguments, context)


def _check_label_file(path: str, context: Context) -> None:
    places = Places(context.settings)
    if path.endswith("/") or not path.lower().startswith(("s3://", "file:/")):
        raise InvalidInputException("Invalid label file path.")
    try:
        places.check_readable(path)
        size = places.size(path)
    except (MatchloopError, OSError, ServiceError) as error:
        raise InvalidInputException(
            f"Cannot access the label file at {path}. {_sentence(error)}"
        ) from error
    if size == 0:
        raise InvalidInputException("Invalid label file of size 0.")
    if size > (limit := context.settings.max_label_file_mb) * _MB:
        raise ResourceNumberLimitExceededException(
            f"Label file has exceeded the limit of {limit} MB."
        )


def _check_folder(path: str, context: Context) -> None:
    inside = join(path, "labels.csv")
    try:
        Places(context.settings).check_writable(inside)
    except (MatchloopError, OSError, ServiceError) as error:
        raise InvalidInputException(_sentence(error).replace(inside, path)) from error


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
