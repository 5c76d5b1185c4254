from collections import Counter
from collections.abc import Callable
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Scores
from matchloop.matching.clustering import Drawn, cluster, cluster_incrementally, sampled
from matchloop.matching.clustering.agglomeration import PRIOR
from matchloop.matching.clustering.sampling import SAMPLE
from matchloop.matching.clustering.sampling_kernels import draw, possible

Pair = tuple[int, int]
Score = Callable[[int, int], float]


def scored(pairs: dict[Pair, float]) -> Scores:
    ordered = sorted(pairs)
    ends = np.asarray(ordered, np.int32).reshape(-1, 2)
    found = CandidatePairs.of(ends[:, 0], ends[:, 1])
    return Scores(found, np.asarray([pairs[pair] for pair in ordered], np.float32))


def scorer(score: Score) -> Callable[[CandidatePairs], Scores]:
    def all_of(pairs: CandidatePairs) -> Scores:
        ends = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        return Scores(pairs, np.asarray([score(a, b) for a, b in ends], np.float32))

    return all_of


def ids(pairs: list[Pair]) -> NDArray[np.int64]:
    return np.asarray([(a << 32) | b for a, b in pairs], np.int64)


def own_rows(rows: NDArray[np.int32]) -> NDArray[np.uint64]:
    mixed = (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def joined(groups: NDArray[np.integer]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = groups[:, None] == groups
    return same


def rings(sizes: list[int], bridges: int, score: Score) -> dict[Pair, float]:
    """Return the pairs inside groups of the given sizes, and a few from each to the next."""
    starts = np.cumsum([0, *sizes]).tolist()
    groups = [range(a, b) for a, b in zip(starts, starts[1:], strict=False)]
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    for one, two in zip(groups, groups[1:], strict=False):
        pairs += list(zip(list(one)[:bridges], two, strict=False))
    return {(a, b): score(a, b) for a, b in pairs}


def plain_average_link(
    pairs: dict[Pair, float], stands: dict[Pair, int], n: int, threshold: float, absent: float
) -> NDArray[np.int64]:
    def average(a: list[int], b: list[int]) -> float:
        all_pairs = [(min(i, j), max(i, j)) for i in a for j in b]
        known = [pair for pair in all_pairs if pair in pairs]
        if not known:
            return -1.0
        total, missing = sum(pairs[pair] for pair in known), len(all_pairs) - len(known)
        drawn = [pair for pair in known if stands.get(pair, 0)]
        reach = sum(stands[pair] for pair in drawn)
        assumed = sum(stands[pair] * pairs[pair] for pair in drawn) / reach if drawn else 0.0
        assumed = min(assumed, total / len(known))
        covered = min(reach, missing) * len(drawn) / (len(drawn) + PRIOR)
        weight = len(known) + covered + absent * (missing - covered)
        return (total + covered * assumed) / weight

    groups = [[i] for i in range(n)]
    while True:
        options = [(average(*two), two) for two in combinations(groups, 2)]
        best, two = max(options, key=lambda option: option[0], default=(-1.0, None))
        if two is None or best < threshold:
            break
        groups.remove(two[1])
        two[0].extend(two[1])
    out = np.empty(n, np.int64)
    for number, group in enumerate(groups):
        out[group] = number
    return out


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, dict[Pair, float], dict[Pair, int]]:
    n = draw(st.integers(2, 11))
    chosen = draw(st.lists(st.sampled_from(list(combinations(range(n), 2))), unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pairs = {pair: float(p) for pair, p in zip(chosen, rng.random(len(chosen)), strict=True)}
    stands = {pair: draw(st.sampled_from([0, 0, 1, 3, 20])) for pair in chosen}
    return n, pairs, stands


def drawn_of(stands: dict[Pair, int]) -> Drawn:
    some = sorted(pair for pair in stands if stands[pair])
    return Drawn(ids(some), np.asarray([stands[pair] for pair in some], np.int64))


thresholds = st.floats(0.01, 1)


@given(graphs(), thresholds, st.sampled_from([0, 0.1, 1]))
def test_samples_weigh_as_in_a_plain_average_link(
    graph: tuple[int, dict[Pair, float], dict[Pair, int]], threshold: float, absent: float
) -> None:
    n, pairs, stands = graph
    found = cluster(
        scored(pairs), n, threshold=threshold, absent=absent, drawn=drawn_of(stands)
    ).cluster

    assert np.array_equal(
        joined(found), joined(plain_average_link(pairs, stands, n, threshold, absent))
    )


@given(graphs(), thresholds, thresholds, st.sampled_from([None, 2, 3]))
def test_a_higher_threshold_gives_a_refinement_of_sampled_groups(
    graph: tuple[int, dict[Pair, float], dict[Pair, int]], one: float, two: float, cap: int | None
) -> None:
    n, pairs, stands = graph
    low, high = (
        cluster(scored(pairs), n, threshold=threshold, drawn=drawn_of(stands), max_size=cap).cluster
        for threshold in sorted((one, two))
    )

    assert not (joined(high) & ~joined(low)).any()


@given(graphs(), thresholds, st.data())
def test_constraints_are_kept_with_samples(
    graph: tuple[int, dict[Pair, float], dict[Pair, int]], threshold: float, data: st.DataObject
) -> None:
    n, pairs, stands = graph
    a, b, c = data.draw(st.permutations(range(max(n, 3))))[:3]
    cap = data.draw(st.sampled_from([None, 2, 4]))
    one = data.draw(st.booleans())
    count = max(n, 3)
    sources = np.arange(count, dtype=np.int32)
    sources[b] = sources[c]
    found = cluster(
        scored(pairs),
        count,
        threshold=threshold,
        drawn=drawn_of(stands),
        must_link=(np.asarray([a]), np.asarray([b])),
        cannot_link=None if one else (np.asarray([b]), np.asarray([c])),
        sources=sources,
        per_source="one" if one else "many",
        max_size=cap,
    ).cluster

    assert found[a] == found[b] != found[c]
    assert cap is None or np.bincount(found).max() <= cap


@given(st.data(), st.integers(1, 12), st.integers(1, 12), st.integers(1, 40), st.booleans())
def test_a_sample_is_even_and_stands_for_all_that_is_left(
    data: st.DataObject, p: int, q: int, sample: int, linkage: bool
) -> None:
    one, two = list(range(p)), list(range(p, p + q))
    source = np.arange(p + q, dtype=np.int32) % 3 if linkage else np.empty(0, np.int32)
    open_pairs = [(a, b) for a, b in product(one, two) if not linkage or source[a] != source[b]]
    some = data.draw(st.lists(st.sampled_from(open_pairs), unique=True)) if open_pairs else []
    block, starts = np.asarray([1], np.int64), np.asarray([0, p, p + q])
    members = np.arange(p + q, dtype=np.int32)
    assert possible(block, starts, members, source).tolist() == [len(open_pairs)]
    left = len(open_pairs) - len(some)

    found, stands = draw(
        block, np.asarray([left]), starts, members, source, ids(sorted(some)), sample, 1000
    )

    pairs = list(zip((found >> 32).tolist(), (found & 0xFFFFFFFF).tolist(), strict=True))
    assert len({*pairs}) == len(pairs) == min(sample, left)
    assert {*pairs} <= {*open_pairs} - {*some}
    assert len(found) + stands.sum() == (left if len(found) else 0)
    if not some and not linkage:
        for side, group in enumerate((one, two)):
            times = Counter(pair[side] for pair in pairs)
            assert max(times[m] for m in group) - min(times[m] for m in group) <= 1


def test_a_sample_never_counts_for_more_than_the_compared_pairs_on_average() -> None:
    """Of two compared pairs between threes, .9 and .1, only the likely one was drawn."""
    pairs = {(0, 3): 0.9, (1, 4): 0.1}
    threes = np.array([0, 1, 3, 4]), np.array([1, 2, 4, 5])

    def groups(threshold: float) -> int:
        found = cluster(
            scored(pairs), 6, threshold=threshold, drawn=drawn_of({(0, 3): 6}), must_link=threes
        )
        return found.report.groups

    covered = 6 / (1 + PRIOR)
    level = (1 + 0.5 * covered) / (2 + covered + 0.1 * (7 - covered))
    assert groups(level - 0.001) == 1
    assert groups(level + 0.001) == 2


def test_two_halves_of_one_entity_come_together_at_the_cost_of_one_sample() -> None:
    pairs = rings([60, 60], 6, lambda a, b: 0.9)
    assert cluster(scored(pairs), 120).report.biggest == (60, 60)

    found, drawn = sampled(
        scored(pairs), scorer(lambda a, b: 0.8), 120, 0.5, 10_000, tickets=own_rows
    )

    assert len(found) - len(pairs) == len(drawn.ids) == SAMPLE
    assert drawn.stands_for.sum() + SAMPLE + 6 == 3600
    assert cluster(found, 120, drawn=drawn).report.biggest == (120,)


def test_two_entities_tied_by_a_few_strong_pairs_stay_apart() -> None:
    pairs = rings([60, 60], 6, lambda a, b: 0.9)

    found, drawn = sampled(
        scored(pairs), scorer(lambda a, b: 0.2), 120, 0.5, 10_000, tickets=own_rows
    )

    assert len(drawn.ids) == SAMPLE
    assert cluster(found, 120, drawn=drawn).report.biggest == (60, 60)


def test_a_chain_of_groups_is_judged_by_all_its_pairs_of_groups() -> None:
    def score(a: int, b: int) -> float:
        return 0.8 if abs(a // 30 - b // 30) <= 1 else 0.02

    pairs = rings([30] * 8, 4, lambda a, b: 0.9)

    found, drawn = sampled(scored(pairs), scorer(score), 240, 0.5, 50_000, tickets=own_rows)
    sizes = cluster(found, 240, drawn=drawn).report.biggest

    every = {pair: score(*pair) for pair in combinations(range(240), 2)}
    assert cluster(scored(every | pairs), 240).report.biggest[0] == max(sizes) < 120


def test_no_two_groups_are_sampled_twice() -> None:
    def score(a: int, b: int) -> float:
        return 0.8 if abs(a // 30 - b // 30) <= 1 else 0.02

    pairs = rings([30] * 8, 4, lambda a, b: 0.9)

    _, drawn = sampled(scored(pairs), scorer(score), 240, 0.5, 50_000, tickets=own_rows)

    times = Counter(zip((drawn.ids >> 32) // 30, (drawn.ids & 0xFFFFFFFF) // 30, strict=True))
    assert max(times.values()) == SAMPLE


@pytest.mark.parametrize(("bridges", "drawn_pairs"), [(11, 0), (10, 100)])
def test_two_groups_are_sampled_from_a_hundred_uncompared_pairs(
    bridges: int, drawn_pairs: int
) -> None:
    """Groups of 11 and 10 records have 110 pairs between them; a third one has fewer."""
    ends = rings([11, 10, 5], 10, lambda a, b: 0.9)
    ends |= {(10, 11): 0.9} if bridges == 11 else {}

    _, drawn = sampled(scored(ends), scorer(lambda a, b: 0.2), 26, 0.5, 10_000, tickets=own_rows)

    assert len(drawn.ids) == drawn_pairs
    assert not (drawn.ids & 0xFFFFFFFF >= 21).any()


def test_the_most_uncompared_pairs_are_sampled_first() -> None:
    pairs = rings([20, 20, 60, 60, 20], 3, lambda a, b: 0.9)

    _, drawn = sampled(
        scored(pairs), scorer(lambda a, b: 0.2), 180, 0.5, SAMPLE + 1, tickets=own_rows
    )

    assert len(drawn.ids) == SAMPLE
    assert (drawn.ids >> 32).min() >= 40
    assert (drawn.ids & 0xFFFFFFFF).max() < 160


def test_with_room_for_one_pair_it_is_one_between_the_largest_groups() -> None:
    pairs = rings([20, 20, 60, 60, 20], 3, lambda a, b: 0.9)

    _, drawn = sampled(
        scored(pairs), scorer(lambda a, b: 0.2), 180, 0.5, 1, tickets=own_rows, sample=1
    )

    assert 40 <= drawn.ids[0] >> 32 < 100 <= drawn.ids[0] & 0xFFFFFFFF < 160


def test_groups_whose_compared_pairs_are_unlikely_on_average_are_not_sampled() -> None:
    pairs = rings([60, 60], 6, lambda a, b: 0.9)
    pairs |= {(number, 60 + number): 0.1 for number in range(1, 6)}  # one of six is likely

    _, drawn = sampled(scored(pairs), scorer(lambda a, b: 0.8), 120, 0.5, 10_000, tickets=own_rows)

    assert len(drawn.ids) == 0


def test_a_record_tied_to_one_outside_every_large_component_changes_no_sample() -> None:
    pairs = rings([60, 60], 6, lambda a, b: 0.9)

    def draws(n_records: int, must_link: tuple[NDArray[np.int64], ...] | None) -> list[int]:
        _, drawn = sampled(
            scored(pairs),
            scorer(lambda a, b: 0.8),
            n_records,
            0.5,
            10_000,
            tickets=own_rows,
            must_link=None if must_link is None else (must_link[0], must_link[1]),
        )
        return list(map(int, drawn.ids))

    assert draws(121, (np.array([0]), np.array([120]))) == draws(121, None)


@settings(max_examples=30)
@given(
    st.lists(st.integers(4, 7), min_size=2, max_size=4),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_a_sample_of_all_pairs_gives_average_link_over_all_pairs(
    sizes: list[int], seed: int, linkage: bool
) -> None:
    n = sum(sizes)
    group = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    chance = rng.random((n, n))
    between = rng.choice([0.1, 0.45, 0.55, 0.8], (len(sizes), len(sizes)))
    sources = np.arange(n, dtype=np.int32) % 4 if linkage else np.arange(n, dtype=np.int32)

    def score(a: int, b: int) -> float:
        level = 0.93 if group[a] == group[b] else between[group[a], group[b]]
        return float(np.float32(level + 0.05 * (chance[a, b] - 0.5)))

    every = {(a, b): score(a, b) for a, b in combinations(range(n), 2) if sources[a] != sources[b]}
    # one likely pair ties every two groups; at level 0.51 no two groups merge by it alone
    first = {(a, b): p for (a, b), p in every.items() if group[a] == group[b]}
    for one, two in combinations(range(len(sizes)), 2):
        pair = next((a, b) for a, b in every if group[a] == one and group[b] == two)
        first[pair] = every[pair] = 0.51
    given_sources = sources if linkage else None

    found, drawn = sampled(
        scored(first),
        scorer(lambda a, b: every[a, b]),
        n,
        0.5,
        10_000,
        tickets=own_rows,
        sources=given_sources,
        sample=10_000,
        least=1,
    )

    assert not drawn.stands_for.any()
    assert {*zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True)} == {*every}
    here = cluster(found, n, drawn=drawn, sources=given_sources).cluster
    there = cluster(scored(every), n, sources=given_sources, absent=0).cluster
    assert np.array_equal(joined(here), joined(there))


@given(st.randoms(use_true_random=False), st.integers(0, 400))
def test_the_order_of_rows_does_not_change_what_is_drawn(random: Random, limit: int) -> None:
    chance = np.random.default_rng(random.randrange(2**32)).random((60, 60))

    def score(a: int, b: int) -> float:
        return float(np.float32(0.4 + 0.5 * chance[a, b]))

    pairs = rings([20, 14, 11, 15], 3, score)
    moved = list(range(60))
    random.shuffle(moved)
    back = np.argsort(moved)
    turned = {(min(moved[a], moved[b]), max(moved[a], moved[b])): p for (a, b), p in pairs.items()}

    def from_here(a: int, b: int) -> float:
        one, two = int(back[a]), int(back[b])
        return score(min(one, two), max(one, two))

    here, drawn = sampled(scored(pairs), scorer(score), 60, 0.5, limit, tickets=own_rows)
    there, also = sampled(
        scored(turned),
        scorer(from_here),
        60,
        0.5,
        limit,
        tickets=lambda rows: own_rows(back[rows].astype(np.int32)),
    )

    ends = back[also.ids >> 32], back[also.ids & 0xFFFFFFFF]
    assert sorted((np.minimum(*ends) << 32) | np.maximum(*ends)) == drawn.ids.tolist()
    assert np.array_equal(
        joined(cluster(here, 60, drawn=drawn).cluster),
        joined(cluster(there, 60, drawn=also).cluster[moved]),
    )


@given(st.integers(0, 300))
def test_no_more_pairs_are_drawn_than_allowed(limit: int) -> None:
    pairs = rings([15] * 6, 3, lambda a, b: 0.9)

    _, drawn = sampled(scored(pairs), scorer(lambda a, b: 0.6), 90, 0.5, limit, tickets=own_rows)

    assert len(drawn.ids) <= limit


def test_nothing_is_drawn_where_every_pair_of_a_component_is_compared() -> None:
    scores = scored({(0, 1): 0.9, (1, 2): 0.9, (0, 2): 0.1, (3, 4): 0.6, (4, 5): 0.2})

    found, drawn = sampled(scores, scorer(lambda a, b: 0.9), 6, 0.5, 100, tickets=own_rows)

    assert found is scores
    assert len(drawn.ids) == 0


def test_records_tied_from_the_start_are_sampled_as_one_group() -> None:
    chain = np.arange(59), np.arange(1, 60)
    pairs = {(a, a + 1): 1.0 for a in range(59)} | rings([0, 60, 60], 0, lambda a, b: 0.9)
    pairs = {pair: p for pair, p in pairs.items() if pair[1] >= 60 or pair[1] == pair[0] + 1}
    pairs |= {(i, 60 + i): 0.9 for i in range(6)}

    found, drawn = sampled(
        scored(pairs),
        scorer(lambda a, b: 0.8),
        120,
        0.5,
        10_000,
        tickets=own_rows,
        must_link=chain,
    )

    assert len(drawn.ids) == SAMPLE
    assert cluster(found, 120, drawn=drawn, must_link=chain).report.biggest == (120,)


def test_samples_count_when_records_join_existing_groups() -> None:
    pairs = rings([60, 60], 6, lambda a, b: 0.9)
    previous = np.repeat([0, -1], 60)

    found, drawn = sampled(
        scored(pairs), scorer(lambda a, b: 0.8), 120, 0.5, 10_000, tickets=own_rows
    )

    assert cluster_incrementally(found, previous).report.biggest == (60, 60)
    assert cluster_incrementally(found, previous, drawn=drawn).report.biggest == (120,)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([40, 10, 10], ["one group of 40 records holds 90% of all matched pairs: check it"]),
        ([40, 30, 30], []),
        ([30, 5], []),
    ],
)
def test_a_group_that_holds_most_matched_pairs_is_reported(
    sizes: list[int], expected: list[str]
) -> None:
    found = cluster(scored(rings(sizes, 0, lambda a, b: 0.9)), sum(sizes))

    assert found.report.lines() == expected
