from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv
import pytest

import matchloop as ml
from matchloop.cli import main
from matchloop.errors import TableError, UsageError
from matchloop.spark import find_incremental_matches, find_matches, lowest_of_each_group

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[3] / "data"


def groups(table: pa.Table, key: str = "id") -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for row in table.select([key, "match_id"]).to_pylist():
        members.setdefault(row["match_id"], set()).add(str(row[key]))
    return {frozenset(keys) for keys in members.values()}


@pytest.fixture(scope="module")
def people(spark_session: Any) -> Any:
    """The people with a nested column, in four partitions and another order of rows."""
    table = pv.read_csv(DATA / "people.csv")
    notes = pa.array([{"row": row} for row in range(len(table))])
    frame = spark_session.createDataFrame(table.append_column("note.s", notes))
    return frame.repartition(4)


@pytest.fixture(scope="module")
def matcher() -> ml.Matcher:
    records = ml.read_records(pv.read_csv(DATA / "people.csv"), key="id")
    return ml.Matcher().fit(records)


def test_a_frame_gets_the_groups_of_the_local_engine(people: Any, matcher: ml.Matcher) -> None:
    result = find_matches(people, matcher, key="id")

    table = result.toArrow()
    records = ml.read_records(pv.read_csv(DATA / "people.csv"), key="id")
    assert table.column_names == [*people.columns, "match_id", "match_confidence_score"]
    assert groups(table) == groups(matcher.find_matches(records).table())


def test_ids_do_not_depend_on_partitions(people: Any, matcher: ml.Matcher) -> None:
    first = find_matches(people, matcher, key="id").toArrow().sort_by("id")
    second = find_matches(people.repartition(3), matcher, key="id").toArrow().sort_by("id")

    assert first["match_id"].to_pylist() == second["match_id"].to_pylist()


def test_ids_of_an_earlier_run_are_replaced(people: Any, matcher: ml.Matcher) -> None:
    once = find_matches(people, matcher, key="id")

    again = find_matches(once, matcher, key="id")

    assert again.columns == once.columns


def test_new_rows_join_the_groups_there_are(people: Any, matcher: ml.Matcher) -> None:
    from pyspark.sql import functions

    half = functions.col("id") % 3 != 0
    existing = find_matches(people.where(half), matcher, key="id").cache()

    both = find_incremental_matches(existing, people.where(~half), matcher, key="id").toArrow()

    before = existing.toArrow()
    kept = dict(zip(before["id"].to_pylist(), before["match_id"].to_pylist(), strict=True))
    now = dict(zip(both["id"].to_pylist(), both["match_id"].to_pylist(), strict=True))
    assert len(now) == people.count()
    assert sum(now[key] == number for key, number in kept.items()) > 0.98 * len(kept)


def test_duplicates_leave_the_row_of_the_lowest_key(people: Any, matcher: ml.Matcher) -> None:
    matched = find_matches(people, matcher, key="id").cache()

    left = lowest_of_each_group(matched, "id").toArrow()

    lowest = {min(map(int, keys)) for keys in groups(matched.toArrow())}
    assert set(left["id"].to_pylist()) == lowest


def test_a_key_that_is_no_column_is_named(people: Any, matcher: ml.Matcher) -> None:
    with pytest.raises(UsageError, match="no column 'nope'"):
        find_matches(people, matcher, key="nope")


def test_a_key_that_repeats_is_refused(people: Any, matcher: ml.Matcher) -> None:
    with pytest.raises(TableError, match="repeats"):
        find_matches(people.union(people), matcher, key="id")


def test_the_command_writes_the_same_bytes_with_spark(
    tmp_path: Path, spark_session: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(DATA / "people.csv"), "--key", "id", "-o"]

    assert main(["match", *options, str(tmp_path / "local.csv")]) == 0
    spark = ["--engine", "spark", "--master", "local[2]"]
    assert main(["match", *options, str(tmp_path / "spark.csv"), *spark]) == 0

    assert (tmp_path / "spark.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()
