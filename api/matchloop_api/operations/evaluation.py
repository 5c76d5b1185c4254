"""StartMLEvaluationTaskRun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matchloop_api.errors import MLTransformNotReadyException
from matchloop_api.operations.starting import accept, check_input, check_limits
from matchloop_api.operations.transforms.finding import find_transform
from matchloop_api.store import RunType

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import StartMLEvaluationTaskRunRequestTypeDef

    from matchloop_api.context import Context
    from matchloop_api.wire import Reply

__all__ = ["start"]


def start(request: StartMLEvaluationTaskRunRequestTypeDef, context: Context) -> Reply:
    """Estimate the quality of a transform from labels of matches and of non-matches."""
    with context.store.writing() as tx:
        transform = find_transform(tx, request["TransformId"], context)
        check_input(tx, transform)
        if transform.status != "READY":
            raise MLTransformNotReadyException(
                "This operation can only be applied to a transform that is in a READY state."
            )
        check_limits(tx, transform, context)
        return accept(tx, transform, RunType.EVALUATION, {}, context)
