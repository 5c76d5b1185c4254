from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


def test_boto3_is_served(glue: GlueClient) -> None:
    glue.create_database(DatabaseInput={"Name": "shop"})
    answer = glue.get_database(Name="shop")
    assert answer["Database"]["Name"] == "shop"
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36
