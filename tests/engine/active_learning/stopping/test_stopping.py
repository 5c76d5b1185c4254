import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.active_learning.stopping import (
    BUILTIN,
    Checkpoint,
    Combined,
    MeanDoubt,
    Plateau,
    Progress,
    StoppingRule,
    Width,
    WorstDoubt,
    agreement,
    checkpoint,
    find_rule,
    forecast,
    look_ahead,
)
from matchloop.errors import UnknownName, UsageError


def standing(labels: int, agreed: float = math.nan, doubt: float = 0.3) -> Checkpoint:
    return Checkpoint(labels, 100, agreed, doubt, min(0.5, doubt + 0.1), 0.9)


checkpoints = st.builds(
    Checkpoint,
    labels=st.integers(1, 10_000),
    predicted=st.integers(0, 10_000),
    agreement=st.one_of(st.just(math.nan), st.floats(0, 1)),
    doubt=st.floats(0, 0.5),
    worst_doubt=st.floats(0, 0.5),
    expected_f1=st.floats(0, 1),
)
progress = st.builds(
    Progress,
    checkpoints=st.lists(checkpoints, min_size=1, max_size=6).map(tuple),
    is_ready=st.booleans(),
    half_width=st.one_of(st.none(), st.floats(0, 1)),
)


@pytest.mark.parametrize("name", sorted(BUILTIN))
@given(given_=progress)
def test_every_rule_says_why_and_says_the_same_again(name: str, given_: Progress) -> None:
    rule = find_rule(name)

    assert isinstance(rule, StoppingRule)
    assert rule == find_rule(name)
    verdict = rule.verdict(given_)
    assert verdict == rule.verdict(given_)
    assert verdict.why
    assert "\n" not in verdict.why


@given(given_=progress, rows=st.integers(0, 500))
def test_an_outlook_is_one_line_with_an_interval_around_what_is_expected(
    given_: Progress, rows: int
) -> None:
    outlook = look_ahead(given_, Combined(), rows)

    assert "\n" not in outlook.line()
    assert "nan" not in str(outlook.to_dict()).lower()
    if rows and not given_.is_ready:
        assert not outlook.stop
    if rows == 0:
        assert outlook.stop
    if outlook.change is not None:
        assert 0 <= outlook.change.low <= outlook.change.expected <= outlook.change.high <= 1


def test_a_plateau_is_as_many_still_rounds_in_a_row_as_asked_for() -> None:
    still = [standing(20), *(standing(20 * n, 0.995) for n in (2, 3, 4))]

    assert Plateau().verdict(Progress(tuple(still))).stop
    assert not Plateau().verdict(Progress(tuple(still[:3]))).stop
    assert Plateau(times=2).verdict(Progress(tuple(still[:3]))).stop
    moved = [*still[:3], standing(80, 0.9), standing(100, 1.0)]
    assert not Plateau().verdict(Progress(tuple(moved))).stop


def test_doubt_and_width_stop_below_their_limits() -> None:
    sure = Progress((standing(20, doubt=0.01),), half_width=0.01)
    unsure = Progress((standing(20),), half_width=0.2)

    for rule in (MeanDoubt(), WorstDoubt(), Width()):
        assert rule.verdict(sure).stop
        assert not rule.verdict(unsure).stop
    assert not Width().verdict(Progress((standing(20, doubt=0.01),))).stop


def test_the_forecast_falls_as_labels_grow_and_grows_with_the_questions() -> None:
    early = forecast([standing(20), standing(40, 0.9)], 20)
    late = forecast([standing(200), standing(220, 0.99)], 20)
    more = forecast([standing(20), standing(40, 0.9)], 80)

    assert early is not None
    assert late is not None
    assert more is not None
    assert late.expected < early.expected < more.expected
    assert early.expected == pytest.approx(0.1 * math.log2(1.5))
    assert forecast([standing(20)], 20) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20))
def test_agreement_is_one_for_equals_and_zero_without_a_common_pair(
    both: list[tuple[bool, bool]],
) -> None:
    one = np.array([first for first, _ in both], np.bool_)
    other = np.array([second for _, second in both], np.bool_)

    assert 0 <= agreement(one, other) == agreement(other, one) <= 1
    assert agreement(one, one) == 1
    assert agreement(one, ~one) == (0 if both else 1)


def test_a_checkpoint_counts_only_what_can_still_be_asked() -> None:
    probability = np.array([0.9, 0.5, 0.1], np.float32)
    predicted = np.array([True, True, False])

    made = checkpoint(6, predicted, probability, np.array([True, False, True]), None)

    assert made.predicted == 2
    assert not made.is_compared
    assert made.doubt == pytest.approx(0.1)
    assert made.worst_doubt == pytest.approx(0.1)
    assert made.expected_f1 == pytest.approx(2 * 1.4 / (2 + 1.5))
    nothing = np.zeros(3, np.bool_)
    assert checkpoint(6, predicted, probability, nothing, predicted).doubt == 0


def test_wrong_settings_and_unknown_rules_are_refused() -> None:
    with pytest.raises(UnknownName, match="known: combined"):
        find_rule("never")
    for wrong in (
        lambda: Plateau(0),
        lambda: Plateau(0.9, 0),
        lambda: MeanDoubt(0.6),
        lambda: WorstDoubt(0),
        lambda: Width(2),
    ):
        with pytest.raises(UsageError, match="give"):
            wrong()
