import numpy as np

from persons import make_persons
from speed import Clock, growth, shrunk


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
