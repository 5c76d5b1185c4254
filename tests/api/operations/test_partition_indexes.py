"""Partition indexes over boto3, against the live server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


def test_indexes_are_read_back_as_they_were_declared(glue: GlueClient) -> None:
    glue.create_database(DatabaseInput={"Name": "shop"})
    table = {"Name": "t", "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "month"}]}
    glue.create_table(
        DatabaseName="shop",
        TableInput=table,  # type: ignore[arg-type]
        PartitionIndexes=[{"IndexName": "by_year", "Keys": ["year", "month"]}],
    )
    glue.update_table(DatabaseName="shop", TableInput=table)  # type: ignore[arg-type]
    found = glue.get_partition_indexes(DatabaseName="shop", TableName="T")
    assert found["PartitionIndexDescriptorList"] == [
        {
            "IndexName": "by_year",
            "Keys": [{"Name": "year", "Type": "int"}, {"Name": "month", "Type": "string"}],
            "IndexStatus": "ACTIVE",
        }
    ]
    with pytest.raises(glue.exceptions.InvalidInputException, match="no partition key"):
        glue.create_table(
            DatabaseName="shop",
            TableInput={"Name": "u"},
            PartitionIndexes=[{"IndexName": "i", "Keys": ["day"]}],
        )
