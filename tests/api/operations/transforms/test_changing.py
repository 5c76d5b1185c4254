from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.store import EventKind, LabelEvent

if TYPE_CHECKING:
    from api.operations.conftest import Shop


def shown(shop: Shop, transform: str) -> dict[str, Any]:
    answer: Any = shop.glue.get_ml_transform(TransformId=transform)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_an_update_changes_what_is_given_and_nothing_else(shop: Shop) -> None:
    transform = shop.transform(Description="old", Timeout=5, MaxCapacity=3)
    shop.change(transform, label_count=9, status="READY")
    before = shown(shop, transform)
    answer = shop.glue.update_ml_transform(TransformId=transform, Description="new", Role="other")

    assert answer["TransformId"] == transform
    after = shown(shop, transform)
    assert after["LastModifiedOn"] > before["LastModifiedOn"]
    assert after == before | {
        "Description": "new",
        "Role": "other",
        "LastModifiedOn": after["LastModifiedOn"],
    }


def test_an_empty_description_is_one(shop: Shop) -> None:
    transform = shop.transform(Description="old")
    shop.glue.update_ml_transform(TransformId=transform, Description="")

    assert shown(shop, transform)["Description"] == ""


def test_parameters_are_replaced_as_a_whole(shop: Shop) -> None:
    tuned: Any = {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {"PrimaryKeyColumnName": "id", "PrecisionRecallTradeoff": 0.9},
    }
    transform = shop.transform(Parameters=tuned)
    plain: Any = {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {"PrimaryKeyColumnName": "name"},
    }
    shop.glue.update_ml_transform(TransformId=transform, Parameters=plain)

    assert shown(shop, transform)["Parameters"] == plain


def test_workers_take_the_place_of_dpus_and_the_other_way_round(shop: Shop) -> None:
    transform = shop.transform()
    shop.glue.update_ml_transform(TransformId=transform, WorkerType="G.2X", NumberOfWorkers=3)
    with_workers = shown(shop, transform)
    shop.glue.update_ml_transform(TransformId=transform, MaxCapacity=4)
    with_dpus = shown(shop, transform)

    assert (with_workers["WorkerType"], with_workers["NumberOfWorkers"]) == ("G.2X", 3)
    assert "MaxCapacity" not in with_workers
    assert with_dpus["MaxCapacity"] == 4
    assert with_dpus.keys().isdisjoint({"WorkerType", "NumberOfWorkers"})


def test_a_transform_may_keep_its_name_and_take_a_free_one(shop: Shop) -> None:
    transform = shop.transform("one")
    shop.glue.update_ml_transform(TransformId=transform, Name="one")
    shop.glue.update_ml_transform(TransformId=transform, Name="two")

    assert shown(shop, transform)["Name"] == "two"
    assert shop.transform("one")


def test_a_refused_update_changes_nothing(shop: Shop) -> None:
    transform = shop.transform()
    before = shown(shop, transform)

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="non-negative"):
        shop.glue.update_ml_transform(TransformId=transform, Description="new", MaxRetries=-1)
    assert shown(shop, transform) == before


def test_a_deleted_transform_is_gone_with_all_it_had(shop: Shop) -> None:
    transform = shop.transform(Tags={"a": "b"})
    run = shop.export(transform)
    begun = shop.begin()
    with shop.server.store.writing() as tx:
        tx.ledger.add(
            LabelEvent(transform_id=transform, kind=EventKind.ANSWERS, at=begun.started_at)
        )
    answer = shop.glue.delete_ml_transform(TransformId=transform)

    assert answer["TransformId"] == transform
    assert shop.glue.list_ml_transforms()["TransformIds"] == []
    with shop.server.store.reading() as tx:
        assert tx.runs.get(run) is None
        assert tx.ledger.head(transform) == 0
        assert not tx.tags.get(f"mlTransform/{transform}")
    with shop.server.store.writing() as tx:
        assert tx.runs.renew("tester", [run], now=begun.started_at, lease_s=9) == {}
    for call in (shop.glue.get_ml_transform, shop.glue.delete_ml_transform):
        with pytest.raises(shop.glue.exceptions.EntityNotFoundException):
            call(TransformId=transform)
    assert shop.transform()
