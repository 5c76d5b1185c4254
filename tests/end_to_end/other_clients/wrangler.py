"""Drive the catalog with awswrangler: python wrangler.py URL_OF_SERVER URL_OF_S3 BUCKET."""

import json
import sys
from typing import Any

import awswrangler as wr
import boto3
import pandas as pd

server, s3, bucket = sys.argv[1:]
wr.config.glue_endpoint_url = server
wr.config.s3_endpoint_url = s3
boto3.setup_default_session(
    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="us-east-1"
)
people = pd.DataFrame({"id": [1, 2, 3], "name": ["Ann", "Anne", "Bob"], "year": [2020, 2020, 2021]})
place = f"s3://{bucket}/people/"
said: dict[str, Any] = {}

wr.catalog.create_database("lake")
wr.s3.to_parquet(
    people, place, dataset=True, database="lake", table="people", partition_cols=["year"]
)
said["partitions"] = wr.catalog.get_parquet_partitions(database="lake", table="people")
said["of 2021"] = wr.catalog.get_parquet_partitions(
    database="lake", table="people", expression="year = 2021"
)
wr.catalog.add_parquet_partitions(
    database="lake",
    table="people",
    partitions_values={f"{place}year=2022/": ["2022"]},
)
said["values"] = sorted(wr.catalog.get_partitions(database="lake", table="people").values())
wr.catalog.delete_partitions(database="lake", table="people", partitions_values=[["2022"]])
said["left"] = sorted(wr.catalog.get_partitions(database="lake", table="people").values())
said["found"] = [one["Name"] for one in wr.catalog.search_tables(text="people")]
said["rows"] = len(wr.s3.read_parquet_table(database="lake", table="people"))
wr.s3.to_parquet(
    people.assign(city="Rome"),
    place,
    dataset=True,
    mode="append",
    catalog_versioning=True,
    database="lake",
    table="people",
    partition_cols=["year"],
)
said["versions"] = wr.catalog.get_table_number_of_versions(database="lake", table="people")
wr.catalog.delete_all_partitions(database="lake", table="people")
said["at last"] = wr.catalog.get_partitions(database="lake", table="people")
print(json.dumps(said))  # noqa: T201
