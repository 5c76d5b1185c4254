"""Without labels, made-up tables of each structure are read as what they are."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring import (
    Shape,
    Unsupervised,
    neighbourhoods,
    try_readings,
    unsupervised,
)
from matchloop.matching.scoring.options import Option, no_match
from matchloop.matching.scoring.structure import Structure, competed, consistency, detect_structure
from matchloop.matching.scoring.unsupervised import PriorModels, _pairs_told_of

NAMES = ("a:edit", "b:edit", "c:edit", "d:edit", "record:words", "rivals:words_rank")


def made_up_table(
    sizes: Sequence[int] | NDArray[np.integer],
    *,
    seed: int,
    sources: NDArray[np.integer] | None = None,
    rivals: float = 5,
) -> tuple[Comparisons, NDArray[np.int64], NDArray[np.bool_]]:
    """Entities of given sizes; each record also stands beside records of other entities."""
    rng = np.random.default_rng(seed)
    entity = np.repeat(np.arange(len(sizes)), sizes)
    n = len(entity)
    left, right = np.triu_indices(n, 1)
    same = entity[left] == entity[right]
    drawn = rng.random(len(left)) < rivals / n
    kept = same | drawn
    if sources is not None:
        kept &= sources[left] != sources[right]
    left, right, same = left[kept].astype(np.int32), right[kept].astype(np.int32), same[kept]
    return comparisons_of(left, right, same, rng), entity, same


def comparisons_of(
    left: NDArray[np.integer],
    right: NDArray[np.integer],
    same: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Comparisons:
    high, low = rng.beta(9, 1, (len(left), 4)), rng.beta(1.5, 4, (len(left), 4))
    features = np.where(same[:, None], high, low).astype(np.float32)
    features[rng.random(features.shape) < 0.1] = np.nan
    whole = np.nan_to_num(features, nan=0.5).mean(axis=1)
    rank = np.zeros(len(left))
    pairs = CandidatePairs.of(left, right)
    return Comparisons(pairs, np.column_stack((features, whole, rank)).astype(np.float32), NAMES)


def random_pairs(n: int, rng: np.random.Generator, count: int = 3000) -> Comparisons:
    left, right = rng.integers(0, n, (2, count))
    unlike = left != right
    pairs = CandidatePairs.of(left[unlike], right[unlike])
    return comparisons_of(pairs.left, pairs.right, np.zeros(len(pairs), bool), rng)


def fitted(comparisons: Comparisons, *, seed: int = 0, **table: Any) -> Unsupervised:
    """Fit the model that a table supports best without labels."""
    models = try_readings(comparisons, seed=seed, **table)
    return models.fitted(models.preferred(), seed=seed)


def test_groups_are_found_in_a_table_with_duplicates() -> None:
    sizes = np.tile([1, 2, 3, 4], 75)
    comparisons, entity, same = made_up_table(sizes, seed=0)
    background = random_pairs(len(entity), np.random.default_rng(1))

    scorer = fitted(comparisons, n_records=len(entity), background=background)

    assert scorer.structure.shape is Shape.GROUPS
    assert scorer.structure.matched == pytest.approx(0.9, abs=0.05)
    assert scorer.structure.several > 0.5
    assert ((scorer.probability(comparisons) > 0.5) == same).mean() > 0.98
    assert "groups" in scorer.assumed


def test_a_linkage_of_clean_sources_is_one_to_one() -> None:
    sizes = np.tile([1, 2], 200)
    sources = np.concatenate([np.arange(size) for size in sizes]).astype(np.int32)
    comparisons, entity, same = made_up_table(sizes, seed=2, sources=sources)

    scorer = fitted(comparisons, n_records=len(entity), sources=sources)

    assert scorer.structure.shape is Shape.ONE_TO_ONE
    assert ((scorer.probability(comparisons) > 0.5) == same).mean() > 0.98
    assert "one to one" in scorer.assumed


def test_a_source_with_duplicates_makes_it_one_to_many() -> None:
    sizes = np.tile([1, 3], 150)
    sources = np.concatenate([np.minimum(np.arange(size), 1) for size in sizes]).astype(np.int32)
    comparisons, entity, same = made_up_table(sizes, seed=3, sources=sources)

    scorer = fitted(comparisons, n_records=len(entity), sources=sources)

    assert scorer.structure.shape is Shape.ONE_TO_MANY
    assert scorer.structure.single_source == 1
    assert ((scorer.probability(comparisons) > 0.5) == same).mean() > 0.98


def test_the_same_seed_gives_the_same_scorer() -> None:
    comparisons, entity, _ = made_up_table(np.tile([1, 2], 60), seed=4)

    one, other = (fitted(comparisons, n_records=len(entity), seed=3) for _ in range(2))

    assert one.probability(comparisons).tobytes() == other.probability(comparisons).tobytes()


def test_no_candidates_give_a_scorer_all_the_same() -> None:
    nothing = Comparisons(
        CandidatePairs.of(np.empty(0, np.int32), np.empty(0, np.int32)),
        np.empty((0, 6), np.float32),
        NAMES,
    )

    scorer = fitted(nothing, n_records=3)

    assert scorer.probability(nothing).shape == (0,)
    assert "no pair" in scorer.assumed


@pytest.mark.parametrize("value", [np.nan, 0.0, 1.0])
@pytest.mark.parametrize("linkage", [False, True])
@pytest.mark.parametrize("count", [2, 6, 60])
def test_a_table_without_difference_is_harmless(value: float, linkage: bool, count: int) -> None:
    sources = (np.arange(count) % 2).astype(np.int32) if linkage else None
    left, right = np.triu_indices(count, 1)
    if sources is not None:
        cross = sources[left] != sources[right]
        left, right = left[cross], right[cross]
    pairs = CandidatePairs.of(left, right)
    features = np.full((len(pairs), len(NAMES)), value, np.float32)
    comparisons = Comparisons(pairs, features, NAMES)

    scorer = fitted(comparisons, n_records=count, sources=sources, background=comparisons)
    found = scorer.probability(comparisons)

    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_rivals_share_what_one_record_can_have() -> None:
    pairs = CandidatePairs.of(np.array([0, 0, 1]), np.array([2, 3, 3]))
    sources = np.array([0, 0, 1, 1], np.int32)
    one = Structure(Shape.ONE_TO_ONE, True, 1.0, 0.0)
    many = Structure(Shape.ONE_TO_MANY, True, 1.0, 0.5, single_source=1)

    alone = competed(pairs, np.array([3.0, 3.0, -3.0]), 4, one, None)
    shared = competed(pairs, np.array([3.0, 3.0, -3.0]), 4, one, sources)
    kept = competed(pairs, np.array([3.0, 3.0, -3.0]), 4, many, sources)

    assert alone[0] > 0.9
    assert shared[0] == pytest.approx(shared[1], abs=0.01)
    assert shared[0] < 0.5
    assert kept[0] > 0.9


def test_matches_that_do_not_close_contradict_themselves() -> None:
    pairs = CandidatePairs.of(np.array([0, 0, 1]), np.array([1, 2, 2]))

    closed = consistency(pairs, np.array([1.0, 1.0, 1.0]), 3, linkage=False)
    opened = consistency(pairs, np.array([1.0, 1.0, 0.0]), 3, linkage=False)
    unsure = consistency(pairs, np.array([0.6, 0.6, 0.6]), 3, linkage=False)

    assert closed == 1
    assert opened < 0.6
    assert unsure < 0.6
    assert consistency(pairs, np.zeros(3), 3, linkage=False) == 0


def test_structure_says_the_numbers_it_rests_on() -> None:
    pairs = CandidatePairs.of(np.array([0, 0]), np.array([1, 2]))

    found = detect_structure(pairs, np.array([1.0, 1.0]), 4, None)

    assert found.matched == 0.75
    assert found.several == pytest.approx(1 / 3)
    assert "75%" in found.describe()


def test_a_sample_of_candidates_tells_of_the_records_in_it() -> None:
    comparisons, entity, _ = made_up_table(np.tile([1, 2, 3, 4], 75), seed=6)
    n = len(entity)
    kept = neighbourhoods(comparisons.pairs, n, len(comparisons) // 3)
    sample = Comparisons(comparisons.pairs.take(kept), comparisons.features[kept], NAMES)

    scorer = fitted(sample, n_records=n, n_candidates=len(comparisons))

    assert 0.6 < scorer.structure.matched < 0.95  # records at its edge miss some of their pairs


def test_records_without_a_candidate_count_unless_the_candidates_are_a_sample() -> None:
    comparisons, entity, _ = made_up_table(np.tile([1, 2, 3, 4], 30), seed=6)
    n = 2 * len(entity)

    alone, all_of_them, sample = (
        try_readings(comparisons, n_records=n, n_candidates=count).options[0].structure.matched
        for count in (None, len(comparisons), len(comparisons) + 1)
    )

    assert alone == all_of_them < 0.5
    assert sample == pytest.approx(2 * alone, rel=0.02)


@pytest.mark.parametrize("sources", [None, [0, 0, 0, 1, 1, 1, 1, 2]])
def test_a_third_of_the_candidates_stands_for_a_third_of_the_pairs_that_may_match(
    sources: list[int] | None,
) -> None:
    of = list(range(8)) if sources is None else sources
    may_match = sum(one != other for one, other in combinations(of, 2))
    given = None if sources is None else np.array(sources, np.int32)

    assert _pairs_told_of(5, 15, 8, given) == pytest.approx(may_match / 3)
    assert _pairs_told_of(15, 15, 8, given) == may_match


def test_where_every_candidate_matches_random_pairs_show_what_others_look_like() -> None:
    comparisons, entity, same = made_up_table(np.tile([1, 2, 3], 60), seed=8, rivals=0)
    background = random_pairs(len(entity), np.random.default_rng(1))
    assert same.all()

    told = fitted(comparisons, n_records=len(entity), background=background)

    assert (told.probability(comparisons) > 0.5).mean() > 0.9


PERSON = ("first:edit", "last:edit", "street:edit", "city:edit", "phone:edit", "record:words")
UNLIKE = np.array([1.0, 0, 0, 0, 0])
"""What the people of a household do not share."""


def people(
    households: int, twice: float, *, size: int = 1, seed: int
) -> tuple[Comparisons, Comparisons, int, NDArray[np.bool_]]:
    """Households of a size whose members are alike but for one column; some stand twice."""
    rng = np.random.default_rng(seed)
    member = np.arange(households * size)
    person = np.concatenate((member, np.flatnonzero(rng.random(len(member)) < twice)))
    left, right = np.triu_indices(len(person), 1)
    house = person // size
    kept = (house[left] == house[right]) | (rng.random(len(left)) < 12 / len(person))
    left, right = left[kept], right[kept]
    same = person[left] == person[right]
    alike = (house[left] == house[right])[:, None] & ((UNLIKE == 0) | same[:, None])
    background = rng.integers(0, len(person), (2, 6000))
    unlike = background[0] != background[1]
    drawn = CandidatePairs.of(background[0, unlike], background[1, unlike])
    none = np.zeros((len(drawn), 5), np.bool_)
    pairs = CandidatePairs.of(left, right)
    return told(pairs, alike, rng), told(drawn, none, rng), len(person), same


def told(pairs: CandidatePairs, alike: NDArray[np.bool_], rng: np.random.Generator) -> Comparisons:
    high, low = rng.beta(18, 1, alike.shape), rng.beta(1.5, 4, alike.shape)
    typed = rng.random(alike.shape) < 0.1
    features = np.where(alike, np.where(typed, 0.8 * high, high), low)
    whole = features.mean(axis=1)
    return Comparisons(pairs, np.column_stack((features, whole)).astype(np.float32), PERSON)


@pytest.mark.parametrize("seed", range(3))
def test_a_table_without_duplicates_has_no_matches(seed: int) -> None:
    comparisons, background, n, same = people(600, 0.0, seed=seed)

    scorer = fitted(comparisons, n_records=n, background=background)

    assert not same.any()
    assert (scorer.probability(comparisons) > 0.5).sum() <= 3


@pytest.mark.parametrize("twice", [0.008, 0.02])
def test_rare_duplicates_are_found_and_nothing_else(twice: float) -> None:
    comparisons, background, n, same = people(800, twice, seed=7)

    scorer = fitted(comparisons, n_records=n, background=background)
    found = scorer.probability(comparisons) > 0.5

    assert same.sum() > 2
    assert (found & same).sum() >= 0.7 * same.sum()
    assert (found & ~same).sum() <= 2


@pytest.mark.parametrize("twice", [0.05, 0.3])
def test_people_of_a_household_are_no_duplicates(twice: float) -> None:
    comparisons, background, n, same = people(200, twice, size=3, seed=8)

    scorer = fitted(comparisons, n_records=n, background=background)
    found = scorer.probability(comparisons) > 0.5

    assert (found & same).sum() >= 0.75 * same.sum()
    assert (found & same).sum() >= 0.75 * found.sum()


def test_a_column_that_is_new_in_each_record_keeps_the_matches() -> None:
    comparisons, background, n, same = people(400, 0.5, seed=9)
    rng = np.random.default_rng(0)
    stamped = [
        Comparisons(
            part.pairs,
            np.column_stack((part.features, rng.beta(1.5, 4, len(part)))).astype(np.float32),
            (*PERSON, "updated:edit"),
        )
        for part in (comparisons, background)
    ]

    scorer = fitted(stamped[0], n_records=n, background=stamped[1])

    assert ((scorer.probability(stamped[0]) > 0.5) == same).mean() > 0.98


def test_pairs_without_common_words_are_no_matches_whatever_their_columns() -> None:
    """A person and a title may agree in every column that both have."""
    comparisons, background, n, same = people(400, 0.5, seed=9)
    apart = same & (np.cumsum(same) % 4 == 0)
    whole = [
        Comparisons(
            part.pairs,
            np.column_stack((part.features, grams)).astype(np.float32),
            (*PERSON, "record:grams"),
        )
        for part, grams in (
            (comparisons, np.where(apart, 0.05, np.where(same, 0.9, 0.3))),
            (background, np.full(len(background), 0.3)),
        )
    ]

    scorer = fitted(whole[0], n_records=n, background=whole[1])
    found = scorer.probability(whole[0]) > 0.5

    assert found[same & ~apart].mean() > 0.95
    assert found[apart].mean() < 0.05


def in_a_row(
    values: NDArray[np.floating], name: str = "a:edit", *, left: NDArray[np.integer] | None = None
) -> Comparisons:
    """Return pairs of neighbouring rows with one feature."""
    left = np.arange(len(values)) if left is None else left
    pairs = CandidatePairs.of(left, left + 1)
    return Comparisons(pairs, np.asarray(values, np.float32)[:, None], (name,))


def option(
    probability: NDArray[np.floating], *, support: float = 0.5, closed: bool = False
) -> Option:
    structure = Structure(Shape.GROUPS, False, 0.5, 0.0)
    return Option(np.asarray(probability, np.float64), structure, "as made", support, closed=closed)


def score(model: Unsupervised, *values: float, name: str = "a:edit") -> list[float]:
    return [float(chance) for chance in model.probability(in_a_row(np.array(values), name))]


def test_a_scorer_gives_back_the_probabilities_it_was_trained_on() -> None:
    values = np.random.default_rng(0).random(600).round(1)
    wanted = np.select([values < 0.3, values > 0.7], [0.1, 0.9], 0.6)

    model = PriorModels(in_a_row(values), (option(wanted),), 601).fitted(0, seed=0)

    assert score(model, 0.1, 0.5, 0.9) == pytest.approx([0.1, 0.6, 0.9], abs=0.05)


def test_a_sample_of_many_pairs_stands_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsupervised, "SHOWN", 1_000)
    is_match = np.arange(4_000) % 20 == 0
    values = np.where(np.arange(4_000) < 2_000, 0.2, 0.8)
    wanted = np.where(is_match & (values > 0.5), 0.98, 0.0)

    model = PriorModels(in_a_row(values), (option(wanted),), 4_001).fitted(0, seed=0)

    assert score(model, 0.2, 0.8) == pytest.approx([0.0, 0.05], abs=0.02)


def test_a_lone_match_is_known_to_nearly_every_tree() -> None:
    values = np.append(np.linspace(0, 0.4, 80), 1.0)

    model = PriorModels(in_a_row(values), (option(values == 1.0),), 82).fitted(0, seed=0)

    assert score(model, 1.0)[0] > 0.95
    assert max(score(model, 0.0, 0.4)) < 0.05


def test_matches_that_share_no_text_are_taught_as_non_matches() -> None:
    grams = np.tile([0.05, 0.2, 0.9], 60)

    model = PriorModels(
        in_a_row(grams, "record:grams"), (option(np.ones(len(grams))),), 181
    ).fitted(0, seed=0)

    assert score(model, 0.05, 0.2, 0.9, name="record:grams") == pytest.approx([0, 1, 1], abs=0.05)


@pytest.mark.parametrize("closed", [True, False])
def test_pairs_of_a_closed_group_that_nobody_compared_are_taught_with_it(closed: bool) -> None:
    """Forty rows are one group, in a row; twenty more rows match nothing, though one nearly."""
    rows = np.arange(59)
    in_group = rows < 39
    chance = np.where(in_group, 1.0, np.where(rows == 39, 0.3, 0.0))
    compared = []

    def compare(pairs: CandidatePairs) -> Comparisons:
        compared.append(pairs)
        inside = (pairs.left < 40) & (pairs.right < 40)
        return Comparisons(pairs, np.where(inside, 0.5, 0.1).astype(np.float32)[:, None], ("a",))

    models = PriorModels(
        in_a_row(np.where(in_group, 1.0, 0.1)), (option(chance, closed=closed),), 60
    )
    model = models.fitted(0, seed=0, compare=compare)

    assert len(compared) == closed
    if closed:
        assert score(model, 0.5, 1.0)[0] == pytest.approx(0.95, abs=0.02)
        assert score(model, 0.1)[0] == pytest.approx(0.05, abs=0.03)
        assert (np.diff(compared[0].ids()) > 0).all()


def test_labels_choose_an_option_by_those_of_their_pairs_that_are_candidates() -> None:
    comparisons = in_a_row(np.zeros(4), left=np.array([1, 3, 5, 7]))
    first = option(np.array([1.0, 1.0, 0.0, 0.0]))
    second = option(np.array([0.0, 0.0, 1.0, 1.0]))
    models = PriorModels(comparisons, (no_match(4, linkage=False), first, second), 9)
    ids = comparisons.pairs.ids()
    strangers = np.array([0, ids[2] - 1, ids[3] + 1])

    def chosen(labelled: NDArray[np.int64], *is_match: bool) -> int:
        return models.preferred(labelled, np.array(is_match))

    assert models.preferred() == 1
    assert chosen(ids[[1]], True) == 1
    assert chosen(ids[[2]], True) == 2
    assert chosen(ids[[3]], True) == 2
    assert chosen(ids[[0, 1]], False, False) == 2
    assert chosen(strangers, True, True, True) == 1
    assert chosen(np.append(strangers, ids[3]), False, False, False, True) == 2
    assert chosen(np.append(ids[3], strangers), True, False, False, False) == 2


def test_other_options_dispute_a_pair_by_their_support() -> None:
    comparisons = in_a_row(np.zeros(4), left=np.array([1, 3, 5, 7]))
    first = option(np.array([1.0, 1.0, 0.0, 0.0]), support=0.9)
    second = option(np.array([1.0, 1.0, 1.0, 0.0]), support=0.6)
    third = option(np.array([1.0, 0.0, 0.0, 0.0]), support=0.3)
    nothing = no_match(4, linkage=False)

    models = PriorModels(comparisons, (first, second, third, nothing), 9)
    assert models.disputed(0) == pytest.approx([0, 1 / 3, 2 / 3, 0])
    assert models.disputed(3) == pytest.approx([1, 15 / 18, 6 / 18, 0])
    alone = PriorModels(comparisons, (first, nothing), 9)
    assert not alone.disputed(0).any()
    assert alone.disputed(1) == pytest.approx([1, 1, 0, 0])
    assert not PriorModels(comparisons, (nothing,), 9).disputed(0).any()


def test_labels_of_a_table_without_candidates_choose_the_only_option() -> None:
    nothing = in_a_row(np.empty(0))

    models = try_readings(nothing, n_records=3)

    assert models.preferred(np.array([5]), np.array([True])) == 0
    assert not models.options[0].structure.linkage
    sources = np.array([0, 1, 1], np.int32)
    assert try_readings(nothing, n_records=3, sources=sources).options[0].structure.linkage
