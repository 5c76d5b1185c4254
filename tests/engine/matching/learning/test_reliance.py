from math import log

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matchloop.matching.learning.reliance import Reliance, fit_reliance

chances = st.floats(0, 1, width=32)


@st.composite
def labelled_chances(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 30))
    prior = draw(arrays(np.float32, count, elements=chances))
    unseen = draw(arrays(np.float32, count, elements=chances))
    return prior, unseen, draw(arrays(np.bool_, count))


def plain_log_odds(chance: float) -> float:
    return log((chance + 0.002) / (1.002 - chance))


def plain_share(
    odds: float, prior: list[float], unseen: list[float], is_match: list[bool]
) -> float:
    """Weigh each label by its nearness, in plain arithmetic."""
    near = [max(0.0, 1 - abs(odds - plain_log_odds(chance))) for chance in prior]
    labels = list(zip(near, prior, unseen, is_match, strict=True))
    wrong = 8 + sum(weight * (chance - match) ** 2 for weight, chance, _, match in labels)
    left = 8 + sum(weight * (chance - match) ** 2 for weight, _, chance, match in labels)
    surprise = sum((chance - match) ** 2 - chance * (1 - chance) for _, chance, _, match in labels)
    all_left = 8 + sum((chance - match) ** 2 for _, _, chance, match in labels)
    beaten = min(1.0, left / wrong) ** 2 * min(1.0, all_left / (8 + max(0.0, surprise))) ** 2
    return beaten * (0.2 + 0.8 * 40 / (40 + sum(near)))


@given(labelled_chances())
def test_the_share_at_each_step_is_that_of_a_plain_sum_over_the_labels(
    labels: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    expected = [
        plain_share(number / 4 - 6.5, *(part.tolist() for part in labels)) for number in range(53)
    ]

    np.testing.assert_allclose(fit_reliance(*labels).share, expected, atol=1e-5)


def test_between_two_steps_the_share_is_interpolated() -> None:
    share = np.linspace(1, 0, 53) ** 2
    between = 1.004 / (1 + np.exp(-0.1)) - 0.002  # log odds of .1: two fifths of a step above 0

    found = Reliance(share).of(np.array([between], np.float32))

    np.testing.assert_allclose(found, 0.6 * share[26] + 0.4 * share[27], atol=1e-5)


@given(labelled_chances(), arrays(np.float32, 9, elements=chances))
def test_a_mixed_probability_lies_between_the_two_that_are_mixed(
    labels: tuple[np.ndarray, np.ndarray, np.ndarray], learned: np.ndarray
) -> None:
    reliance = fit_reliance(*labels)
    prior = np.linspace(0, 1, 9, dtype=np.float32)

    mixed = reliance.mixed(learned, prior)

    share = reliance.of(prior)
    assert ((share >= 0) & (share <= 1)).all()
    assert ((mixed >= 0) & (mixed <= 1)).all()
    assert (mixed >= np.minimum(learned, prior) - 1e-5).all()
    assert (mixed <= np.maximum(learned, prior) + 1e-5).all()


@given(labelled_chances())
def test_the_same_labels_once_more_never_raise_the_reliance(
    labels: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    once, twice = fit_reliance(*labels), fit_reliance(*(np.tile(part, 2) for part in labels))

    assert (twice.share <= once.share + 1e-12).all()


def test_where_no_label_lies_near_a_pair_keeps_its_probability_without_labels() -> None:
    doubtful = np.full(400, 0.5, np.float32)
    is_match = np.arange(400) % 2 == 0
    reliance = fit_reliance(doubtful, is_match.astype(np.float32), is_match)
    easy = np.array([0.0, 0.001, 0.999, 1.0], np.float32)

    mixed = reliance.mixed(np.float32(1) - easy, easy)

    np.testing.assert_allclose(mixed, easy, atol=1e-5)
    assert reliance.of(doubtful[:1])[0] < 0.1


def test_where_labels_refute_it_the_model_without_labels_is_left() -> None:
    sure = np.full(60, 0.9, np.float32)
    unseen = np.full(60, 0.1, np.float32)
    wrong, right = np.zeros(60, np.bool_), np.ones(60, np.bool_)

    refuted = fit_reliance(sure, unseen, wrong).of(sure)
    confirmed = fit_reliance(sure, sure, right).of(sure)

    assert refuted.max() < 0.05
    assert confirmed.min() > 0.2


def test_a_prior_that_is_sure_and_wrong_counts_less_far_from_the_labels_too() -> None:
    sure = np.full(60, 0.95, np.float32)
    is_match = np.arange(60) % 3 == 0
    far = np.array([0.02], np.float32)

    refuted = fit_reliance(sure, is_match.astype(np.float32), is_match).of(far)
    as_wrong = fit_reliance(sure, sure, is_match).of(far)

    assert refuted[0] < 0.2
    assert as_wrong[0] == 1.0


def test_a_reliance_is_rebuilt_from_its_arrays() -> None:
    half = np.full(3, 0.5, np.float32)
    reliance = fit_reliance(half, half, np.array([True, False, True]))

    again = Reliance.from_arrays(reliance.to_arrays())

    assert again.share.tolist() == reliance.share.tolist()
