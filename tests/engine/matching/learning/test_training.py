from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from matchloop.data.io import read_records
from matchloop.data.labels import LabeledPairs
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.learning import Model, learn, training
from matchloop.matching.learning.training import at_most, balanced_weights, trust_in_prior

DATA = Path(__file__).parents[4] / "data"


@pytest.fixture(scope="module")
def table() -> PreparedTable:
    return prepare(read_records(DATA / "customers.csv", key="id"))


@pytest.fixture(scope="module")
def truth(table: PreparedTable) -> NDArray[np.bool_]:
    """Whether each candidate is a match."""
    rows = csv.read_csv(DATA / "customers_truth.csv").to_pydict()
    entity = dict(zip(map(str, rows["id"]), rows["customer"], strict=True))
    of = np.array([entity[key] for key in table.records.keys.to_pylist()])
    matches = of[table.candidates.left] == of[table.candidates.right]
    return np.asarray(matches, np.bool_)


def labelled(
    table: PreparedTable, chosen: NDArray[np.int64], is_match: NDArray[np.bool_]
) -> LabeledPairs:
    pairs = table.candidates.take(chosen)
    sets = np.arange(len(chosen), dtype=np.int32)
    return LabeledPairs(pairs.left, pairs.right, is_match, sets)


def some_pairs(truth: NDArray[np.bool_], of_each: int) -> NDArray[np.int64]:
    matches, others = np.flatnonzero(truth), np.flatnonzero(~truth)
    spread = [group[:: max(1, len(group) // of_each)][:of_each] for group in (matches, others)]
    return np.sort(np.concatenate(spread))


def right(model: Model, table: PreparedTable, truth: NDArray[np.bool_]) -> float:
    scores, _ = model.score(table)
    return float(np.mean((scores.probability >= 0.5) == truth))


def test_forty_labels_tell_matches_from_others(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 20)

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    assert right(model, table, truth) > 0.99


def test_a_fifth_of_wrong_labels_does_not_undo_what_the_table_tells(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 40)
    said = truth[chosen].copy()
    said[::5] = ~said[::5]

    model = learn(table, labelled(table, chosen, said), seed=0)

    assert right(model, table, truth) > 0.99


@pytest.mark.parametrize("answer", [True, False])
def test_one_answer_alone_leaves_the_model_without_labels(
    table: PreparedTable, truth: NDArray[np.bool_], answer: bool
) -> None:
    chosen = np.flatnonzero(truth == answer)[:5]

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    said = "Every labelled pair matches" if answer else "Every labelled pair differs"
    assert model.assumed.startswith(said)
    assert model.competition is None


def test_labels_without_a_pair_are_no_lack_of_labels(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    nothing = np.empty(0, np.int64)

    model = learn(table, labelled(table, nothing, truth[nothing]), seed=0)

    assert model.assumed.startswith("The labels hold no pair")


def reliance(model: Model, table: PreparedTable) -> NDArray[np.float64]:
    """How far the probability of each candidate leans on the prior."""
    assert model.reliance is not None
    return model.reliance.of(model.prior_probability(table.comparisons))


def test_the_prior_loses_weight_with_labels(table: PreparedTable, truth: NDArray[np.bool_]) -> None:
    few, more = some_pairs(truth, 8), some_pairs(truth, 60)

    shares = [
        reliance(learn(table, labelled(table, chosen, truth[chosen]), seed=0), table).mean()
        for chosen in (few, more)
    ]

    assert shares[0] > shares[1] > 0


def test_a_prior_that_labels_prove_wrong_is_not_trusted(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 30)
    features = table.comparisons.features
    city = table.comparer.names.index("city:words")
    other_meaning = np.nan_to_num(features[chosen, city]) > 0.5
    learned = labelled(table, chosen, other_meaning)

    model = learn(table, learned, seed=0)

    right_again = learn(table, labelled(table, chosen, truth[chosen]), seed=0)
    refuted = other_meaning != truth[chosen]
    assert (
        reliance(model, table)[chosen][refuted].mean()
        < 0.5 * reliance(right_again, table)[chosen][refuted].mean()
    )


def test_labels_of_doubtful_pairs_alone_leave_the_easy_ones_as_they_were(
    table: PreparedTable,
) -> None:
    without = learn(table, None, seed=0).score(table)[0].probability
    doubtful = np.flatnonzero((without > 0.1) & (without < 0.9))
    answers = np.arange(len(doubtful)) % 2 == 0

    with_labels = learn(table, labelled(table, doubtful, answers), seed=0).score(table)[0]

    easy = (without < 0.001) | (without > 0.999)
    kept = (with_labels.probability >= 0.5) == (without >= 0.5)
    assert easy.sum() > 100
    assert kept[easy].all()


def test_with_many_labels_the_prior_model_is_dropped(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MANY", 50)
    chosen = some_pairs(truth, 30)

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    assert model.prior is None
    assert model.reliance is None
    assert right(model, table, truth) > 0.98


def test_contradicting_labels_do_not_stop_learning(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 20)
    twice = np.concatenate([chosen, chosen[:3]])
    answers = np.concatenate([truth[chosen], ~truth[chosen[:3]]])

    model = learn(table, labelled(table, twice, answers), seed=0)

    assert right(model, table, truth) > 0.97


def test_a_model_survives_as_settings_and_arrays(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 20)
    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    again = Model.from_parts(*model.to_parts())

    assert again.score(table)[0].probability.tobytes() == (
        model.score(table)[0].probability.tobytes()
    )


def test_of_very_many_labels_an_even_spread_is_learned(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "TAUGHT", 60)
    chosen = np.arange(len(truth))

    model = learn(table, labelled(table, chosen, truth), seed=0)

    assert right(model, table, truth) > 0.97


answers = st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda said: len({*said}) == 2)


def in_one_row(is_match: list[bool]) -> LabeledPairs:
    rows = np.arange(len(is_match), dtype=np.int32)
    return LabeledPairs(rows, rows + 1, np.array(is_match), rows)


@given(answers)
def test_both_answers_weigh_the_same_and_the_rarer_ones_weigh_one_each(said: list[bool]) -> None:
    weight = balanced_weights(in_one_row(said))

    of_matches, of_others = (
        [value for value, match in zip(weight, said, strict=True) if match == wanted]
        for wanted in (True, False)
    )
    assert sum(of_matches) == pytest.approx(sum(of_others))
    assert min(of_matches, of_others, key=len) == [1.0] * min(len(of_matches), len(of_others))


@given(answers, st.integers(1, 40))
def test_an_even_spread_of_labels_keeps_their_order_and_the_share_of_each_answer(
    said: list[bool], count: int
) -> None:
    kept = at_most(in_one_row(said), count)

    assert len(kept) == min(count, len(said))
    assert (np.diff(kept.left) > 0).all()
    share = sum(said) / len(said)
    assert abs(int(kept.is_match.sum()) - share * len(kept)) < 1


chances = arrays(np.float32, 6, elements=st.floats(0, 1, width=32))


@given(chances, chances, arrays(np.bool_, 6), arrays(np.float64, 6, elements=st.floats(0, 9)))
def test_trust_in_the_prior_model_is_the_squared_ratio_of_the_two_errors(
    prior: NDArray[np.float32],
    out_of_bag: NDArray[np.float32],
    is_match: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> None:
    wrong, left = (
        1 + sum(w * (c - m) ** 2 for w, c, m in zip(weight, chance, is_match, strict=True))
        for chance in (prior.astype(np.float64), out_of_bag.astype(np.float64))
    )

    trust = trust_in_prior(prior, out_of_bag, is_match, weight)

    assert trust == pytest.approx(min(1.0, left / wrong) ** 2, rel=1e-5)
