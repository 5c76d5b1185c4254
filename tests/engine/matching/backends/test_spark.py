from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import matchloop
from engine.matching.same_bytes import (
    DATA,
    TABLES,
    bytes_of,
    check_spark_gives_the_same,
    records_of,
)
from matchloop import Matcher
from matchloop.active_learning.questions import LabelingSet
from matchloop.data.pairs import Comparisons
from matchloop.errors import MatchloopError, UsageError
from matchloop.matching.backends import PreparedTable, prepare, spark
from matchloop.matching.backends.spark import on_spark, packed, scored, scoring_kernel


def table_of(name: str) -> PreparedTable:
    return prepare(records_of(name))


def labels_of(table: PreparedTable) -> Any:
    """Label the strongest candidates as matches and the weakest as others."""
    order = np.argsort(-table.candidates.strength, kind="stable")
    chosen = np.sort(np.concatenate((order[:40], order[-40:])))
    pairs = table.candidates.take(chosen)
    strong = np.isin(chosen, order[:40])
    given = [label for match in strong for label in ("1", "1" if match else "2")]
    rows = np.column_stack((pairs.left, pairs.right))
    return LabelingSet(table.records, tuple(rows)).answered(given)


def sum_of_features(comparisons: Comparisons, beside: NDArray[np.float32]) -> NDArray[np.float32]:
    place = comparisons.pairs.left.astype(np.float32)
    return np.asarray(np.nansum(comparisons.features, axis=1) + place + beside, np.float32)


@pytest.mark.parametrize("name", TABLES)
def test_a_part_that_was_sent_is_scored_as_at_home(name: str) -> None:
    table = table_of(name)
    pairs = table.candidates.take(slice(100, 400))
    beside = np.arange(300, dtype=np.float32)

    away = scored(packed(table.comparer, pairs, beside), sum_of_features)

    assert away.tobytes() == sum_of_features(table.comparer.compare(pairs), beside).tobytes()


def test_another_version_on_an_executor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = scoring_kernel(sum_of_features)
    monkeypatch.setattr(spark, "installed_version", lambda: "0.0.1")

    with pytest.raises(UsageError, match=r"matchloop 0\.0\.1 is installed on an executor and "):
        next(kernel(iter([])))


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_spark_gives_the_bytes_of_the_local_engine(
    name: str, spark_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "PART", 700)
    monkeypatch.setattr(spark, "WAVE_BYTES", 400_000)
    here = table_of(name)
    away = on_spark(table_of(name), spark_session)
    labels = labels_of(here)

    for given in (None, labels):
        expected = Matcher().fit(here, given).find_matches(here)
        assert bytes_of(Matcher().fit(away, given).find_matches(away)) == bytes_of(expected)


@pytest.mark.slow
@pytest.mark.parametrize("part", [450, 2_000, 20_000])
def test_the_number_of_parts_does_not_count(
    part: int, spark_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "PART", part)

    check_spark_gives_the_same(spark_session, "three sources")


@pytest.mark.slow
def test_progress_on_spark_ends_at_one(spark_session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "PART", 1000)
    monkeypatch.setattr(spark, "WAVE_BYTES", 1)
    seen: list[float] = []
    table = on_spark(table_of("people.csv"), spark_session)

    Matcher().fit(table).score(table)
    table.score(
        lambda compared: np.zeros(len(compared), np.float32),
        on_stage=lambda _, done: seen.append(done),
    )

    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.slow
def test_two_executors_one_of_them_killed_and_a_skewed_table_leave_the_bytes_as_they_are(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pyspark.sql", reason="pyspark is not installed: matchloop[spark]")
    if shutil.which("java") is None or not sys.platform.startswith("linux"):
        pytest.skip("Java is not installed, or there is no /proc to find the executor in")
    script = Path(__file__).with_name("cluster_that_loses_an_executor.py")
    # the executors import the scoring functions of the script's helper, too
    places = [str(script.parents[3]), str(Path(matchloop.__file__).parents[1])]

    done = subprocess.run(
        [sys.executable, str(script), str(DATA / "people.csv"), str(tmp_path / "killed")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip().endswith("same"), done.stderr[-2000:]
    assert "Lost executor" in done.stdout + done.stderr


@pytest.mark.slow
def test_what_fails_on_an_executor_is_one_line(spark_session: Any) -> None:
    table = on_spark(table_of("people.csv"), spark_session)

    def failing(compared: Comparisons) -> NDArray[np.float32]:
        raise ValueError("no score today")

    with pytest.raises(MatchloopError, match="ValueError: no score today; the logs") as caught:
        table.score(failing)
    assert "\n" not in str(caught.value)
