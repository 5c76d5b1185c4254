from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import RunStatus, RunType, TaskRun

if TYPE_CHECKING:
    from api.tasks.kinds.conftest import Shop, Town

# what these jobs write does not depend on the store, which other tests of this file try on both
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def report(shop: Shop, run: TaskRun) -> Any:
    assert run.error is None
    with shop.store.reading() as tx:
        kept = tx.resources.get("report", run.id, scope=str(run.transform_id))
    assert kept is not None
    return kept.body


def rows(uri: str) -> list[dict[str, str]]:
    with Path(uri.removeprefix("file://")).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def answer(shop: Shop, town: Town, transform: str, uri: str) -> None:
    asked = rows(uri)
    filled = [list({**row, "label": town.who[row["id"]]}.values()) for row in asked]
    assert shop.import_rows(transform, [list(asked[0]), *filled]).error is None


def draw(shop: Shop, transform: str, **more: Any) -> TaskRun:
    given = {"OutputS3Path": shop.uri("out"), "Pairs": 30} | more
    return shop.run(RunType.AUDIT_DRAW, transform, **given)


@on_sqlite
def test_labels_are_examined_and_what_to_ask_again_is_written(shop: Shop, taught: str) -> None:
    run = shop.run(
        RunType.LABEL_AUDIT,
        taught,
        OutputS3Path=shop.uri("out"),
        Thresholds={"balance": 0.0},
    )
    told = report(shop, run)

    assert told["rows"] == 72
    assert told["contradictions"] == []
    assert {check["check"] if "check" in check else check["name"] for check in told["checks"]} > {
        "suspects",
        "leakage",
    }
    assert told["ask_again"]["uri"].startswith(shop.uri("out"))
    assert all(row["label"] == "" for row in rows(told["ask_again"]["uri"]))


def test_a_threshold_of_no_check_is_refused(shop: Shop, taught: str) -> None:
    run = shop.run(RunType.LABEL_AUDIT, taught, Thresholds={"moon": 1.0})

    assert run.status is RunStatus.FAILED
    assert "moon" in str(run.error)


def test_two_people_who_answer_the_same_sets_are_compared(
    shop: Shop, taught: str, known_town: Town
) -> None:
    other = known_town.label_rows()
    other[1][1] = "someone else"
    path = shop.write_csv("other.csv", other)
    run = shop.begin(RunType.IMPORT_LABELS, taught, InputS3Path=path, Replace=False)
    assert shop.finish(run).error is None

    alone = shop.run(RunType.LABEL_AGREEMENT, taught, By="PERSON")
    assert str(alone.error).endswith("By=SOURCE compares files")

    told = report(
        shop,
        shop.run(RunType.LABEL_AGREEMENT, taught, By="SOURCE", OutputS3Path=shop.uri("out")),
    )
    assert len(told["people"]) == 2

    heard = report(shop, shop.run(RunType.LABEL_AGREEMENT, taught, By="SOURCE", WithTable=True))
    assert heard["with_table"]
    assert told["quality"][1]["found"]["value"] is None  # of two, nothing tells who is wrong
    assert heard["quality"][1]["found"]["value"] is not None
    assert told["disputed_sets"] == 1
    assert 0.8 < told["alpha"]["value"] < 1.0
    assert len({row["labeling_set_id"] for row in rows(told["adjudicate_uri"])}) == 1


def test_an_audit_is_drawn_answered_and_estimated_from(
    shop: Shop, taught: str, known_town: Town
) -> None:
    drawn = report(shop, draw(shop, taught))
    before = shop.transform(taught)
    none = shop.run(RunType.HONEST_QUALITY, taught)
    answer(shop, known_town, taught, drawn["uri"])
    run = shop.run(RunType.HONEST_QUALITY, taught)
    told = report(shop, run)

    assert drawn["pairs"] == drawn["pairs_so_far"] == 30
    assert "has a label" in str(none.error)
    assert told["audit"]["answered"] == 30
    f1 = told["audit"]["f1"]
    assert 0.0 <= f1["low"] <= f1["value"] <= f1["high"] <= 1.0
    assert told["held_out"] is None
    assert shop.transform(taught).evaluation == before.evaluation
    assert shop.transform(taught).status == "READY"


@on_sqlite
def test_glues_metrics_stand_beside_as_biased(shop: Shop, taught: str, known_town: Town) -> None:
    answer(shop, known_town, taught, report(shop, draw(shop, taught))["uri"])
    assert shop.run(RunType.EVALUATION, taught).error is None
    told = report(shop, shop.run(RunType.HONEST_QUALITY, taught))

    assert told["held_out"]["biased"] is True
    evaluation = shop.transform(taught).evaluation
    assert evaluation is not None
    assert told["held_out"]["F1"] == evaluation["FindMatchesMetrics"]["F1"]


@on_sqlite
def test_a_further_draw_asks_no_pair_twice_and_starting_over_begins_anew(
    shop: Shop, taught: str
) -> None:
    first, second = (report(shop, draw(shop, taught)) for _ in range(2))
    other = report(shop, draw(shop, taught, StartOver=True))

    assert second["pairs_so_far"] == 60
    assert first["sets_begin_with"] == second["sets_begin_with"] != other["sets_begin_with"]
    sets = [{row["labeling_set_id"] for row in rows(one["uri"])} for one in (first, second)]
    assert not sets[0] & sets[1]
    assert other["pairs_so_far"] == 30


@on_sqlite
def test_another_table_or_design_is_refused(shop: Shop, taught: str, known_town: Town) -> None:
    draw(shop, taught)
    design = draw(shop, taught, Design="equal")
    shop.write_csv(
        "town/part.csv",
        [list(known_town.columns), *(list(row.values()) for row in known_town.rows[:-1])],
    )
    table = draw(shop, taught)

    assert "was drawn by neyman, not by equal" in str(design.error)
    assert "StartOver=true" in str(table.error)


@on_sqlite
def test_sets_are_generated_beside_an_audit(shop: Shop, taught: str) -> None:
    asked = rows(report(shop, draw(shop, taught, Pairs=40))["uri"])
    pairs = [{one["id"], two["id"]} for one, two in zip(asked[::2], asked[1::2], strict=True)]
    run = shop.run(RunType.LABELING_SET_GENERATION, taught, OutputS3Path=shop.uri("questions"))

    assert run.error is None
    assert len(pairs) == 40


def test_an_audit_lasts_through_sweeping_and_goes_with_its_transform(
    shop: Shop, taught: str
) -> None:
    assert draw(shop, taught).error is None
    later = datetime.now(UTC) + timedelta(days=1)
    with shop.store.writing() as tx:
        swept = tx.payloads.sweep(before=later)
        kept = len(tx.resources.all("audit_draw", scope=taught))
        tx.transforms.remove(taught)
        left = [tx.resources.all(kind, scope=taught) for kind in ("report", "audit_draw")]
        freed = tx.payloads.sweep(before=later)

    assert (swept, kept, left) == (0, 1, [[], []])
    assert freed > 0
