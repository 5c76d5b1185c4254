"""Match tables through Spark Connect and compare the bytes with those of the local engine.

Run by test_connect.py in a process of its own, as a process has one Spark session at a time. The
argument is "sail", for a server of Sail in this process, or a remote as Spark takes it. Prints
"same" at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

from engine.matching.same_bytes import TABLES, check_spark_gives_the_same, records_of
from matchloop import Matcher, read_records
from matchloop.matching.backends import spark
from matchloop.spark import find_matches


@contextmanager
def opened(remote: str) -> Iterator[Any]:
    """Open a session."""
    if remote == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        host, port = server.listening_address
        remote = f"sc://{host}:{port}"
    session: Any = SparkSession.builder.remote(remote).getOrCreate()
    assert "connect" in type(session).__module__
    yield session
    session.stop()


def main(remote: str) -> None:
    """Compare every table; of the people also a frame that was read by the session."""
    spark.PART, spark.WAVE_BYTES = 700, 400_000
    with opened(remote) as session:
        for name in TABLES:
            check_spark_gives_the_same(session, name)
        # Spark takes rows in the order of their keys.
        records = read_records(records_of("people.csv").table.sort_by("id"), key="id")
        matcher = Matcher().fit(records)
        frame = session.createDataFrame(records.table)
        found = find_matches(frame, matcher, key="id").toArrow().sort_by("id")
    expected = matcher.find_matches(records).table()
    for name in ("match_id", "match_confidence_score"):
        assert found[name].to_pylist() == expected[name].to_pylist(), name
    sys.stdout.write("same\n")


if __name__ == "__main__":
    main(sys.argv[1])
