from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

    from api.operations.conftest import Shop

TABLE: Any = {"DatabaseName": "shop", "TableName": "t"}


@pytest.fixture
def changed(shop: Shop) -> GlueClient:
    """Return a client of a shop with a table of which there are twelve versions and one more."""
    shop.glue.create_table(DatabaseName="shop", TableInput={"Name": "t", "Description": "0"})
    for number in range(1, 13):
        shop.glue.update_table(
            DatabaseName="shop",
            TableInput={"Name": "t", "Description": str(number)},
            SkipArchive=number == 5,
        )
    return shop.glue


def test_versions_are_listed_the_latest_first(changed: GlueClient) -> None:
    pages = changed.get_paginator("get_table_versions").paginate(
        **TABLE, PaginationConfig={"PageSize": 5}
    )
    found = [one for page in pages for one in page["TableVersions"]]

    kept = [str(number) for number in range(12, -1, -1) if number != 4]  # archived at no update
    assert [one["VersionId"] for one in found] == kept
    assert [one["Table"]["Description"] for one in found] == kept
    assert {one["Table"]["Name"] for one in found} == {"t"}
    assert {one["Table"]["DatabaseName"] for one in found} == {"shop"}


def test_one_version_is_shown(changed: GlueClient) -> None:
    for number in ("12", "10", "3", "0"):
        shown = changed.get_table_version(**TABLE, VersionId=number)["TableVersion"]
        assert (shown["VersionId"], shown["Table"]["Description"]) == (number, number)
    latest = changed.get_table_version(**TABLE)["TableVersion"]
    assert latest["VersionId"] == "12"
    for number in ("4", "13", "x"):
        with pytest.raises(changed.exceptions.EntityNotFoundException, match=f"Version {number}"):
            changed.get_table_version(**TABLE, VersionId=number)


@pytest.fixture
def catalog(shop: Shop) -> GlueClient:
    """Return a client of a catalog with a few tables."""
    glue = shop.glue
    glue.create_database(DatabaseInput={"Name": "other"})
    described: list[tuple[str, Any]] = [
        ("shop", {"Name": "orders", "Description": "What people bought", "Owner": "Ann"}),
        ("other", {"Name": "orders", "Parameters": {"team": "blue", "size": "20"}}),
        (
            "other",
            {
                "Name": "items",
                "StorageDescriptor": {"Columns": [{"Name": "order_id", "Type": "int"}]},
                "Parameters": {"size": "9"},
            },
        ),
    ]
    for database, table in described:
        glue.create_table(DatabaseName=database, TableInput=table)
    return glue


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"SearchText": "order"}, ["other.items", "other.orders", "shop.orders"]),
        ({"SearchText": "PEOPLE bought"}, ["shop.orders"]),
        ({"SearchText": "bought people"}, ["shop.orders"]),
        ({"SearchText": '"bought people"'}, []),
        ({"SearchText": "nothing"}, []),
        ({"Filters": [{"Key": "DatabaseName", "Value": "other"}]}, ["other.items", "other.orders"]),
        ({"Filters": [{"Key": "Name", "Value": "items"}]}, ["other.items"]),
        ({"Filters": [{"Key": "owner", "Value": "Ann"}]}, ["shop.orders"]),
        (
            {"Filters": [{"Key": "size", "Value": "10", "Comparator": "GREATER_THAN"}]},
            ["other.orders"],
        ),
        (
            {
                "Filters": [
                    {
                        "Key": "CreateTime",
                        "Value": "2020-01-01T00:00:00+00:00",
                        "Comparator": "GREATER_THAN",
                    }
                ],
                "SearchText": "orders",
                "SortCriteria": [{"FieldName": "DatabaseName", "Sort": "DESC"}],
            },
            ["shop.orders", "other.orders"],
        ),
    ],
)
def test_tables_are_found_by_words_and_properties(
    catalog: GlueClient, request_: Any, expected: list[str]
) -> None:
    found: list[str] = []
    token: dict[str, Any] = {}
    while True:
        page = catalog.search_tables(MaxResults=1, **request_, **token)
        found += [f"{one['DatabaseName']}.{one['Name']}" for one in page["TableList"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert [one for one in found if "customers" not in one] == expected


def test_an_unknown_order_or_time_is_refused(catalog: GlueClient) -> None:
    refused = catalog.exceptions.InvalidInputException
    with pytest.raises(refused, match="SortCriteria names 'Size'"):
        catalog.search_tables(SortCriteria=[{"FieldName": "Size", "Sort": "ASC"}])
    with pytest.raises(refused, match="compares a time with 'yesterday'"):
        catalog.search_tables(Filters=[{"Key": "UpdateTime", "Value": "yesterday"}])
