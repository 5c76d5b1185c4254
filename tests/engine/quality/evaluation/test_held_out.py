import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

from matchloop.data.labels import LabeledPairs
from matchloop.errors import InputError
from matchloop.quality.evaluation import evaluate, score_metrics, split_by_set


def sets_of(*counts: tuple[int, int]) -> LabeledPairs:
    match, numbers = [], []
    for number, (yes, no) in enumerate(counts):
        match += [True] * yes + [False] * no
        numbers += [number] * (yes + no)
    left = np.arange(len(match), dtype=np.int32)
    return LabeledPairs(left, left + 1000, np.asarray(match), np.asarray(numbers, np.int32))


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=2, max_size=12))
def test_a_set_is_never_split(counts: list[tuple[int, int]]) -> None:
    train, test = split_by_set(sets_of(*counts), seed=1)

    assert not {*train.set_index.tolist()} & {*test.set_index.tolist()}
    assert len(train) + len(test) == sum(yes + no for yes, no in counts)
    assert len({*test.set_index.tolist()}) == max(1, round(0.3 * len(counts)))


def test_the_same_seed_gives_the_same_split() -> None:
    labels = sets_of(*[(2, 2)] * 10)

    one, two = split_by_set(labels, seed=3)[1], split_by_set(labels, seed=3)[1]
    other = split_by_set(labels, seed=4)[1]

    assert np.array_equal(one.left, two.left)
    assert not np.array_equal(one.left, other.left)


def test_a_pair_to_learn_from_is_not_tested() -> None:
    labels = sets_of(*[(2, 2)] * 6)
    left = labels.left.copy()
    left[::4] = 0  # the first pair of every set is the same pair
    right = labels.right.copy()
    right[::4] = 1000
    train, test = split_by_set(LabeledPairs(left, right, labels.is_match, labels.set_index))

    assert not np.isin(test.ids(), train.ids()).any()
    assert len(test) == 6


@pytest.mark.parametrize("labels", [sets_of((3, 3)), sets_of((1, 0), (1, 0)), sets_of((1, 1))])
def test_too_few_sets_are_told(labels: LabeledPairs) -> None:
    with pytest.raises(InputError, match=r"too few labels to hold some out: \d sets"):
        split_by_set(labels)


scored = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans()), min_size=1, max_size=30
).filter(lambda rows: any(match for _, match in rows))


@given(scored)
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability = np.asarray([row[0] for row in rows])
    is_match = np.asarray([row[1] for row in rows])
    found = score_metrics(probability, is_match)
    precision, recall, _ = precision_recall_curve(is_match, probability)
    both = np.maximum(precision + recall, 1e-12)
    matrix = found.confusion_matrix
    said = matrix.NumTruePositives + matrix.NumFalsePositives

    area = average_precision_score(is_match, probability)
    assert found.area_under_pr_curve == pytest.approx(area)
    assert found.f1 == pytest.approx((2 * precision * recall / both).max())
    assert found.recall == matrix.NumTruePositives / is_match.sum()
    assert found.precision == (matrix.NumTruePositives / said if said else 0)
    assert said + matrix.NumTrueNegatives + matrix.NumFalseNegatives == len(rows)


def test_a_model_is_fitted_on_some_sets_and_measured_on_the_others() -> None:
    labels = sets_of(*[(2, 2)] * 10)
    seen = []

    def know_all(train: LabeledPairs, test: LabeledPairs) -> NDArray[np.float64]:
        seen.append((len(train), len(test)))
        return np.where(test.is_match, 0.9, 0.1)

    found = evaluate(labels, know_all, column_importances={"city": 0.25, "name": 0.75})

    assert seen == [(28, 12)]
    assert found.to_dict() == {
        "AreaUnderPRCurve": 1.0,
        "Precision": 1.0,
        "Recall": 1.0,
        "F1": 1.0,
        "ConfusionMatrix": {
            "NumTruePositives": 6,
            "NumFalsePositives": 0,
            "NumTrueNegatives": 6,
            "NumFalseNegatives": 0,
        },
        "ColumnImportances": [
            {"ColumnName": "name", "Importance": 0.75},
            {"ColumnName": "city", "Importance": 0.25},
        ],
        "threshold": 0.5,
        "train_sets": 7,
        "test_sets": 3,
        "train_pairs": 28,
        "test_pairs": 12,
    }


def test_nothing_to_measure_is_zero_not_a_crash() -> None:
    found = score_metrics(np.empty(0), np.empty(0, np.bool_))

    assert (found.f1, found.area_under_pr_curve, found.precision, found.recall) == (0, 0, 0, 0)
