from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from api.operations.conftest import Shop


def find_matches(**members: Any) -> Any:
    return {"TransformType": "FIND_MATCHES", "FindMatchesParameters": members}


def test_an_id_has_the_form_of_glues(shop: Shop) -> None:
    assert re.fullmatch("tfm-[0-9a-f]{40}", shop.transform())


def test_the_schema_is_the_tables_at_creation(shop: Shop) -> None:
    transform = shop.transform()
    shop.glue.delete_table(DatabaseName="shop", Name="customers")

    assert shop.glue.get_ml_transform(TransformId=transform)["Schema"] == [
        {"Name": "id", "DataType": "bigint"},
        {"Name": "name", "DataType": "string"},
        {"Name": "born", "DataType": "date"},
    ]


def test_the_table_is_found_whatever_the_case_of_its_name(shop: Shop) -> None:
    tables = [{"DatabaseName": "Shop", "TableName": "CUSTOMERS"}]
    transform = shop.transform(InputRecordTables=tables)

    assert shop.glue.get_ml_transform(TransformId=transform)["InputRecordTables"] == tables


@pytest.mark.parametrize(
    "kind",
    ["string", "char(3)", "varchar(20)", "boolean", "tinyint", "smallint", "int", "bigint"]
    + ["float", "double", "decimal", "decimal(10,2)", "date", "timestamp", "STRING"],
)
def test_every_comparable_type_is_taken(shop: Shop, kind: str) -> None:
    shop.add_table("typed", [{"Name": "id", "Type": "int"}, {"Name": "x", "Type": kind}])

    assert shop.transform(InputRecordTables=[{"DatabaseName": "shop", "TableName": "typed"}])


@pytest.mark.parametrize(
    "kind", ["array<string>", "map<string,int>", "struct<a:int>", "binary", "interval", "int(3)"]
)
def test_other_types_are_refused(shop: Shop, kind: str) -> None:
    shop.add_table("typed", [{"Name": "id", "Type": "int"}, {"Name": "x", "Type": kind}])

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="source column x has"):
        shop.transform(InputRecordTables=[{"DatabaseName": "shop", "TableName": "typed"}])


@pytest.mark.parametrize(("count", "is_taken"), [(100, True), (101, False)])
def test_a_table_may_have_a_hundred_columns(shop: Shop, count: int, is_taken: bool) -> None:
    shop.add_table("wide", [{"Name": f"c{i}", "Type": "string"} for i in range(count)])
    request = shop.request(
        InputRecordTables=[{"DatabaseName": "shop", "TableName": "wide"}],
        Parameters=find_matches(PrimaryKeyColumnName="c0"),
    )

    if is_taken:
        assert shop.glue.create_ml_transform(**request)["TransformId"]
    else:
        with pytest.raises(shop.glue.exceptions.InvalidInputException, match="101 columns"):
            shop.glue.create_ml_transform(**request)


def test_a_primary_key_in_other_letters_is_refused(shop: Shop) -> None:
    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="given primary key: ID.$"):
        shop.transform(Parameters=find_matches(PrimaryKeyColumnName="ID"))


def test_tags_are_given_at_creation(shop: Shop) -> None:
    transform = shop.transform(Tags={"Team": "data", "empty": ""})
    arn = f"arn:aws:glue:us-east-1:123456789012:mlTransform/{transform}"

    assert shop.glue.get_tags(ResourceArn=arn)["Tags"] == {"Team": "data", "empty": ""}


@pytest.mark.parametrize("key", ["aws:owner", "AWS", "awsome"])
def test_a_reserved_tag_makes_no_transform(shop: Shop, key: str) -> None:
    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="reserved"):
        shop.transform(Tags={key: "x"})

    assert shop.glue.list_ml_transforms()["TransformIds"] == []


def test_a_name_is_taken_whatever_else_is_asked(shop: Shop) -> None:
    shop.transform("dedupe")

    with pytest.raises(shop.glue.exceptions.AlreadyExistsException):
        shop.transform("dedupe", Description="another")
    assert shop.transform("Dedupe")


def test_a_refused_creation_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(shop.glue.exceptions.InvalidInputException):
        shop.transform(InputRecordTables=[{"DatabaseName": "shop", "TableName": "none"}])

    assert shop.glue.get_ml_transforms()["Transforms"] == []
    assert shop.transform()
