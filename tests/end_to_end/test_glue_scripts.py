"""Job scripts as AWS Glue writes them, run unchanged on Spark."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import matchloop as ml
from end_to_end.conftest import Served
from end_to_end.csv_rows import Rows, read, write
from end_to_end.people_transform import add_table, client_of, taught

pytestmark = pytest.mark.slow

GENERATED = """
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglueml.transforms import FindMatches

## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ['JOB_NAME'])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args['JOB_NAME'], args)
## @type: DataSource
datasource0 = glueContext.create_dynamic_frame.from_catalog(database = "demo", table_name = "people_csv", transformation_ctx = "datasource0")
## @type: ResolveChoice
resolvechoice1 = ResolveChoice.apply(frame = datasource0, choice = "MATCH_CATALOG", database = "demo", table_name = "people_csv", transformation_ctx = "resolvechoice1")
## @type: FindMatches
## @args: [transformId = "TRANSFORM", emitFusion = false, survivorComparisonField = "<primary_id>", transformation_ctx = "findmatches2"]
findmatches2 = FindMatches.apply(frame = resolvechoice1, transformId = "TRANSFORM", transformation_ctx = "findmatches2")
single_partition = findmatches2.repartition(1)
## @type: DataSink
datasink3 = glueContext.write_dynamic_frame.from_options(frame = single_partition, connection_type = "s3", connection_options = {"path": "OUTPUT"}, format = "csv", transformation_ctx = "datasink3")
job.commit()
"""  # noqa: E501

INCREMENTAL = """
import sys
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import DropNullFields, ResolveChoice
from awsglue.utils import getResolvedOptions
from awsglueml.transforms import FindIncrementalMatches, FindMatches
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "INPUT", "OUTPUT", "TRANSFORM_ID"])
context = GlueContext(SparkContext.getOrCreate())
rows = context.create_dynamic_frame.from_options(
    connection_type="s3", connection_options={"paths": [args["INPUT"]]}, format="csv",
    format_options={"withHeader": True, "separator": ","},
)
rows = DropNullFields.apply(frame=ResolveChoice.apply(frame=rows, choice="make_struct"))
frame = rows.toDF()
old = DynamicFrame.fromDF(frame.where("id % 5 > 0"), context, "old")
new = DynamicFrame.fromDF(frame.where("id % 5 = 0"), context, "new")
matched = FindMatches.apply(
    old, transformId=args["TRANSFORM_ID"], computeMatchConfidenceScores=True
)
both = FindIncrementalMatches.apply(
    existingFrame=matched, incrementalFrame=new, transformId=args["TRANSFORM_ID"]
)
context.write_dynamic_frame.from_options(
    frame=both.repartition(1), connection_type="s3",
    connection_options={"path": args["OUTPUT"]}, format="csv",
)
"""

STUDIO = """
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrameCollection
from awsglue import DynamicFrame


# Script generated for node Custom Transform
def MyTransform(glueContext, dfc) -> DynamicFrameCollection:
    from awsglueml.transforms import FindMatches
    glueContext.get_logger().info("matching " + list(dfc.keys())[0])
    dynf = dfc.select(list(dfc.keys())[0])
    found = FindMatches.apply(frame=dynf, transformId="TRANSFORM", computeMatchConfidenceScores=1)
    return DynamicFrameCollection({"FindMatches": found}, glueContext)


def sparkSqlQuery(glueContext, query, mapping, transformation_ctx) -> DynamicFrame:
    for alias, frame in mapping.items():
        frame.toDF().createOrReplaceTempView(alias)
    return DynamicFrame.fromDF(spark.sql(query), glueContext, transformation_ctx)


