"""Tables of the catalog over boto3, against the live server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

ACCOUNT = "123456789012"

GIVEN: dict[str, Any] = {
    "Name": "orders",
    "Description": "what was bought",
    "Owner": "me",
    "LastAccessTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "LastAnalyzedTime": datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
    "Retention": 3,
    "StorageDescriptor": {
        "Columns": [
            {"Name": "id", "Type": "bigint", "Comment": "a number", "Parameters": {"k": "v"}},
            {"Name": "Title", "Type": "string"},
        ],
        "Location": "s3://nobodys-bucket/orders/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {
            "Name": "serde",
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            "Parameters": {"separatorChar": ","},
        },
        "BucketColumns": [],
        "SortColumns": [{"Column": "id", "SortOrder": 1}],
        "Parameters": {"skip.header.line.count": "1"},
        "SkewedInfo": {"SkewedColumnNames": ["id"]},
        "StoredAsSubDirectories": False,
    },
    "PartitionKeys": [{"Name": "year", "Type": "int"}],
    "ViewOriginalText": "text",
    "ViewExpandedText": "more text",
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"classification": "csv"},
}


@pytest.fixture
def shop(glue: GlueClient) -> GlueClient:
    glue.create_database(DatabaseInput={"Name": "shop"})
    return glue


def test_a_table_is_read_back_as_it_was_given(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="shop", TableInput=GIVEN)  # type: ignore[arg-type]
    found: dict[str, Any] = dict(shop.get_table(DatabaseName="shop", Name="orders")["Table"])
    assert found["CreateTime"] == found["UpdateTime"]
    assert found["CreatedBy"].startswith(f"arn:aws:iam::{ACCOUNT}:")
    added = {
        "DatabaseName": "shop",
        "CatalogId": ACCOUNT,
        "VersionId": "0",
        "IsRegisteredWithLakeFormation": False,
    }
    for name in ("CreateTime", "UpdateTime", "CreatedBy"):
        del found[name]
    assert found == GIVEN | added


def test_names_are_lower_case_whatever_was_given(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="SHOP", TableInput={"Name": "Orders"})
    found = shop.get_table(DatabaseName="Shop", Name="ORDERS")["Table"]
    assert (found["Name"], found["DatabaseName"]) == ("orders", "shop")
    with pytest.raises(shop.exceptions.AlreadyExistsException, match=r"Table already exists\."):
        shop.create_table(DatabaseName="shop", TableInput={"Name": "ORDERS"})


def test_what_is_missing_is_named(shop: GlueClient) -> None:
    table, database = r"Table gone not found\.", r"Database gone not found\."
    calls: list[tuple[str, Any]] = [
        (table, lambda: shop.get_table(DatabaseName="shop", Name="gone")),
        (table, lambda: shop.delete_table(DatabaseName="shop", Name="gone")),
        (table, lambda: shop.update_table(DatabaseName="shop", TableInput={"Name": "gone"})),
        (table, lambda: shop.get_partition_indexes(DatabaseName="shop", TableName="gone")),
        (table, lambda: shop.get_partitions(DatabaseName="shop", TableName="gone")),
        (database, lambda: shop.get_table(DatabaseName="gone", Name="x")),
        (database, lambda: shop.get_tables(DatabaseName="gone")),
        (database, lambda: shop.create_table(DatabaseName="gone", TableInput={"Name": "x"})),
        (database, lambda: shop.batch_delete_table(DatabaseName="gone", TablesToDelete=["x"])),
    ]
    for text, call in calls:
        with pytest.raises(shop.exceptions.EntityNotFoundException, match=text):
            call()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*", ["customers", "orders", "orders_2020", "orders_2021"]),
        ("orders*", ["orders", "orders_2020", "orders_2021"]),
        ("orders.*", ["orders", "orders_2020", "orders_2021"]),
        ("ORDERS", ["orders"]),
        (".*2020|cust.*", ["customers", "orders_2020"]),
        ("*s", ["customers", "orders"]),
        ("orders_[0-9]*", ["orders_2020", "orders_2021"]),
        (".*o.*", ["customers", "orders", "orders_2020", "orders_2021"]),
        ("order", []),
    ],
)
def test_an_expression_selects_tables_by_the_whole_name(
    shop: GlueClient, expression: str, expected: list[str]
) -> None:
    for name in ("orders", "orders_2020", "orders_2021", "customers"):
        shop.create_table(DatabaseName="shop", TableInput={"Name": name})
    found = shop.get_tables(DatabaseName="shop", Expression=expression)["TableList"]
    assert [one["Name"] for one in found] == expected


def test_a_wrong_or_costly_expression_does_no_harm(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="shop", TableInput={"Name": "a" * 200})
    with pytest.raises(shop.exceptions.InvalidInputException, match="no regular expression"):
        shop.get_tables(DatabaseName="shop", Expression="(")
    assert shop.get_tables(DatabaseName="shop", Expression="(a+)+b")["TableList"] == []


def test_tables_come_in_pages_and_with_the_attributes_asked_for(shop: GlueClient) -> None:
    for number in range(5):
        shop.create_table(
            DatabaseName="shop", TableInput={"Name": f"t{number}", "TableType": "EXTERNAL_TABLE"}
        )
    pages = shop.get_paginator("get_tables").paginate(
        DatabaseName="shop", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["TableList"]) for page in pages] == [2, 2, 1]
    found = shop.get_tables(DatabaseName="shop", AttributesToGet=["NAME", "TABLE_TYPE"])
    assert found["TableList"][0] == {
        "Name": "t0",
        "DatabaseName": "shop",
        "TableType": "EXTERNAL_TABLE",
    }
    assert shop.get_tables(DatabaseName="shop", ResourceShareType="FEDERATED")["TableList"] == []
    with pytest.raises(shop.exceptions.InvalidInputException, match="must include NAME"):
        shop.get_tables(DatabaseName="shop", AttributesToGet=["TABLE_TYPE"])


def test_an_update_replaces_the_definition_and_counts_versions(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="shop", TableInput=GIVEN)  # type: ignore[arg-type]
    before = shop.get_table(DatabaseName="shop", Name="orders")["Table"]
    shop.update_table(
        DatabaseName="shop", TableInput={"Name": "Orders", "Parameters": {"a": "b"}}, VersionId="0"
    )
    after = shop.get_table(DatabaseName="shop", Name="orders")["Table"]
    assert after["Parameters"] == {"a": "b"}
    assert "StorageDescriptor" not in after
    assert after["VersionId"] == "1"
    assert after["CreateTime"] == before["CreateTime"]
    assert after["UpdateTime"] > before["UpdateTime"]
    assert after["CreatedBy"] == before["CreatedBy"]


def test_an_update_of_an_older_version_is_refused_and_changes_nothing(shop: GlueClient) -> None:
    """As pyiceberg and Spark commit: whoever comes second has to begin again."""
    shop.create_table(DatabaseName="shop", TableInput={"Name": "t", "Description": "first"})
    shop.update_table(DatabaseName="shop", TableInput={"Name": "t", "Description": "second"})
    with pytest.raises(shop.exceptions.ConcurrentModificationException, match="concurrent"):
        shop.update_table(
            DatabaseName="shop",
            TableInput={"Name": "t", "Description": "third"},
            VersionId="0",
            SkipArchive=True,
        )
    assert shop.get_table(DatabaseName="shop", Name="t")["Table"]["Description"] == "second"


def test_a_table_is_neither_renamed_nor_a_window_to_elsewhere(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    refused: list[tuple[str, Any]] = [
        (
            "cannot be renamed",
            lambda: shop.update_table(DatabaseName="shop", Name="t", TableInput={"Name": "u"}),
        ),
        ("TableInput is missing", lambda: shop.create_table(DatabaseName="shop", Name="v")),
        (
            "TargetTable is not offered",
            lambda: shop.create_table(
                DatabaseName="shop", TableInput={"Name": "w", "TargetTable": {"Name": "t"}}
            ),
        ),
        (
            "OpenTableFormatInput is not offered",
            lambda: shop.create_table(
                DatabaseName="shop",
                TableInput={"Name": "w"},
                OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE"}},
            ),
        ),
    ]
    for text, call in refused:
        with pytest.raises(shop.exceptions.InvalidInputException, match=text):
            call()


def test_a_deleted_table_is_gone_with_its_tags(shop: GlueClient) -> None:
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:table/shop/t"
    shop.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    shop.tag_resource(ResourceArn=arn, TagsToAdd={"a": "b"})
    shop.delete_table(DatabaseName="shop", Name="T")
    shop.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    assert shop.get_tags(ResourceArn=arn)["Tags"] == {}


def test_many_tables_are_deleted_at_once_and_the_missing_named(shop: GlueClient) -> None:
    for name in ("a", "b"):
        shop.create_table(DatabaseName="shop", TableInput={"Name": name})
    answer = shop.batch_delete_table(DatabaseName="shop", TablesToDelete=["a", "x", "B"])
    assert answer["Errors"] == [
        {
            "TableName": "x",
            "ErrorDetail": {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": "Table x not found.",
            },
        }
    ]
    assert shop.get_tables(DatabaseName="shop")["TableList"] == []


def test_a_table_has_no_partitions(shop: GlueClient) -> None:
    shop.create_table(DatabaseName="shop", TableInput={"Name": "t"})
    pages = shop.get_paginator("get_partitions").paginate(DatabaseName="shop", TableName="t")
    assert [page["Partitions"] for page in pages] == [[]]
    with pytest.raises(shop.exceptions.EntityNotFoundException, match=r"Cannot find partition\."):
        shop.get_partition(DatabaseName="shop", TableName="t", PartitionValues=["2020"])


def test_the_calls_of_awswrangler_for_a_dataset_succeed(glue: GlueClient) -> None:
    """to_csv(dataset=True): look for database and table, make them, write again, append."""
    assert [p["DatabaseList"] for p in glue.get_paginator("get_databases").paginate()] == [[]]
    glue.create_database(DatabaseInput={"Name": "wr"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="wr", Name="people")
    given: dict[str, Any] = GIVEN | {"Name": "people", "PartitionKeys": []}
    glue.create_table(DatabaseName="wr", TableInput=given)  # type: ignore[arg-type]
    found = glue.get_table(DatabaseName="wr", Name="people")["Table"]
    given = {name: found[name] for name in given}  # type: ignore[literal-required]
    given["Parameters"] |= {"projection.enabled": "false"}
    glue.update_table(DatabaseName="wr", TableInput=given, SkipArchive=True)  # type: ignore[arg-type]
    found = glue.get_table(DatabaseName="wr", Name="people")["Table"]
    assert found["Parameters"]["projection.enabled"] == "false"
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="wr", Expression=".*peop.*")
    assert [one["Name"] for page in pages for one in page["TableList"]] == ["people"]
    glue.delete_table(DatabaseName="wr", Name="people")


def test_the_calls_of_pyiceberg_for_a_commit_succeed(glue: GlueClient) -> None:
    """A pointer to metadata in Parameters, exchanged against the version that was read."""
    glue.create_database(DatabaseInput={"Name": "ice", "Parameters": {}})
    iceberg = {"table_type": "ICEBERG", "metadata_location": "s3://b/00.json"}
    glue.create_table(
        DatabaseName="ice",
        TableInput={"Name": "t", "TableType": "EXTERNAL_TABLE", "Parameters": iceberg},
    )
    version = glue.get_table(DatabaseName="ice", Name="t")["Table"]["VersionId"]
    glue.update_table(
        DatabaseName="ice",
        TableInput={
            "Name": "t",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": iceberg | {"metadata_location": "s3://b/01.json"},
        },
        SkipArchive=True,
        VersionId=version,
    )
    found = glue.get_table(DatabaseName="ice", Name="t")["Table"]
    assert found["Parameters"]["metadata_location"] == "s3://b/01.json"
    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(
            DatabaseName="ice", TableInput={"Name": "t"}, SkipArchive=True, VersionId=version
        )
