from __future__ import annotations

import json
from typing import TYPE_CHECKING

from matchloop_api.store import RunStatus, RunType

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop, Town


def test_an_evaluation_puts_glues_metrics_on_the_transform(shop: Shop, taught: str) -> None:
    run = shop.run(RunType.EVALUATION, taught)

    assert run.error is None
    before = shop.transform(taught)
    assert before.evaluation is not None
    assert before.evaluation["TransformType"] == "FIND_MATCHES"
    metrics = json.loads(json.dumps(before.evaluation["FindMatchesMetrics"]))
    assert set(metrics) == {
        "AreaUnderPRCurve",
        "Precision",
        "Recall",
        "F1",
        "ConfusionMatrix",
        "ColumnImportances",
    }
    assert metrics["F1"] > 0.5
    assert set(metrics["ConfusionMatrix"]) == {
        "NumTruePositives",
        "NumFalsePositives",
        "NumTrueNegatives",
        "NumFalseNegatives",
    }
    importances = [column["Importance"] for column in metrics["ColumnImportances"]]
    assert importances == sorted(importances, reverse=True)
    assert {column["ColumnName"] for column in metrics["ColumnImportances"]} == {
        "name",
        "city",
        "born",
    }
    with shop.store.reading() as tx:
        ended = tx.runs.get(run.id)
    assert ended is not None
    assert ended.progress.pairs > 0


def test_too_few_sets_to_hold_some_out_fail_and_say_what_is_missing(
    shop: Shop, known_town: Town
) -> None:
    shop.add_table("town", known_town.rows, {"id": "int", "born": "int"})
    made = shop.add_transform("town")
    shop.import_rows(made, known_town.label_rows(sets=1))

    run = shop.run(RunType.EVALUATION, made)

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.startswith("too few labels to hold some out: 1 sets")
    assert shop.transform(made).evaluation is None


def test_a_transform_that_is_not_ready_is_not_evaluated(shop: Shop, people: str) -> None:
    run = shop.run(RunType.EVALUATION, people)

    assert (
        run.error == "This operation can only be applied to a transform that is in a READY state."
    )