args = getResolvedOptions(sys.argv, ["JOB_NAME"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

Source_node1 = glueContext.create_dynamic_frame.from_catalog(
    database="demo", table_name="people_csv", transformation_ctx="Source_node1"
)
Custom_node2 = MyTransform(
    glueContext, DynamicFrameCollection({"Source_node1": Source_node1}, glueContext)
)
Select_node3 = SelectFromCollection.apply(
    dfc=Custom_node2, key=list(Custom_node2.keys())[0], transformation_ctx="Select_node3"
)
Filter_node4 = Filter.apply(
    frame=Select_node3, f=lambda row: row["match_id"] is not None, transformation_ctx="Filter_node4"
)
Change_node5 = ApplyMapping.apply(
    frame=Filter_node4,
    mappings=[("id", "string", "id", "string"), ("match_id", "long", "match_id", "string")],
    transformation_ctx="Change_node5",
)
Sql_node6 = sparkSqlQuery(
    glueContext, "select match_id, count(*) n from groups group by match_id",
    {"groups": Change_node5}, "Sql_node6",
)
Sink_node7 = glueContext.write_dynamic_frame.from_options(
    frame=Sql_node6.coalesce(1), connection_type="s3", format="glueparquet",
    connection_options={"path": "OUTPUT/sizes", "partitionKeys": []},
    format_options={"compression": "snappy"}, transformation_ctx="Sink_node7",
)
Sink_node8 = glueContext.write_dynamic_frame.from_catalog(
    frame=Change_node5.coalesce(1), database="demo", table_name="matched",
    transformation_ctx="Sink_node8",
)
job.commit()
"""

PAIRS = """
import sys

import pyspark.sql.functions as F
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from awsglueml.transforms import FindMatches
from pyspark.context import SparkContext
from pyspark.sql import Window


class MatchingJob:
    def __init__(self):
        args = getResolvedOptions(sys.argv, ["JOB_NAME", "INPUT", "OUTPUT", "TRANSFORM_ID"])
        self.args = args
        self.context = GlueContext(SparkContext())
        self.job = Job(self.context)
        self.job.init(args["JOB_NAME"], args)

    @staticmethod
    def with_key(row):
        row["key"] = "k" + row["id"] if row.get("id") else None
        return row

    @staticmethod
    def with_pair(row):
        row["match_id"] = f"{row['match_id']}*"
        return row

    def run(self):
        rows = self.context.create_dynamic_frame.from_options(
            connection_type="s3", connection_options={"paths": [self.args["INPUT"]]}, format="json",
            format_options={"multiline": False},
        )
        rows = rows.map(f=MatchingJob.with_key).rename_field("id", "number")
        rows = rows.drop_fields(paths=["number"]).rename_field("key", "id")
        frame = rows.toDF()
        halves = frame.where("id < 'k5'").union(frame.where("id >= 'k5'"))
        rows = DynamicFrame.fromDF(halves, self.context, "rows")
        found = FindMatches.apply(
            rows, transformId=self.args["TRANSFORM_ID"], transformation_ctx="found",
            computeMatchConfidenceScores=False,
        ).map(f=MatchingJob.with_pair)
        window = Window.partitionBy("match_id")
        frame = found.toDF().withColumn("n", F.count("match_id").over(window))
        frame = frame.filter(frame["n"] > 1).drop("n")
        self.context.write_dynamic_frame.from_options(
            frame=DynamicFrame.fromDF(frame, self.context, "twice").repartition(1),
            connection_type="s3", format="csv", connection_options={"path": self.args["OUTPUT"]},
        )
        self.job.commit()


if __name__ == "__main__":
    MatchingJob().run()
"""


@pytest.fixture(autouse=True)
def spark() -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: matchloop[spark]")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is not installed: no java on the path, no JAVA_HOME")


def run_script(folder: Path, text: str, *arguments: str, **environment: str) -> None:
    script = folder / "job.py"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "matchloop.spark.glue", str(script), *arguments],
        cwd=folder,
        env={**os.environ, "PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def written(folder: Path) -> Rows:
    (part,) = folder.glob("part-*.csv")
    return read(part)


def groups(rows: Rows) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for row in rows:
        members.setdefault(row["match_id"], set()).add(row["id"])
    return {frozenset(keys) for keys in members.values()}


def test_an_incremental_script_runs_with_a_saved_model(
    tmp_path: Path, hundred_people: tuple[Rows, Mapping[str, str]]
) -> None:
    rows, person = hundred_people
    write(tmp_path / "people.csv", rows)
    records = ml.read_records(tmp_path / "people.csv", key="id")
    ml.Matcher().fit(records).save(tmp_path / "people.model")
    arguments = ["--JOB_NAME", "x", "--INPUT", str(tmp_path / "people.csv")]
    arguments += ["--OUTPUT", str(tmp_path / "out"), "--TRANSFORM_ID", "people"]

    run_script(tmp_path, INCREMENTAL, *arguments, MATCHLOOP_MODELS=str(tmp_path))

    out = written(tmp_path / "out")
    assert list(out[0]) == [*rows[0], "match_id"]
    assert {row["id"] for row in out} == {row["id"] for row in rows}
    true = groups([{"id": row["id"], "match_id": person[row["id"]]} for row in rows])
    assert len(groups(out) & true) > 0.85 * len(true)


def test_a_script_with_functions_of_records_runs_with_a_saved_model(
    tmp_path: Path, hundred_people: tuple[Rows, Mapping[str, str]]
) -> None:
    rows, person = hundred_people
    lines = (json.dumps(row) for row in rows)
    (tmp_path / "people.json").write_text("\n".join(lines), encoding="utf-8")
    write(tmp_path / "people.csv", rows)
    records = ml.read_records(tmp_path / "people.csv", key="id")
    ml.Matcher().fit(records).save(tmp_path / "people.model")
    arguments = ["--JOB_NAME", "x", "--INPUT", str(tmp_path / "people.json")]
    arguments += ["--OUTPUT", str(tmp_path / "out"), "--TRANSFORM_ID", "people"]

    run_script(tmp_path, PAIRS, *arguments, MATCHLOOP_MODELS=str(tmp_path))

    out = written(tmp_path / "out")
    assert all(row["match_id"].endswith("*") for row in out)
    found = {frozenset(key[1:] for key in keys) for keys in groups(out)}
    true = groups([{"id": row["id"], "match_id": person[row["id"]]} for row in rows])
    several = {keys for keys in true if len(keys) > 1}
    assert len(found & several) > 0.8 * len(several)


def test_a_generated_script_runs_against_the_server(
    served: Served, people: Mapping[str, str], tmp_path: Path
) -> None:
    transform = taught(client_of(served), served.folder, people)
    text = GENERATED.replace("TRANSFORM", transform).replace("OUTPUT", str(tmp_path / "out"))
    (served.folder / "exchange").mkdir()
    environment = {**served.signing, "AWS_ENDPOINT_URL_GLUE": served.url}
    environment["MATCHLOOP_EXCHANGE"] = str(served.folder / "exchange")

    run_script(tmp_path, text, "--JOB_NAME", "match-people", **environment)

    records = ml.read_records(served.folder / "people/people.csv", key="id")
    labels = ml.read_labels(served.folder / "labels.csv", key="id")
    expected = ml.Matcher().fit(records, labels).find_matches(records).table()
    ids = map(str, expected["match_id"].to_pylist())
    pairs = zip(expected["id"].to_pylist(), ids, strict=True)
    same = groups([{"id": key, "match_id": number} for key, number in pairs])
    assert groups(written(tmp_path / "out")) == same
    assert list((served.folder / "exchange").rglob("*.csv")) == []

    # The script of Glue Studio's visual editor, with the transform that is there by now.
    add_table(client_of(served), served.folder, "matched", ["id", "match_id"])
    text = STUDIO.replace("TRANSFORM", transform).replace("OUTPUT", str(tmp_path))
    run_script(tmp_path, text, "--JOB_NAME", "match-people", **environment)

    assert groups(written(served.folder / "matched")) == same
    sizes = pq.read_table(tmp_path / "sizes")["n"].to_pylist()
    assert sorted(sizes) == sorted(map(len, same))
