from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from api.operations.conftest import Shop

ARN = "arn:aws:glue:us-east-1:123456789012:"


def arn_of(shop: Shop, kind: str) -> str:
    """Make a resource of a kind and return its ARN."""
    if kind == "mlTransform":
        return f"{ARN}mlTransform/{shop.transform()}"
    if kind == "crawler":
        shop.glue.create_crawler(
            Name="walker",
            Role="any",
            DatabaseName="shop",
            Targets={"S3Targets": [{"Path": shop.uri("")}]},
        )
        return f"{ARN}crawler/walker"
    if kind == "job":
        command = {"Name": "glueetl", "ScriptLocation": "builtin:find-matches"}
        shop.glue.create_job(
            Name="nightly",
            Role="any",
            Command=command,  # type: ignore[arg-type]
        )
        return f"{ARN}job/nightly"
    return {"database": f"{ARN}database/shop", "table": f"{ARN}table/shop/customers"}[kind]


KINDS = ["mlTransform", "database", "table", "crawler", "job"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_tags(shop: Shop, kind: str) -> None:
    arn = arn_of(shop, kind)
    before = shop.glue.get_tags(ResourceArn=arn)["Tags"]
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1", "A": "2", "ü": ""})
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "3"})
    shop.glue.untag_resource(ResourceArn=arn, TagsToRemove=["A", "never there"])

    assert before == {}
    assert shop.glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "3", "ü": ""}


@pytest.mark.parametrize("kind", KINDS)
def test_tags_go_with_their_resource(shop: Shop, kind: str) -> None:
    arn = arn_of(shop, kind)
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1"})
    glue = shop.glue
    removals: dict[str, Callable[[], object]] = {
        "mlTransform": lambda: glue.delete_ml_transform(TransformId=arn.rpartition("/")[2]),
        "database": lambda: glue.delete_database(Name="shop"),
        "table": lambda: glue.delete_table(DatabaseName="shop", Name="customers"),
        "crawler": lambda: glue.delete_crawler(Name="walker"),
        "job": lambda: glue.delete_job(JobName="nightly"),
    }
    removals[kind]()

    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn)
    with shop.server.store.reading() as tx:
        assert tx.tags.all(kind) == {}


@pytest.mark.parametrize("account", ["", "123456789012", "999999999999"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3", ""])
def test_region_and_account_are_not_compared(shop: Shop, account: str, region: str) -> None:
    tags = {"a": "1"}
    shop.glue.tag_resource(ResourceArn=f"{ARN}database/shop", TagsToAdd=tags)
    arn = f"arn:aws:glue:{region}:{account}:database/shop"

    assert shop.glue.get_tags(ResourceArn=arn)["Tags"] == tags


@pytest.mark.parametrize(
    "name",
    ["mlTransform/tfm-none", "database/none", "table/shop/none", "table/none/customers"]
    + ["table/customers", "table/shop/customers/x", "crawler/none", "job/none", "trigger/any"],
)
def test_what_does_not_exist_is_not_found(shop: Shop, name: str) -> None:
    arn, glue = f"{ARN}{name}", shop.glue

    with pytest.raises(glue.exceptions.EntityNotFoundException, match="not found"):
        glue.get_tags(ResourceArn=arn)
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="not found"):
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1"})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="not found"):
        glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])


def test_an_arn_of_another_form_is_refused(shop: Shop) -> None:
    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="no ARN"):
        shop.glue.get_tags(ResourceArn="arn:aws:glue:us-east-1:database")


def test_fifty_tags_over_all_calls_are_the_most(shop: Shop) -> None:
    arn = f"{ARN}database/shop"
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={f"k{i}": "" for i in range(30)})

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="51 tags"):
        shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={f"m{i}": "" for i in range(21)})
    assert len(shop.glue.get_tags(ResourceArn=arn)["Tags"]) == 30
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={f"m{i}": "" for i in range(20)})
    shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"k0": "new"})
    assert len(shop.glue.get_tags(ResourceArn=arn)["Tags"]) == 50


@pytest.mark.parametrize("key", ["aws:cloudformation:stack", "aws", "AWSkey"])
def test_reserved_keys_are_refused(shop: Shop, key: str) -> None:
    arn = f"{ARN}database/shop"

    with pytest.raises(shop.glue.exceptions.InvalidInputException, match="reserved"):
        shop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"fine": "1", key: "2"})
    assert shop.glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_a_table_or_database_is_found_whatever_the_case_of_its_name(shop: Shop) -> None:
    shop.glue.tag_resource(ResourceArn=f"{ARN}table/SHOP/Customers", TagsToAdd={"a": "1"})

    assert shop.glue.get_tags(ResourceArn=f"{ARN}table/shop/customers")["Tags"] == {"a": "1"}
