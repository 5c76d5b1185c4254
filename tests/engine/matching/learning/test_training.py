import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from matchloop.data.io import read_records
from matchloop.data.labels import LabeledPairs
from matchloop.data.pairs import CandidatePairs
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.matching.learning import Model, learn, training
from matchloop.matching.learning.model import prior_scores, prior_standings
from matchloop.matching.learning.training import (
    _forest,
    _mean_per_pair,
    _random_candidates,
    _sample,
    _supposed_pairs,
    at_most,
    balanced_weights,
    prior_probabilities,
    random_pairs,
    trust_in_prior,
)

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


def test_with_plenty_of_labels_no_prior_model_is_fitted(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "PLENTY", 50)
    chosen = some_pairs(truth, 30)

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    assert model.prior is None
    assert model.reliance is None
    assert right(model, table, truth) > 0.98


@pytest.mark.parametrize("confirmed", [True, False])
def test_with_many_labels_the_prior_model_is_kept_where_they_confirm_it(
    confirmed: bool,
    table: PreparedTable,
    truth: NDArray[np.bool_],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "MANY", 50)
    chosen = some_pairs(truth, 30)
    answers = truth[chosen] if confirmed else ~truth[chosen]

    model = learn(table, labelled(table, chosen, answers), seed=0)

    assert (model.prior is not None) == confirmed


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


def test_labels_in_any_order_and_given_twice_teach_the_same_matches(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 20)
    moved = np.random.default_rng(0).permutation(np.concatenate((chosen, chosen)))

    model = learn(table, labelled(table, moved, truth[moved]), seed=0)

    assert right(model, table, truth) > 0.99


