"""Spark Connect: a server of its own, in a process that has no classic session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[3] / "data"

SCRIPT = """
import sys
import matchloop as ml
import pyarrow.csv as pv
from pyspark.sql import SparkSession
from matchloop.matching.backends import spark
from matchloop.spark import find_matches

spark.PART, spark.WAVE_BYTES = 700, 400_000
session = SparkSession.builder.remote("local[2]").getOrCreate()
assert "connect" in type(session).__module__
table = pv.read_csv(sys.argv[1]).sort_by("id")
records = ml.read_records(table, key="id")
matcher = ml.Matcher().fit(records)
found = find_matches(session.createDataFrame(table), matcher, key="id").toArrow().sort_by("id")
expected = matcher.find_matches(records).table()
for name in ("match_id", "match_confidence_score"):
    assert found[name].to_pylist() == expected[name].to_pylist(), name
session.stop()
"""


def test_groups_through_spark_connect_are_those_of_the_local_engine() -> None:
    for name in ("pyspark", "grpc", "grpc_status"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pyspark[connect]")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Java is not installed: no java on the path, no JAVA_HOME")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(DATA / "people.csv")],
        env={**os.environ, "PYSPARK_PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
