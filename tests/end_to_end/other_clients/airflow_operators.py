"""Drive a crawler and the find-matches job by Airflow's operators: python ... FOLDER TRANSFORM.

The connection comes from AIRFLOW_CONN_AWS_DEFAULT.
"""

import json
import sys
from types import SimpleNamespace
from typing import Any

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator

folder, transform = sys.argv[1:]
crawler = GlueCrawlerOperator(
    task_id="crawl",
    config={
        "Name": "finder",
        "Role": "r",
        "DatabaseName": "found",
        "Targets": {"S3Targets": [{"Path": f"file://{folder}/in/"}]},
    },
    poll_interval=1,
)
said: dict[str, Any] = {"crawler": crawler.execute({})}
job = GlueJobOperator(
    task_id="match",
    job_name="dedupe",
    script_location="s3://matchloop/find-matches",
    iam_role_arn="arn:aws:iam::123456789012:role/any",
    script_args={"--TransformId": transform, "--OutputPath": f"file://{folder}/out/"},
    job_poll_interval=1,
    s3_bucket="logs",
    create_job_kwargs={"GlueVersion": "4.0"},
)
task = SimpleNamespace(stats_tags={}, xcom_push=lambda **_: None, xcom_pull=lambda **_: None)
said["job"] = job.execute({"ti": task})
print(json.dumps(said))  # noqa: T201
