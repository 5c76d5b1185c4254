"""Match tables on a cluster of two executors, of which one is killed at work on a skewed table.

Run by test_spark.py in a process of its own, as a process has one Spark session at a time. Prints
"same" where groups and scores are those of the local engine.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.matching.same_bytes import TABLES, check_spark_gives_the_same
from matchloop import Matcher, Records
from matchloop.data.io import read_records
from matchloop.data.pairs import Comparisons
from matchloop.matching.backends import prepare, spark
from matchloop.matching.backends.spark import on_spark
from matchloop.spark.sessions import spark_session


def skewed(people: Path) -> Records:
    """Return persons of whom a tenth have the same surname and suburb."""
    table = read_records(people, key="id").table
    is_tenth = np.arange(table.num_rows) % 10 == 0
    for name in ("surname", "suburb"):
        values = np.where(is_tenth, "smith", table.column(name).to_pylist())
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array([str(value) for value in values]))
    return read_records(table, key="id")


def main(people: Path, marker: Path) -> None:
    """Compare the cluster with the local engine."""
    here = prepare(skewed(people))
    matcher = Matcher().fit(here)
    expected = matcher.find_matches(here)

    def killing(compared: Comparisons) -> NDArray[np.float32]:
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:  # the first task: end the executor, the parent of the daemon that made this worker
            status = Path(f"/proc/{os.getppid()}/status").read_text()
            os.kill(int(status.split("PPid:")[1].split()[0]), signal.SIGKILL)
        return np.asarray(np.nansum(compared.features, axis=1), np.float32)

    def adding(compared: Comparisons) -> NDArray[np.float32]:
        return np.asarray(np.nansum(compared.features, axis=1), np.float32)

    spark.PART = 500
    with spark_session("local-cluster[2,1,1024]") as session:
        away = on_spark(here, session)
        survived = away.score(killing).probability
        assert marker.exists()
        assert survived.tobytes() == here.score(adding).probability.tobytes()
        found = matcher.find_matches(on_spark(prepare(skewed(people)), session))
        for name in TABLES:
            check_spark_gives_the_same(session, name)
    assert found.scores.probability.tobytes() == expected.scores.probability.tobytes()
    assert found.match_id.tobytes() == expected.match_id.tobytes()
    sys.stdout.write("same\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