def test_unlabelled_pairs_of_sure_prior_are_taught_beside_labels_of_any_pairs(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    chosen = some_pairs(truth, 8)
    pairs = table.candidates
    last = len(table.records) - 1  # with the row before it, above every candidate
    left, right_ = np.append(pairs.left[chosen], last - 1), np.append(pairs.right[chosen], last)
    assert not np.isin((last - 1) << 32 | last, pairs.ids())
    sets = np.arange(len(left), dtype=np.int32)
    given_labels = LabeledPairs(left, right_, np.append(truth[chosen], False), sets)

    plain, leaning = (
        learn(table, given_labels, seed=0, prior=prior).score(table)[1].learned
        for prior in (False, True)
    )

    assert plain is not None
    assert leaning is not None
    assert np.mean((leaning >= 0.5) == truth) > 0.98
    assert plain.tobytes() != leaning.tobytes()


def test_what_was_learned_before_on_a_table_does_not_change_what_is_learned_next(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    fresh = prepare(table.records)
    matches = np.flatnonzero(truth)[:30]
    refuted = labelled(table, matches, np.zeros(30, np.bool_))

    without, other_seed, refuting = (
        learn(fresh, labels, seed=seed).score(fresh)[0].probability
        for labels, seed in ((None, 0), (None, 1), (refuted, 0))
    )

    assert without[truth].mean() > 0.9
    assert refuting[matches].max() < 0.5
    for labels, seed, before in ((None, 1, other_seed), (refuted, 0, refuting), (None, 0, without)):
        alone = prepare(table.records)
        again = learn(alone, labels, seed=seed).score(alone)[0].probability
        assert again.tobytes() == before.tobytes()
    assert without.tobytes() != other_seed.tobytes()


def test_labels_that_refute_a_reading_refute_it_as_prior_too(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    others = np.flatnonzero(~truth)
    strength = table.candidates.strength[others]
    chosen = np.concatenate((np.flatnonzero(truth)[:40], others[[strength.argmin()]]))
    answers = np.arange(len(chosen)) == 40

    model = learn(table, labelled(table, chosen, answers), seed=0)

    usual = learn(
        table, labelled(table, some_pairs(truth, 20), truth[some_pairs(truth, 20)]), seed=0
    )
    sure = [m.prior_probability(table.comparisons)[truth].mean() for m in (model, usual)]
    assert sure[0] < 0.5 < 0.9 < sure[1]


def test_many_easy_non_matches_are_still_few_labels(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MANY", 50)
    chosen = np.concatenate((np.flatnonzero(truth)[:10], np.flatnonzero(~truth)[:90]))

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    assert model.prior is not None
    assert right(model, table, truth) > 0.98


def test_a_large_table_is_read_from_whole_neighbourhoods_of_its_candidates(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAMPLE", len(truth) // 3)
    large = prepare(table.records)

    model = learn(large, None, seed=0)

    assert right(model, large, truth) > 0.98
    whole = learn(table, None, seed=0)
    shares = [
        int(re.findall(r"about (\d+)% of the records have a match", assumed)[0])
        for assumed in (model.assumed, whole.assumed)
    ]
    assert abs(shares[0] - shares[1]) <= 12


def test_some_records_of_a_sample_keep_all_of_their_rivals(
    table: PreparedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAMPLE", len(table.candidates) // 3)

    sample = _sample(table, 0).pairs

    before, kept = (
        np.bincount(np.concatenate((pairs.left, pairs.right)), minlength=len(table.records))
        for pairs in (table.candidates, sample)
    )
    assert len(sample) == pytest.approx(len(table.candidates) // 3, rel=0.1)
    assert ((kept == before) & (kept > 0)).sum() >= 5


def test_the_prior_model_sees_random_pairs_and_how_many_candidates_there_are(
    table: PreparedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = recorded(monkeypatch, "try_readings")
    monkeypatch.setattr(training, "SAMPLE", len(table.candidates) // 3)

    learn(prepare(table.records), None, seed=0)

    (((shown,), given),) = read
    assert len(shown) < given["n_candidates"] == len(table.candidates)
    assert len(given["background"]) > len(table.candidates)


def test_without_labels_two_sources_are_read_as_a_linkage() -> None:
    shops = prepare(read_records(DATA / "products_two_shops.csv", key="id", source="shop"))

    assert "one to one between the sources" in learn(shops, None, seed=0).assumed


def recorded(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Any, Any]]:
    """Record what a function that trains is called with; it is called all the same."""
    function = getattr(training, name)
    calls = []

    def called(*values: Any, **named: Any) -> Any:
        calls.append((values, named))
        return function(*values, **named)

    monkeypatch.setattr(training, name, called)
    return calls


def test_easy_pairs_have_the_weight_of_the_labels_but_less_where_these_refute_the_prior(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = recorded(monkeypatch, "fit_competition")
    chosen = some_pairs(truth, 30)
    city = table.comparer.names.index("city:words")
    other_meaning = np.nan_to_num(table.comparisons.features[chosen, city]) > 0.5

    for said in (truth[chosen], other_meaning):
        learn(table, labelled(table, chosen, said), seed=0)

    (_, _, agreeing), (_, _, refuting) = (given["supposed"] for _, given in fits)
    assert agreeing > 0.5
    assert 0 < refuting < 0.5 * agreeing


def test_easy_pairs_are_many_have_no_label_and_keep_their_prior(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = recorded(monkeypatch, "fit_competition")
    chosen = np.arange(0, len(truth), 3)
    labels = labelled(table, chosen, truth[chosen])
    few = at_most(labels, 60)

    model = learn(table, few, seed=0)

    assert model.prior is not None
    _, chance, _ = fits[0][1]["supposed"]
    easy = _random_candidates(table, few, 0)
    assert chance.tobytes() == prior_scores(table, model.prior).probability[easy].tobytes()
    unlabelled = _random_candidates(table, labels, 0)
    assert len(unlabelled) > 500
    assert not np.isin(unlabelled, chosen).any()


def test_a_label_that_is_detected_as_wrong_counts_less_in_the_competition(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = recorded(monkeypatch, "fit_competition")
    chosen = some_pairs(truth, 40)
    wrong = np.arange(len(chosen)) % 5 == 0

    learn(table, labelled(table, chosen, truth[chosen] ^ wrong), seed=0)

    weight = fits[0][0][2]
    assert weight[wrong].mean() < 0.5 * weight[~wrong].mean()


def test_a_labelled_pair_is_never_outdone_by_its_own_score_of_trees_that_know_its_label(
    table: PreparedTable, truth: NDArray[np.bool_], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = recorded(monkeypatch, "fit_competition")
    chosen = some_pairs(truth, 40)

    model = learn(table, labelled(table, chosen, truth[chosen]), seed=0)

    leads = fits[0][0][0]
    odds = np.exp(leads[:, 0].astype(np.float64))
    held_out = (1.02 * odds - 0.02) / (1 + odds)
    known = model.first_scores(table).probability
    assert (held_out < known[chosen] - 0.01).sum() >= 5
    pairs = table.candidates
    checked = 0
    for at, pair in enumerate(chosen):
        ends = pairs.left[pair], pairs.right[pair]
        rivals = np.flatnonzero(np.isin(pairs.left, ends) | np.isin(pairs.right, ends))
        rivals = rivals[rivals != pair]
        if np.isin(rivals, chosen).any() or held_out[at] < known[rivals].max(initial=0) + 1e-6:
            continue
        checked += 1
        assert leads[at, 3] == 1  # first among the candidates of both of its records
    assert checked >= 5


def test_trees_are_fitted_again_with_little_weight_for_a_label_detected_as_wrong() -> None:
    value = np.linspace(0, 1, 60, dtype=np.float32)
    right_ = value > 0.5
    said = right_.copy()
    said[[5, 12, 19, 40, 47, 54]] ^= True
    prior = np.where(right_, np.float32(0.99), np.float32(0.01))

    plain, _, _ = _forest(value[:, None], said, None, seed=0, few=True)
    again, _, reliability = _forest(value[:, None], said, prior, seed=0, few=True)

    assert reliability is not None
    wrong = said != right_
    assert reliability[wrong].max() < 0.5 < reliability[~wrong].min()
    errors = [
        np.abs(forest.probability(value[wrong, None]) - right_[wrong]).mean()
        for forest in (plain, again)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_while_labels_are_few_both_answers_weigh_the_same_and_trees_are_more() -> None:
    said = np.arange(100) % 10 == 0
    alike = np.zeros((100, 1), np.float32)

    few, many = (_forest(alike, said, None, seed=0, few=is_few)[0] for is_few in (True, False))

    assert float(few.probability(alike)[0]) == pytest.approx(0.5, abs=0.05)
    assert float(many.probability(alike)[0]) == pytest.approx(0.1, abs=0.05)
    assert len(few.roots) > len(many.roots)


def test_a_pair_labelled_twice_has_the_mean_of_its_out_of_bag_scores() -> None:
    values = np.array([0.2, 0.9, 0.6], np.float32)

    mean = _mean_per_pair(values, np.array([1, 0, 1]), 2)

    assert mean.tolist() == pytest.approx([0.9, 0.4])


def test_labels_of_pairs_that_are_no_candidates_tell_nothing_of_the_candidates_beside_them(
    table: PreparedTable, truth: NDArray[np.bool_]
) -> None:
    prior = learn(table, None, seed=0).forest
    priors, standings = prior_scores(table, prior), prior_standings(table, prior)
    matches = table.candidates.take(np.flatnonzero(truth))
    # each of these pairs comes just before a match in the order of the candidates
    before = matches.right - 1 > matches.left
    before &= ~np.isin(matches.ids() - 1, table.candidates.ids())
    left, right_ = matches.left[before][:20], matches.right[before][:20] - 1
    strangers = LabeledPairs(left, right_, np.ones(len(left), np.bool_), left)
    of_matches = labelled(table, np.flatnonzero(truth)[:20], np.ones(20, np.bool_))

    supposed, usual = (
        _supposed_pairs(table, given_labels, prior, priors, standings)[1]
        for given_labels in (strangers, of_matches)
    )

    assert len(left) == 20
    assert len(supposed) == 0
    assert len(usual) > 0


def test_priors_of_any_pairs_are_those_of_the_model_without_labels(table: PreparedTable) -> None:
    rows = np.arange(20)
    pairs = CandidatePairs.of(rows, rows + 7)

    features, own, priors = prior_probabilities(table, pairs, seed=0)

    model = learn(table, None, seed=0)
    compared = table.comparer.compare(pairs)
    assert priors.tobytes() == model.score(table)[0].probability.tobytes()
    assert own.tobytes() == model.forest.probability(compared.features).tobytes()
    names = len(table.comparer.names)
    np.testing.assert_array_equal(features[:, :names], compared.features)
    assert features.shape[1] > names


def test_random_pairs_are_pairs_that_may_match(table: PreparedTable) -> None:
    shops = prepare(read_records(DATA / "products_two_shops.csv", key="id", source="shop"))
    sources = shops.records.sources
    assert sources is not None

    drawn, across = random_pairs(table, 2_000, 0), random_pairs(shops, 2_000, 0)

    assert len(drawn) > 1_500
    assert (drawn.left < drawn.right).all()
    assert len(across) > 500
    assert (sources[across.left] != sources[across.right]).all()
    assert {*sources[across.left].tolist()} == {0, 1}


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
