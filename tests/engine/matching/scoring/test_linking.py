"""Linkage without labels: what the matches between two sources may be, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, log
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons
from matchloop.matching.scoring import linking
from matchloop.matching.scoring.evidence import Evidence
from matchloop.matching.scoring.linking import (
    FOUND_BY_AGREEMENT,
    FOUND_BY_RIVALS,
    Linkage,
    link_options,
)
from matchloop.matching.scoring.mixture import Mixture
from matchloop.matching.scoring.options import NOTHING, Option, preferred
from matchloop.matching.scoring.structure import Shape, Structure

COLUMNS = ("title:edit", "author:edit", "year:edit", "place:edit", "record:words")


@dataclass(frozen=True)
class Catalogues:
    """Two sources: similarities of the candidates and of random pairs, shape (pairs, columns)."""

    pairs: CandidatePairs
    sources: NDArray[np.int32]
    features: NDArray[np.float32]
    drawn: NDArray[np.float32]
    same: NDArray[np.bool_]

    @classmethod
    def of(
        cls, copies: list[int], *, left: tuple[float, float] = (0.9, 1.0), seed: int = 0
    ) -> Catalogues:
        """Make one record of each entity in the first source, and some copies in the second.

        Parameters
        ----------
        copies
            Copies of each entity, in turn.
        left
            Range of the similarity of matches.
        """
        rng = np.random.default_rng(seed)
        n = 120
        count = np.resize(copies, n)
        entity = np.concatenate((np.arange(n), np.repeat(np.arange(n), count)))
        sources = np.repeat([0, 1], [n, count.sum()]).astype(np.int32)
        one, other = np.triu_indices(len(entity), 1)
        cross = sources[one] != sources[other]
        one, other = one[cross], other[cross]
        same = entity[one] == entity[other]
        kept = same | (rng.random(len(one)) < 6 / n)
        one, other, same = one[kept], other[kept], same[kept]
        pairs = CandidatePairs.of(one, other)
        unlike = rng.beta(1.5, 4, (len(one), 4))
        similar = np.where(same[:, None], rng.uniform(*left, unlike.shape), unlike)
        drawn = rng.beta(1.5, 4, (3000, 4))
        return cls(pairs, sources, _with_whole(similar), _with_whole(drawn), same)

    def options(self, *, columns: int = 4, background: bool = True) -> list[Option]:
        """Return what is found by some of the columns."""
        kept = [*range(columns), 4]
        names = tuple(COLUMNS[place] for place in kept)
        n = len(self.sources)
        per = np.bincount(self.sources)
        rng = np.random.default_rng(2)
        ends = rng.integers(0, per[0], 9000), rng.integers(per[0], n, 9000)
        random = CandidatePairs.of(*ends).take(slice(0, len(self.drawn)))
        evidence = Evidence.of(
            Comparisons(self.pairs, self.features[:, kept], names),
            Comparisons(random, self.drawn[:, kept], names) if background else None,
            n,
            float(per[0] * per[1]),
        )
        return link_options(evidence, self.sources, sampled=False, seed=0)


def _with_whole(similar: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.column_stack((similar, similar.mean(axis=1))).astype(np.float32)


def found(options: list[Option]) -> NDArray[np.bool_]:
    return np.asarray(options[preferred(options)].probability > 0.5)


@pytest.fixture(scope="module")
def one_to_one() -> Catalogues:
    return Catalogues.of([0, 1])


@pytest.fixture(scope="module")
def one_to_many() -> Catalogues:
    return Catalogues.of([0, 1, 3, 4])


@pytest.mark.parametrize("background", [True, False])
def test_a_clean_linkage_is_found_by_agreement(one_to_one: Catalogues, background: bool) -> None:
    options = one_to_one.options(background=background)

    assert (found(options) == one_to_one.same).all()
    assert options[0].means == FOUND_BY_AGREEMENT
    assert options[0].structure.shape is Shape.ONE_TO_ONE
    assert len(options) == 2


def test_the_last_option_links_nothing(one_to_one: Catalogues) -> None:
    last = one_to_one.options()[-1]

    assert not last.probability.any()
    assert last.structure.shape is Shape.ONE_TO_ONE
    assert last.support == NOTHING
    assert last.assumed == "no record was matched, as nothing singles out matches."


def test_a_one_to_many_linkage_takes_the_place_of_a_one_to_one_one(
    one_to_many: Catalogues,
) -> None:
    options = one_to_many.options()

    assert (found(options) == one_to_many.same).mean() > 0.99
    assert options[0].structure.shape is Shape.ONE_TO_MANY
    assert options[0].structure.single_source == 1


def test_a_one_to_many_linkage_of_the_other_source_is_found_as_well() -> None:
    table = Catalogues.of([0, 1, 3, 4])
    turned = replace(table, sources=(1 - table.sources).astype(np.int32))

    options = turned.options()

    assert (found(options) == table.same).mean() > 0.99
    assert options[0].structure.single_source == 0


def test_variants_beside_each_match_do_not_make_it_one_to_many() -> None:
    """Each match has two relatives of the same author, year and place, but of another title."""
    table = Catalogues.of([0, 3])
    _, places = np.unique(table.pairs.left[table.same], return_index=True)
    first = np.zeros(len(table.pairs), np.bool_)
    first[np.flatnonzero(table.same)[places]] = True
    variant = table.same & ~first
    features = table.features.copy()
    features[variant, 0] = np.random.default_rng(1).beta(1.5, 4, variant.sum())

    options = replace(table, features=_with_whole(features[:, :4])).options()

    assert options[0].structure.shape is Shape.ONE_TO_ONE
    assert found(options)[first].mean() > 0.9
    assert found(options)[variant].mean() < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_sources_without_a_common_entity_are_not_linked(seed: int) -> None:
    """Their records agree in every column now and then, by chance."""
    apart = Catalogues.of([0, 1], seed=seed)
    rng = np.random.default_rng(seed)
    features, drawn = (
        np.where(rng.random((count, 4)) < (0.02, 0.05, 0.1, 0.2), 1.0, rng.beta(1.5, 4, (count, 4)))
        for count in (len(apart.pairs), len(apart.drawn))
    )

    options = replace(apart, features=_with_whole(features), drawn=_with_whole(drawn)).options()

    assert found(options).sum() <= 2


def test_pairs_that_differ_in_half_of_their_columns_are_mostly_not_linked() -> None:
    """One to one and without contradiction, they agree in year and place, and in nothing else."""
    linked = 0
    for seed in range(3):
        table = Catalogues.of([0, 1], seed=seed)
        rng = np.random.default_rng(seed)
        features, drawn = (
            np.where(rng.random((len(part), 4)) < 0.05, 1.0, part[:, :4])
            for part in (table.features, table.drawn)
        )
        features[table.same, :2] = drawn[: table.same.sum(), :2]
        unlike = replace(table, features=_with_whole(features), drawn=_with_whole(drawn))
        linked += int(found(unlike.options()).sum())

    assert linked < 180 / 3  # without the check of credibility 159 of the 180 pairs are


def test_a_few_matches_are_found_among_pairs_that_agree_in_half_of_their_columns() -> None:
    """Mixtures settle on the half-alike pairs; one that expects rare matches does not."""
    table = Catalogues.of([0, 1])
    rng = np.random.default_rng(0)
    features, drawn = (
        np.where(rng.random((len(part), 4)) < 0.05, 1.0, part[:, :4])
        for part in (table.features, table.drawn)
    )
    same = table.same & (np.cumsum(table.same) <= 4)
    alike = table.same & ~same
    features[alike, :2] = drawn[: alike.sum(), :2]

    few = replace(table, features=_with_whole(features), drawn=_with_whole(drawn))

    assert found(few.options())[same].sum() >= 3
    assert not found(few.options())[~same].any()


def test_few_columns_are_linked_by_rivals(one_to_one: Catalogues) -> None:
    options = one_to_one.options(columns=2)
    best = options[preferred(options)]

    assert best.means == FOUND_BY_RIVALS
    assert best.structure.shape is Shape.ONE_TO_ONE
    assert best.structure.several == 0
    assert (found(options) & one_to_one.same).sum() > 0.9 * one_to_one.same.sum()


def test_most_namesakes_of_another_date_are_not_linked_though_each_is_the_best_pair() -> None:
    """Of two columns, two of three best pairs agree in one alone."""
    table = Catalogues.of([1])
    namesakes = table.same & (np.cumsum(table.same) % 3 != 0)
    features = table.features.copy()
    features[namesakes, 1] = table.drawn[: namesakes.sum(), 1]

    options = replace(table, features=features).options(columns=2)

    assert options[0].means == FOUND_BY_AGREEMENT
    assert found(options)[table.same & ~namesakes].mean() > 0.7
    assert found(options)[namesakes].mean() < 0.2  # all of them, if the best pairs were links


def test_the_same_seed_links_by_rivals_alike(one_to_one: Catalogues) -> None:
    first, again = (one_to_one.options(columns=2)[0].probability for _ in range(2))

    assert (first == again).all()


def test_matches_of_which_no_column_tells_have_the_support_of_a_last_attempt(
    one_to_one: Catalogues,
) -> None:
    """No value agrees anywhere, so that nothing tells a match from chance."""
    features, drawn = (
        _with_whole(0.79 * part[:, :4]) for part in (one_to_one.features, one_to_one.drawn)
    )

    options = replace(one_to_one, features=features, drawn=drawn).options()

    assert options[0].support == 0.5


def test_few_random_pairs_leave_a_linkage_as_if_there_were_none(one_to_one: Catalogues) -> None:
    few = replace(one_to_one, drawn=one_to_one.drawn[:49])

    assert few.options()[0].support == 0.8
    assert (found(few.options()) == one_to_one.same).all()


def linkage(
    similar: NDArray[np.floating],
    drawn: NDArray[np.floating],
    ends: tuple[NDArray[np.integer], NDArray[np.integer]],
    sources: NDArray[np.integer],
    total: float = 7_000.0,
) -> Linkage:
    """Make a linkage of given similarities of its pairs, shape (pairs, columns)."""
    names = tuple(f"{column}:edit" for column in "abcd"[: similar.shape[1]])
    random = CandidatePairs.of(np.zeros(len(drawn), np.int32), np.arange(1, len(drawn) + 1))
    evidence = Evidence.of(
        Comparisons(CandidatePairs.of(*ends), similar.astype(np.float32), names),
        Comparisons(random, drawn.astype(np.float32), names),
        len(sources),
        total,
    )
    return Linkage.of(evidence, sources.astype(np.int32), sampled=False)


def plain_judgement(
    similar: list[list[float]], drawn: list[list[float]], taken: list[bool]
) -> tuple[float, float]:
    """Return what speaks against the pairs taken and what speaks for them, in nats."""
    against = total = 0.0
    for candidates, random in zip(
        zip(*similar, strict=True), zip(*drawn, strict=True), strict=True
    ):
        known = [value for value in random if not isnan(value)]
        values = [v for v, chosen in zip(candidates, taken, strict=True) if chosen and not isnan(v)]
        if len(known) < 50 or not values or sum(value >= 0.8 for value in candidates) < 3:
            continue
        told = -log((sum(value >= 0.8 for value in known) + 1) / (len(known) + 1))
        below = sum(value <= median(known) for value in known) / len(known)
        by_chance = sum(value <= median(known) for value in values) / len(values) / below
        weight = told * len(values) / sum(taken)
        total += weight
        against += weight * min(1.0, by_chance)
    return against, total - against


levels = st.sampled_from([0.125, 0.25, 0.5, 0.875, 1.0, float("nan")])
mostly_alike = st.sampled_from([0.25, 0.875, 0.875, 1.0, 1.0, 1.0, 1.0, float("nan")])


@settings(max_examples=60)
@given(
    arrays(np.float64, (12, 2), elements=levels)
    | arrays(np.float64, (12, 2), elements=mostly_alike),
    arrays(np.float64, (60, 2), elements=levels, fill=st.sampled_from([0.25, 0.5])),
    arrays(np.bool_, 12),
    st.sampled_from([1.0, 5.0, 10.0, 40.0, 1e6]),
)
def test_pairs_are_credible_where_little_is_by_chance_or_much_is_gained(
    similar: NDArray[np.float64],
    drawn: NDArray[np.float64],
    taken: NDArray[np.bool_],
    total: float,
) -> None:
    ends = np.arange(12), np.arange(12, 24)
    seen = linkage(similar, drawn, ends, np.repeat([0, 1], 12), total)

    against, gained = plain_judgement(similar.tolist(), drawn.tolist(), taken.tolist())

    told = against + gained
    share = against / told if told else float(taken.any())
    assert seen.by_chance(taken) == pytest.approx(share, abs=1e-6)
    assert seen.is_credible(taken) == (share <= 0.28 or gained >= 1.6 * log(max(total, 2.0)))


@pytest.mark.parametrize(("unlike", "is_credible"), [(3, True), (4, False)])
def test_in_a_large_table_matches_are_credible_by_the_share_that_speaks_against_them(
    unlike: int, is_credible: bool
) -> None:
    """Of twelve matches some are unlike in one of two columns that tell as much."""
    drawn = np.linspace(0, 0.7, 60)
    similar = np.full((12, 2), 0.95)
    similar[:unlike, 0] = 0.1
    ends = np.arange(12), np.arange(12, 24)

    seen = linkage(
        similar, np.column_stack((drawn, drawn)), ends, np.repeat([0, 1], 12), total=1e12
    )

    assert seen.by_chance(np.ones(12, np.bool_)) == pytest.approx(unlike / 12)
    assert seen.is_credible(np.ones(12, np.bool_)) == is_credible


def shelves() -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]:
    """Pair each of ten records with the same-numbered of four tens of another source, and others.

    The first forty pairs are tens of equal number, ten at a time; forty others follow.
    """
    one, ten = np.tile(np.arange(10), 4), np.repeat(np.arange(1, 5), 10)
    right = np.concatenate((10 * ten + one, 10 * ten + (one + 3) % 10))
    return (np.tile(one, 2), right), np.repeat([0, 1], [10, 40])


def larger(
    *tried: NDArray[np.bool_],
    agreeing: NDArray[np.bool_],
    found: NDArray[np.bool_] | None = None,
    shape: Shape = Shape.ONE_TO_ONE,
) -> NDArray[np.bool_] | None:
    """Return the larger linkage among some, for pairs that agree or not in three columns.

    ``found`` are the first ten pairs when left out.
    """
    (left, right), sources = shelves()
    order = np.lexsort((right, left))
    rng = np.random.default_rng(0)
    drawn = rng.uniform(0, 0.7, (1000, 3))
    similar = np.where(agreeing[:, None], 0.95, drawn[:80])
    seen = linkage(similar[order], drawn, (left, right), sources)
    before = np.arange(80) < 10 if found is None else found
    option = Option(
        np.where(before, 0.95, 0.05)[order], Structure(shape, True, 0.5, 0.0), "by hand", 0.8
    )
    mixtures = []
    for taken in tried:
        odds = np.where(taken, 8.0, -8.0)[order]
        mixtures.append(Mixture(1 / (1 + np.exp(-odds))))
    better = linking.one_to_many(seen, option, mixtures)
    if better is None:
        return None
    assert better.structure.shape is Shape.ONE_TO_MANY
    back = np.empty(80, np.bool_)
    back[order] = better.probability > 0.5
    return back


PAIR = np.arange(80)


def test_a_larger_linkage_whose_further_matches_agree_as_well_is_taken() -> None:
    equal = PAIR < 40

    taken = larger(PAIR < 30, agreeing=equal)

    assert taken is not None
    assert (taken == (PAIR < 30)).all()


def test_a_larger_linkage_whose_further_matches_agree_like_the_rest_is_refused() -> None:
    assert larger(PAIR < 30, agreeing=PAIR < 10) is None


def test_of_two_larger_linkages_the_one_that_less_speaks_against_is_taken() -> None:
    agreeing = (PAIR < 28) | ((PAIR >= 30) & (PAIR < 40))
    worse, better = PAIR < 30, (PAIR < 20) | ((PAIR >= 30) & (PAIR < 40))

    for tried in ((worse, better), (better, worse)):
        taken = larger(*tried, agreeing=agreeing)
        assert taken is not None
        assert (taken == better).all()


def test_a_linkage_that_is_larger_by_less_than_a_third_is_refused() -> None:
    equal = PAIR < 40

    assert larger(PAIR < 12, agreeing=equal) is None
    assert larger(PAIR < 14, agreeing=equal) is not None


def test_a_larger_linkage_that_lacks_a_fifth_of_the_matches_is_refused() -> None:
    equal = PAIR < 40

    assert larger((PAIR >= 2) & (PAIR < 30), agreeing=equal) is None
    assert larger((PAIR >= 1) & (PAIR < 30), agreeing=equal) is not None


@pytest.mark.parametrize(("before", "is_taken"), [(7, False), (8, True)])
def test_three_in_four_records_of_several_matches_had_one_before(
    before: int, is_taken: bool
) -> None:
    taken = larger(PAIR < 20, agreeing=PAIR < 40, found=before > PAIR)

    assert (taken is not None) == is_taken


def test_more_matches_that_are_one_to_one_as_well_are_no_larger_linkage() -> None:
    assert larger(PAIR < 8, agreeing=PAIR < 40, found=PAIR < 6) is None


def test_a_linkage_that_is_one_to_many_already_is_left_as_it_is() -> None:
    assert larger(PAIR < 30, agreeing=PAIR < 40, shape=Shape.ONE_TO_MANY) is None
