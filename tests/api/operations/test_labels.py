from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunType, TaskRun

if TYPE_CHECKING:
    from api.operations.conftest import Shop

LABELS = "labeling_set_id,label,id,name,born\n0,a,1,Ann Lee,1980-01-02\n0,a,2,Anne Lee,1980-01-02\n"


def queued(shop: Shop, run_id: str) -> TaskRun:
    """Return a run as the worker will find it."""
    with shop.server.store.reading() as tx:
        run = tx.runs.get(run_id)
    assert run is not None
    return run


@pytest.mark.parametrize(("given", "replaces"), [({}, False), ({"ReplaceAllLabels": True}, True)])
def test_an_import_is_one_run_in_the_queue(shop: Shop, given: Any, replaces: bool) -> None:
    transform = shop.transform()
    path = shop.write("labels/first one.csv", LABELS).replace(" ", "%20")
    answer = shop.glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=path, **given
    )

    run = queued(shop, answer["TaskRunId"])
    assert (run.type, run.transform_id) == (RunType.IMPORT_LABELS, transform)
    assert run.arguments == {"InputS3Path": path, "Replace": replaces}
    assert run.status == "STARTING"


def test_an_export_and_a_generation_keep_their_folder(shop: Shop) -> None:
    transform = shop.transform()
    shop.change(transform, label_count=1)
    export = shop.glue.start_export_labels_task_run(
        TransformId=transform, OutputS3Path=shop.uri("not/there/yet/")
    )
    generation = shop.glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=shop.uri("")
    )

    assert queued(shop, export["TaskRunId"]).arguments == {
        "OutputS3Path": shop.uri("not/there/yet/")
    }
    run = queued(shop, generation["TaskRunId"])
    assert (run.type, run.arguments) == (
        RunType.LABELING_SET_GENERATION,
        {"OutputS3Path": shop.uri("")},
    )


@pytest.mark.parametrize("server_settings", [{"max_label_file_mb": 1}])
@pytest.mark.parametrize(("extra", "is_taken"), [(0, True), (1, False)])
def test_a_label_file_may_be_as_large_as_the_setting(
    shop: Shop, extra: int, is_taken: bool
) -> None:
    transform = shop.transform()
    path = shop.write("labels.csv", b"x" * (1024 * 1024 + extra))

    if is_taken:
        assert shop.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)
    else:
        with pytest.raises(shop.glue.exceptions.ResourceNumberLimitExceededException):
            shop.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "Invalid label file path"),
        ("labels.csv", "Invalid label file path"),
        ("/etc/passwd", "Invalid label file path"),
        ("https://example.com/labels.csv", "Invalid label file path"),
        ("s3://bucket/folder/", "Invalid label file path"),
        ("file:///etc/passwd", "Cannot access the label file at file:///etc/passwd"),
        ("s3://bucket/labels.csv", "Cannot access the label file at s3://bucket/labels.csv"),
        ("s3://", "Invalid label file path"),
        ("file://\x00", "Cannot access the label file"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_at_once(
    shop: Shop, path: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    transform = shop.transform()

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match=says):
        shop.raw.start_import_labels_task_run(TransformId=transform, InputS3Path=path)
    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []


def test_a_file_or_folder_that_is_not_there_is_refused(shop: Shop) -> None:
    transform = shop.transform()
    shop.write("folder/labels.csv", LABELS)

    for path in (shop.uri("none.csv"), shop.uri("folder")):
        with pytest.raises(
            shop.glue.exceptions.InvalidInputException, match="Cannot access the label file"
        ):
            shop.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)


@pytest.mark.parametrize("path", ["", "out", "file:///etc/out", "file:///", "s3://"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(shop: Shop, path: str) -> None:
    transform = shop.transform()
    shop.change(transform, label_count=1)

    for call in (
        shop.raw.start_export_labels_task_run,
        shop.raw.start_ml_labeling_set_generation_task_run,
    ):
        with pytest.raises(shop.glue.exceptions.InvalidInputException):
            call(TransformId=transform, OutputS3Path=path)
    assert shop.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"] == []


def test_imports_and_exports_are_never_too_many(shop: Shop) -> None:
    transform = shop.transform()
    path = shop.write("labels.csv", LABELS)
    for _ in range(6):
        shop.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)
    shop.export(transform)

    with pytest.raises(
        shop.glue.exceptions.ConcurrentRunsExceededException,
        match="ML Task Runs count 8 has exceeded the transform limit of 3 task runs.",
    ):
        shop.glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=shop.uri("out")
        )


@pytest.mark.parametrize("server_settings", [{"max_runs": 4}])
def test_runs_that_ended_make_room(shop: Shop) -> None:
    one, other = shop.transform("one"), shop.transform("other")

    def generate(transform: str) -> str:
        return shop.glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=shop.uri("out")
        )["TaskRunId"]

    first = [generate(one) for _ in range(3)][0]
    generate(other)
    with pytest.raises(
        shop.glue.exceptions.ConcurrentRunsExceededException,
        match="ML Task Runs count 5 has exceeded the limit of 4 task runs.",
    ):
        generate(other)
    shop.glue.cancel_ml_task_run(TransformId=one, TaskRunId=first)
    assert generate(other)


@pytest.mark.parametrize("change", ["deleted", "without key"])
def test_a_table_that_can_be_read_no_more_is_told_at_once(shop: Shop, change: str) -> None:
    transform = shop.transform()
    shop.change(transform, status="READY", label_count=2)
    path = shop.write("labels.csv", LABELS)
    shop.glue.delete_table(DatabaseName="shop", Name="customers")
    says = "Problem fetching the data catalog schema: Table customers not found in database shop."
    if change == "without key":
        shop.add_table("customers", [{"Name": "name", "Type": "string"}])
        says = "Schema should contain given primary key: id."
    calls: list[Callable[[], object]] = [
        lambda: shop.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path),
        lambda: shop.glue.start_ml_evaluation_task_run(TransformId=transform),
        lambda: shop.glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform, OutputS3Path=shop.uri("out")
        ),
    ]

    for call in calls:
        with pytest.raises(shop.glue.exceptions.InvalidInputException) as refused:
            call()
        assert refused.value.response["Error"]["Message"] == says
    assert shop.export(transform)
