from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matchloop_api.store import RunType

if TYPE_CHECKING:
    from api.operations.conftest import Shop


def test_an_evaluation_of_a_ready_transform_is_queued(shop: Shop) -> None:
    transform = shop.transform()
    shop.change(transform, status="READY")
    run = shop.glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]

    begun = shop.begin()
    assert (begun.id, begun.type, begun.arguments) == (run, RunType.EVALUATION, {})


def test_a_transform_without_labels_is_not_ready(shop: Shop) -> None:
    transform = shop.transform()

    with pytest.raises(shop.glue.exceptions.MLTransformNotReadyException):
        shop.glue.start_ml_evaluation_task_run(TransformId=transform)
    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []


@pytest.mark.parametrize("server_settings", [{"max_runs_per_transform": 1}])
def test_the_limit_of_a_transform_holds(shop: Shop) -> None:
    one, other = shop.transform("one"), shop.transform("other")
    for transform in (one, other):
        shop.change(transform, status="READY")
        assert shop.glue.start_ml_evaluation_task_run(TransformId=transform)

    with pytest.raises(shop.glue.exceptions.ConcurrentRunsExceededException, match="limit of 1 "):
        shop.glue.start_ml_evaluation_task_run(TransformId=one)
