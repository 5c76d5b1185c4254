"""Databases over boto3, against the live server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

ACCOUNT = "123456789012"


def arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:glue:us-east-1:{account}:database/{name}"


def test_a_database_is_read_back_as_it_was_given(glue: GlueClient) -> None:
    given: dict[str, Any] = {
        "Name": "shop",
        "Description": "all that is sold",
        "LocationUri": "s3://bucket/shop",
        "Parameters": {"owner": "me"},
        "CreateTableDefaultPermissions": [
            {
                "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
                "Permissions": ["ALL"],
            }
        ],
    }
    glue.create_database(DatabaseInput=given)  # type: ignore[arg-type]
    found: dict[str, Any] = dict(glue.get_database(Name="shop")["Database"])
    made = found.pop("CreateTime")
    assert made.tzinfo is not None
    assert found.pop("CatalogId") == ACCOUNT
    assert found == given


def test_names_are_lower_case_whatever_was_given(glue: GlueClient) -> None:
    glue.create_database(DatabaseInput={"Name": "Shop"})
    assert glue.get_database(Name="SHOP")["Database"]["Name"] == "shop"
    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Database already exists\."):
        glue.create_database(DatabaseInput={"Name": "sHOP"})


def test_a_missing_database_is_said_to_be_missing(glue: GlueClient) -> None:
    calls: list[Any] = [
        lambda: glue.get_database(Name="nowhere"),
        lambda: glue.delete_database(Name="nowhere"),
        lambda: glue.update_database(Name="nowhere", DatabaseInput={"Name": "nowhere"}),
    ]
    for call in calls:
        with pytest.raises(
            glue.exceptions.EntityNotFoundException, match=r"Database nowhere not found\."
        ):
            call()


def test_databases_come_in_pages_by_name(glue: GlueClient) -> None:
    for number in (3, 1, 2):
        glue.create_database(DatabaseInput={"Name": f"d{number}"})
    pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 2}))
    assert [[one["Name"] for one in page["DatabaseList"]] for page in pages] == [
        ["d1", "d2"],
        ["d3"],
    ]
    assert glue.get_databases(ResourceShareType="FOREIGN")["DatabaseList"] == []
    assert glue.get_databases(AttributesToGet=["NAME"], MaxResults=1)["DatabaseList"] == [
        {"Name": "d1"}
    ]
    with pytest.raises(glue.exceptions.InvalidInputException, match="NextToken"):
        glue.get_databases(NextToken="nonsense")


def test_an_update_replaces_the_definition_and_keeps_name_and_birthday(glue: GlueClient) -> None:
    glue.create_database(DatabaseInput={"Name": "shop", "Description": "old"})
    born = glue.get_database(Name="shop")["Database"]["CreateTime"]
    glue.update_database(Name="shop", DatabaseInput={"Name": "shop", "Parameters": {"a": "b"}})
    found = glue.get_database(Name="shop")["Database"]
    assert found["Parameters"] == {"a": "b"}
    assert "Description" not in found
    assert found["CreateTime"] == born
    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be renamed"):
        glue.update_database(Name="shop", DatabaseInput={"Name": "other"})


def test_a_deleted_database_takes_its_tables_and_tags_along(glue: GlueClient) -> None:
    glue.create_database(DatabaseInput={"Name": "shop"}, Tags={"team": "a"})
    glue.create_table(DatabaseName="shop", TableInput={"Name": "orders"})
    assert glue.get_tags(ResourceArn=arn("shop"))["Tags"] == {"team": "a"}
    glue.delete_database(Name="shop")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn("shop"))
    glue.create_database(DatabaseInput={"Name": "shop"})
    assert glue.get_tables(DatabaseName="shop")["TableList"] == []
    assert glue.get_tags(ResourceArn=arn("shop"))["Tags"] == {}


def test_the_catalog_is_the_accounts_own(glue: GlueClient, raw_glue: GlueClient) -> None:
    glue.create_database(CatalogId=ACCOUNT, DatabaseInput={"Name": "shop"})
    assert raw_glue.get_database(CatalogId="", Name="shop")["Database"]["Name"] == "shop"
    with pytest.raises(glue.exceptions.InvalidInputException, match="no catalog 999"):
        glue.get_database(CatalogId="999999999999", Name="shop")


def test_a_link_to_a_database_elsewhere_is_refused(glue: GlueClient) -> None:
    with pytest.raises(glue.exceptions.InvalidInputException, match="TargetDatabase is not"):
        glue.create_database(
            DatabaseInput={"Name": "link", "TargetDatabase": {"DatabaseName": "shop"}}
        )


def test_terraforms_calls_for_a_database_and_a_table_succeed(raw_glue: GlueClient) -> None:
    """The sequence that the provider sends without an account: empty CatalogId and account."""
    raw_glue.create_database(CatalogId="", DatabaseInput={"Name": "db"}, Tags={})
    assert raw_glue.get_database(CatalogId="", Name="db")["Database"]["Name"] == "db"
    assert raw_glue.get_tags(ResourceArn=arn("db", account=""))["Tags"] == {}
    table: dict[str, Any] = {
        "Name": "t",
        "Owner": "owner",
        "Parameters": {},
        "Retention": 0,
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]},
    }
    raw_glue.create_table(CatalogId="", DatabaseName="db", TableInput=table)  # type: ignore[arg-type]
    found = raw_glue.get_table(CatalogId="", DatabaseName="db", Name="t")["Table"]
    assert found["Retention"] == 0
    indexes = raw_glue.get_partition_indexes(CatalogId="", DatabaseName="db", TableName="t")
    assert indexes["PartitionIndexDescriptorList"] == []
    raw_glue.delete_table(CatalogId="", DatabaseName="db", Name="t")
    raw_glue.delete_database(CatalogId="", Name="db")


def test_the_aws_cli_makes_and_lists_databases(server: Any, tmp_path: Path) -> None:
    aws = str(Path(sys.executable).with_name("aws"))
    if not Path(aws).exists():
        pytest.skip("the aws cli is not installed")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL_GLUE": server.url,
        "AWS_ENDPOINT_URL_STS": server.url,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, aws, *words], env=environ, capture_output=True, text=True, check=False
        )

    made = run("glue", "create-database", "--database-input", "Name=shop,Description=all")
    assert (made.returncode, made.stderr) == (0, "")
    listed = run("glue", "get-databases", "--output", "json")
    assert [one["Name"] for one in json.loads(listed.stdout)["DatabaseList"]] == ["shop"]
    missing = run("glue", "get-database", "--name", "nowhere")
    assert missing.returncode != 0
    assert "(EntityNotFoundException)" in missing.stderr
    assert "Database nowhere not found." in missing.stderr
    identity = run("sts", "get-caller-identity", "--output", "json")
    assert json.loads(identity.stdout)["Account"] == ACCOUNT
