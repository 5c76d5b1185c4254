from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matchloop_api.store import RunType
from matchloop_api.tasks.meter import WEIGHTS, Meter

STAGES = sorted({stage for stages in WEIGHTS.values() for stage in stages} | {"elsewhere"})


@given(
    st.sampled_from(RunType),
    st.lists(st.tuples(st.sampled_from(STAGES), st.floats(allow_nan=False))),
)
def test_a_run_never_goes_back_and_is_never_done_before_its_end(
    kind: RunType, told: list[tuple[str, float]]
) -> None:
    meter = Meter(kind)
    last = 0.0

    for stage, fraction in told:
        meter.on_stage(stage, fraction)
        progress = meter.read()
        assert last <= progress.percent <= 99.0
        assert progress.stage == stage
        last = progress.percent


def test_a_stage_counts_by_its_weight() -> None:
    meter = Meter(RunType.IMPORT_LABELS)

    meter.on_stage("read", 0.5)
    assert meter.read().percent == 30.0
    meter.on_stage("check", 0.0)
    assert meter.read().percent == 60.0


def test_pairs_are_the_most_that_were_told() -> None:
    meter = Meter(RunType.FIND_MATCHES)

    meter.compared(10)
    meter.compared(4)

    assert meter.read().pairs == 10


def test_every_type_of_run_has_stages() -> None:
    assert set(WEIGHTS) == set(RunType)
