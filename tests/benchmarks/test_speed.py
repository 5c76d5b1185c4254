from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import matchloop as ml
from persons import make_persons
from speed import LABELLED_ROWS, Clock, growth, shrunk, write_labels


def test_a_clock_sums_a_stage_that_goes_on_later() -> None:
    clock = Clock()
    for stage in ("read", "match", "match", "write", "match", "end"):
        clock.at(stage)

    stages = clock.stages()

    assert list(stages) == ["read", "match", "write"]
    assert all(told["seconds"] >= 0 for told in stages.values())
    assert clock.peak > 0


def test_growth_is_the_exponent_of_cpu_seconds() -> None:
    def run(seconds: float) -> dict[str, object]:
        return {"stages": {"block": {"cpu_seconds": seconds}, "tiny": {"cpu_seconds": 0.0}}}

    runs = {"1000": run(0.5), "100000": run(50.0)}

    assert growth(runs, [1_000, 100_000]) == {"block": 1.0}
    assert growth(runs, [1_000]) == {}


def test_a_smaller_table_keeps_whole_entities() -> None:
    table = make_persons(2_000)

    small = shrunk(table, 500, "ent", 0)

    whole, kept = (each["ent"].to_numpy() for each in (table, small))
    share = np.array([(kept == one).sum() == (whole == one).sum() for one in set(kept.tolist())])
    assert small.num_rows == 500
    assert (~share).sum() <= 1
    assert shrunk(table, 5_000, "ent", 0) is table


def test_labels_are_half_matches_and_all_right(tmp_path: Path) -> None:
    table = make_persons(2_000)
    entity = table["ent"].to_numpy()
    pq.write_table(table.drop_columns(["ent"]), tmp_path / "table.parquet")

    write_labels(tmp_path / "table.parquet", entity, tmp_path / "labels.csv", "id")

    records = ml.read_records(tmp_path / "table.parquet", key="id")
    pairs = ml.read_labels(tmp_path / "labels.csv", key="id").pairs(records)
    same = entity[pairs.left] == entity[pairs.right]
    assert len(pairs) == LABELLED_ROWS // 2
    assert int(pairs.is_match.sum()) == LABELLED_ROWS // 4
    assert same.tolist() == pairs.is_match.tolist()
