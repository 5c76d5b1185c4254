from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from matchloop_api.datasets import records_of
from matchloop_api.places import Places

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.operations.conftest import Shop

TABLE: Any = {"DatabaseName": "shop", "TableName": "orders"}


@pytest.fixture
def orders(shop: Shop) -> GlueClient:
    """Return a client of a shop with a table that is partitioned by year and place."""
    described: Any = {
        "Name": "orders",
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "string"}, {"Name": "name", "Type": "string"}],
            "Location": f"{shop.uri('orders')}/",
        },
        "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "place", "Type": "string"}],
        "Parameters": {"classification": "csv"},
    }
    shop.glue.create_table(DatabaseName="shop", TableInput=described)
    return shop.glue


def partition(shop: Shop, year: str, place: str, folder: str = "") -> Any:
    return {
        "Values": [year, place],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "string"}],
            "Location": shop.uri(folder or f"orders/year={year}/place={place}"),
        },
        "Parameters": {"rows": "3"},
    }


def values_of(answer: Any) -> list[list[str]]:
    return [one["Values"] for one in answer["Partitions"]]


def test_what_was_created_is_shown_until_it_is_deleted(orders: GlueClient, shop: Shop) -> None:
    given = partition(shop, "2020", "Rome")
    orders.create_partition(**TABLE, PartitionInput=given)

    shown: Any = orders.get_partition(**TABLE, PartitionValues=["2020", "Rome"])["Partition"]
    assert {name: shown[name] for name in given} == given
    assert (shown["DatabaseName"], shown["TableName"]) == ("shop", "orders")
    assert shown["CreationTime"]
    with pytest.raises(orders.exceptions.AlreadyExistsException, match="Partition already exists"):
        orders.create_partition(**TABLE, PartitionInput=given)

    orders.delete_partition(**TABLE, PartitionValues=["2020", "Rome"])
    assert values_of(orders.get_partitions(**TABLE)) == []
    for call in (orders.get_partition, orders.delete_partition):
        with pytest.raises(orders.exceptions.EntityNotFoundException, match="Cannot find part"):
            call(**TABLE, PartitionValues=["2020", "Rome"])


def test_many_are_created_and_deleted_and_those_that_cannot_be_are_named(
    orders: GlueClient, shop: Shop
) -> None:
    wrong = partition(shop, "2021", "Rome") | {"Values": ["2021"]}
    given = [partition(shop, "2020", "Rome"), wrong, partition(shop, "2020", "Rome")]

    told = orders.batch_create_partition(**TABLE, PartitionInputList=given)["Errors"]
    assert [(one["PartitionValues"], one["ErrorDetail"]["ErrorCode"]) for one in told] == [
        (["2021"], "InvalidInputException"),
        (["2020", "Rome"], "AlreadyExistsException"),
    ]
    answer = orders.batch_get_partition(
        **TABLE, PartitionsToGet=[{"Values": ["2020", "Rome"]}, {"Values": ["1", "x"]}]
    )
    assert values_of(answer) == [["2020", "Rome"]]

    gone: Any = [{"Values": ["2020", "Rome"]}, {"Values": ["1999", "x"]}]
    told = orders.batch_delete_partition(**TABLE, PartitionsToDelete=gone)["Errors"]
    assert [one["PartitionValues"] for one in told] == [["1999", "x"]]
    assert values_of(orders.get_partitions(**TABLE)) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("year = 2020", [["2020", "O'Brien"], ["2020", "Rome"]]),
        ("year > 999 AND place = 'Rome'", [["2020", "Rome"], ["2021", "Rome"]]),
        ("(place='O''Brien') and (year<>2021)", [["2020", "O'Brien"]]),
        ("year <= 2020 and year >= '2020' and place < 'P'", [["2020", "O'Brien"]]),
        ('"year" != 2020', [["2021", "Rome"]]),
    ],
)
def test_an_expression_lets_some_through(
    orders: GlueClient, shop: Shop, expression: str, expected: list[list[str]]
) -> None:
    every = [("2020", "Rome"), ("2020", "O'Brien"), ("2021", "Rome")]
    orders.batch_create_partition(
        **TABLE, PartitionInputList=[partition(shop, year, place) for year, place in every]
    )

    pages = orders.get_paginator("get_partitions").paginate(
        **TABLE, Expression=expression, PaginationConfig={"PageSize": 1}
    )

    assert [one for page in pages for one in values_of(page)] == expected


@pytest.mark.parametrize(
    "expression", ["year", "month = 1", "year = 2020 OR year = 2021", "year ="]
)
def test_another_expression_is_refused_and_says_what_is_taken(
    orders: GlueClient, expression: str
) -> None:
    with pytest.raises(orders.exceptions.InvalidInputException, match="Expression (is|names)"):
        orders.get_partitions(**TABLE, Expression=expression)


def test_segments_share_the_partitions_out(orders: GlueClient, shop: Shop) -> None:
    given = [partition(shop, str(year), "x") for year in range(2000, 2007)]
    orders.batch_create_partition(**TABLE, PartitionInputList=given)

    found = [
        values_of(
            orders.get_partitions(
                **TABLE,
                Segment={"SegmentNumber": number, "TotalSegments": 3},
                ExcludeColumnSchema=True,
            )
        )
        for number in range(3)
    ]

    assert sorted(sum(found, [])) == [one["Values"] for one in given]
    assert all(found)


def test_a_partition_elsewhere_is_refused(orders: GlueClient, shop: Shop) -> None:
    with pytest.raises(orders.exceptions.InvalidInputException, match="a location below it"):
        orders.create_partition(
            **TABLE, PartitionInput=partition(shop, "2020", "Rome", "orders_too/x")
        )


def test_rows_have_the_values_of_their_partition(orders: GlueClient, shop: Shop) -> None:
    shop.write("orders/first/part-0.csv", "id,name\n1,a\n")
    shop.write("orders/year=2021/place=Oslo/part-0.csv", "id,name\n2,b\n")
    orders.create_partition(
        **TABLE, PartitionInput=partition(shop, "2020", "Rome", "orders/first/")
    )
    transform_id = shop.transform(
        InputRecordTables=[{"DatabaseName": "shop", "TableName": "orders"}]
    )

    with shop.server.store.reading() as tx:
        transform = tx.transforms.get(transform_id)
        assert transform is not None
        rows = records_of(tx, transform, Places(shop.server.settings)).table

    assert rows.select(["id", "year", "place"]).to_pydict() == {
        "id": ["1", "2"],
        "year": [2020, 2021],
        "place": ["Rome", "Oslo"],
    }


@pytest.mark.parametrize("whole_database", [False, True])
def test_partitions_and_versions_go_with_their_table(
    orders: GlueClient, shop: Shop, whole_database: bool
) -> None:
    orders.create_partition(**TABLE, PartitionInput=partition(shop, "2020", "Rome"))
    described: Any = {"Name": "orders", "PartitionKeys": [{"Name": "year", "Type": "int"}]}
    orders.update_table(DatabaseName="shop", TableInput=described)
    if whole_database:
        orders.delete_database(Name="shop")
        orders.create_database(DatabaseInput={"Name": "shop"})
    else:
        orders.delete_table(DatabaseName="shop", Name="orders")
    orders.create_table(DatabaseName="shop", TableInput=described)

    assert values_of(orders.get_partitions(**TABLE)) == []
    versions = orders.get_table_versions(**TABLE)["TableVersions"]
    assert [one["VersionId"] for one in versions] == ["0"]
