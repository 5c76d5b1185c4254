from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.active_learning.questions import PairGraph, Round, draw_sets, ranked
from matchloop.data.pairs import CandidatePairs
from matchloop.errors import UsageError

Pair = tuple[int, int]


def candidates(edges: dict[Pair, float]) -> tuple[CandidatePairs, NDArray[np.float32]]:
    ordered = sorted(edges)
    left = np.array([pair[0] for pair in ordered], np.int32)
    right = np.array([pair[1] for pair in ordered], np.int32)
    probability = np.array([edges[pair] for pair in ordered], np.float32)
    rules = np.ones(len(ordered), np.uint32)
    return CandidatePairs(left, right, probability.copy(), rules, ("made up",)), probability


def new_round(
    edges: dict[Pair, float],
    n_records: int,
    *,
    answered: list[Pair] | None = None,
    seed: int = 0,
    sources: list[int] | None = None,
    twins: list[int] | None = None,
    doubted: list[float] | None = None,
    rarity: list[float] | None = None,
    refuted: int = 0,
    damaged: list[int] | None = None,
    first: list[Pair] | None = None,
    text_rarity: list[float] | None = None,
) -> Round:
    pairs, probability = candidates(edges)
    known = np.array([left << 32 | right for left, right in answered or []], np.int64)
    return Round(
        PairGraph(pairs, n_records),
        probability,
        known,
        np.random.default_rng(seed),
        None if sources is None else np.array(sources, np.int32),
        None,
        None if twins is None else np.array(twins, np.int64),
        None if doubted is None else np.array(doubted),
        None if rarity is None else np.array(rarity),
        refuted,
        None if damaged is None else ~np.isin(np.arange(n_records), damaged),
        first or [],
        None if text_rarity is None else np.array(text_rarity),
    )


def doubt(round_: Round) -> NDArray[np.float64]:
    return 1.0 - 2.0 * np.abs(round_.probability.astype(np.float64) - 0.5)


def rows_of(drawn: tuple[NDArray[np.int32], ...]) -> list[list[int]]:
    return [rows.tolist() for rows in drawn]


def twins(count: int, *, alike: float = 0.95, apart: float = 0.1) -> dict[Pair, float]:
    """Records 2i and 2i + 1 match; each also has a weak tie to the next two records."""
    edges = {(2 * i, 2 * i + 1): alike for i in range(count)}
    edges |= {(2 * i + 1, 2 * i + 2): apart for i in range(count - 1)}
    return edges | {(2 * i, 2 * i + 3): apart for i in range(count - 1)}


def few_twins(n_records: int, matches: int) -> dict[Pair, float]:
    """Every record has a neighbour that looks a little like it; a few really match."""
    edges = {(i, i + 1): 0.1 + 0.3 * (i % 7) / 7 for i in range(n_records - 1)}
    return edges | {(100 * i, 100 * i + 50): 0.9 for i in range(matches)}


everything = st.tuples(
    st.dictionaries(
        st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]),
        st.floats(0, 1, width=32),
        max_size=30,
    ),
    st.integers(12, 14),
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]),
        max_size=20,
    ),
    st.integers(1, 5),
    st.integers(2, 6),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 3), min_size=14, max_size=14),
    st.floats(0, 0.5),
    st.sampled_from([0, 1, 20]),
)


@given(everything)
def test_sets_are_disjoint_small_and_new_and_the_same_for_a_seed(
    given_: tuple[dict[Pair, float], int, list[Pair], int, int, bool, bool, list[int], float, int],
) -> None:
    edges, n_records, answered, sets, rows, is_start, is_linkage, twins, overlap, refuted = given_
    labelled = {row for pair in answered for row in pair}
    doubted = [0.5 if row in labelled else -1.0 for row in range(n_records)]
    sources = [i % 2 for i in range(n_records)] if is_linkage else None
    if is_linkage:
        edges = {pair: chance for pair, chance in edges.items() if (pair[0] + pair[1]) % 2}

    def draw() -> list[list[int]]:
        round_ = new_round(
            edges,
            n_records,
            answered=answered,
            sources=sources,
            twins=twins[:n_records],
            doubted=doubted,
            refuted=refuted,
        )
        utilities = None if is_start else doubt(round_)
        return rows_of(draw_sets(round_, utilities, sets=sets, rows=rows, overlap=overlap))

    drawn = draw()

    assert drawn == draw()
    assert len(drawn) <= sets
    shown = [row for rows_ in drawn for row in rows_]
    assert len(shown) == len(set(shown))
    assert all(0 <= row < n_records for row in shown)
    for chosen in drawn:
        assert 2 <= len(chosen) <= rows
        inside = {(min(pair), max(pair)) for pair in combinations(chosen, 2)}
        assert inside - set(answered)


@pytest.mark.parametrize("is_start", [True, False])
def test_a_table_of_two_rows_is_one_question_and_then_none(is_start: bool) -> None:
    for edges in ({(0, 1): 0.5}, {}):
        fresh = new_round(edges, 2)
        assert [
            sorted(s) for s in rows_of(draw_sets(fresh, None if is_start else doubt(fresh)))
        ] == [[0, 1]]
        told = new_round(edges, 2, answered=[(0, 1)])
        assert draw_sets(told, None if is_start else doubt(told)) == ()


def test_without_any_candidate_rows_are_drawn_at_random_from_both_sources() -> None:
    sources = [0] * 3 + [1] * 97
    drawn = rows_of(draw_sets(new_round({}, 100, sources=sources), None, sets=3, rows=4))

    assert drawn
    for rows in drawn:
        assert {sources[row] for row in rows} == {0, 1}


@pytest.mark.parametrize("seed", range(20))
def test_the_first_two_sets_show_the_few_matches_of_a_large_table(seed: int) -> None:
    matches = 3
    round_ = new_round(few_twins(3_000, matches), 3_000, seed=seed)

    first, second = draw_sets(round_, None)[:2]

    together = [set(first.tolist()), set(second.tolist())]
    assert any({100 * i, 100 * i + 50} <= rows for i in range(matches) for rows in together)
    assert len(first) == len(second) == 10


def test_the_first_pairs_come_from_both_ends_of_the_scores() -> None:
    round_ = new_round(few_twins(3_000, 3), 3_000)
    chance = {
        (int(a), int(b)): float(p)
        for a, b, p in zip(round_.pairs.left, round_.pairs.right, round_.probability, strict=True)
    }

    asked = rows_of(draw_sets(round_, None, sets=20, rows=2))
    scores = [chance[min(pair), max(pair)] for pair in asked]

    assert max(scores[:5]) > 0.8
    assert min(scores[:5]) < 0.15


def test_the_place_of_a_first_pair_does_not_tell_whether_a_match_is_expected() -> None:
    edges = few_twins(3_000, 25)
    likely = {pair for pair, chance in edges.items() if chance > 0.8}
    firsts = set()
    for seed in range(20):
        round_ = new_round(edges, 3_000, seed=seed)
        asked = rows_of(draw_sets(round_, None, sets=5, rows=2))
        firsts.add((min(asked[0]), max(asked[0])) in likely)

    assert firsts == {True, False}


def test_after_twenty_refuted_pairs_the_likeliest_ones_are_asked_one_after_another() -> None:
    edges = {(2 * i, 2 * i + 1): 1 - i / 100 for i in range(50)}

    drawn = draw_sets(new_round(edges, 100, refuted=20), None, sets=3, rows=4)

    assert [sorted(rows) for rows in rows_of(drawn)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
    ]


def test_a_pair_that_agrees_as_no_other_is_searched_before_some_that_are_likelier() -> None:
    edges = {(2 * i, 2 * i + 1): 1 - i / 100 for i in range(50)}

    def first(rarity: list[float] | None) -> list[list[int]]:
        round_ = new_round(edges, 100, rarity=rarity, refuted=20)
        return [sorted(rows) for rows in rows_of(draw_sets(round_, None, sets=15, rows=2))]

    twentieth = [38, 39]
    assert twentieth not in first(None)
    assert twentieth in first([float(i == 19) for i in range(50)])


@pytest.mark.parametrize(("refuted", "place"), [(0, 299), (20, 12)])
def test_a_pair_whose_texts_are_aligned_as_no_other_is_asked_before_some_that_are_likelier(
    refuted: int, place: int
) -> None:
    edges = {(2 * i, 2 * i + 1): 1 - i / 1000 for i in range(500)}

    def first(text_rarity: list[float] | None) -> list[int]:
        round_ = new_round(edges, 1000, text_rarity=text_rarity, refuted=refuted)
        return [row for rows in rows_of(draw_sets(round_, None, sets=2)) for row in rows]

    aligned = {2 * place, 2 * place + 1}
    assert not aligned <= set(first(None))
    assert aligned <= set(first([float(i == place) for i in range(500)]))


def test_fewer_refuted_pairs_leave_the_first_questions_as_they_are() -> None:
    edges = few_twins(3_000, 3)

    fresh, early = (
        rows_of(draw_sets(new_round(edges, 3_000, refuted=refuted), None)) for refuted in (0, 19)
    )

    assert fresh == early


def test_a_set_grows_from_the_most_useful_pair_along_useful_ties() -> None:
    edges = {(0, 1): 0.5, (1, 2): 0.45, (0, 2): 0.4, (2, 3): 0.01, (4, 5): 0.99, (6, 7): 0.02}

    drawn = rows_of(draw_sets(r := new_round(edges, 8), doubt(r), sets=1, rows=3))

    assert [sorted(rows) for rows in drawn] == [[0, 1, 2]]


def test_a_set_goes_on_elsewhere_where_its_own_ties_teach_nothing() -> None:
    edges = {(0, 1): 0.5, (1, 2): 0.01, (3, 4): 0.5, (4, 5): 0.01}

    drawn = rows_of(draw_sets(r := new_round(edges, 6), doubt(r), sets=1, rows=4))

    assert [sorted(rows) for rows in drawn] == [[0, 1, 3, 4]]


def test_a_set_takes_in_an_expected_match_before_it_is_full() -> None:
    edges = {(0, i): 0.2 for i in range(1, 6)} | {(0, 9): 0.98}

    drawn = rows_of(draw_sets(r := new_round(edges, 10), doubt(r), sets=1, rows=4))

    assert 9 in drawn[0]


def test_a_set_takes_in_an_expected_non_match_before_it_is_full() -> None:
    edges = {pair: 0.9 for pair in combinations(range(8), 2)} | {(0, 9): 0.0}

    drawn = rows_of(draw_sets(r := new_round(edges, 10), doubt(r), sets=1, rows=5))

    assert 9 in drawn[0]


def test_a_labelled_pair_is_not_asked_again() -> None:
    edges = twins(20)
    answered = [pair for pair in edges if edges[pair] > 0.5]

    drawn = rows_of(
        draw_sets(r := new_round(edges, 40, answered=answered), doubt(r), sets=10, rows=2)
    )

    assert drawn
    assert not {(min(pair), max(pair)) for pair in drawn} & set(answered)


def test_equal_utilities_are_ranked_by_the_seed_and_not_by_position() -> None:
    utilities, allowed = np.zeros(1_000), np.ones(1_000, np.bool_)

    one, other = (ranked(utilities, allowed, np.random.default_rng(seed), 10) for seed in (0, 1))

    assert sorted(one.tolist()) == list(range(1_000))
    assert one.tolist() != other.tolist()


def test_ranking_the_best_few_is_the_start_of_ranking_all() -> None:
    utilities = np.random.default_rng(0).random(500)
    allowed = utilities < 0.9

    few = ranked(utilities, allowed, np.random.default_rng(1), 20)

    assert few.tolist() == ranked(utilities, allowed, np.random.default_rng(2))[:20].tolist()


def families(count: int, size: int = 3) -> dict[Pair, float]:
    """Groups of records that match, in a chain of groups that look a little alike."""
    edges = {
        (size * f + a, size * f + b): 0.7 + 0.2 * (f % 5) / 5
        for f in range(count)
        for a, b in combinations(range(size), 2)
    }
    return edges | {(size * f, size * f + size): 0.1 + 0.35 * (f % 7) / 7 for f in range(count - 1)}


@given(st.integers(12, 40), st.integers(2, 4), st.integers(1, 4), st.integers(0, 5))
def test_sets_of_ten_hold_three_to_five_entities_and_both_answers(
    count: int, size: int, sets: int, seed: int
) -> None:
    edges = families(count, size)
    sets = min(sets, count * size // 20)
    round_ = new_round(edges, count * size, seed=seed)

    drawn = rows_of(draw_sets(round_, doubt(round_), sets=sets, rows=10))

    assert len(drawn) == sets
    for rows in drawn[: max(1, sets // 2)]:
        assert 3 <= len({row // size for row in rows}) <= 6
        inside = {edges.get((min(pair), max(pair)), 0.0) >= 0.5 for pair in combinations(rows, 2)}
        assert inside == {True, False}


def labelled_half(count: int) -> tuple[dict[Pair, float], list[Pair], list[float]]:
    """The records of every other twin were labelled; the later, the more it is doubted."""
    edges = twins(count, alike=0.6, apart=0.3)
    answered = [(2 * i, 2 * i + 1) for i in range(0, count, 2)]
    doubted = [-1.0] * (2 * count)
    for left, right in answered:
        doubted[left] = doubted[right] = left / (2 * count)
    return edges, answered, doubted


def test_a_tenth_of_the_rows_of_sets_was_labelled_before() -> None:
    count = 200
    edges, answered, doubted = labelled_half(count)
    # nothing that was labelled is worth asking about by itself
    edges = {pair: p if p > 0.5 else 0.001 for pair, p in edges.items()}

    shares = []
    for overlap in (0.0, 0.1, 0.3):
        round_ = new_round(edges, 2 * count, answered=answered, doubted=doubted)
        drawn = rows_of(draw_sets(round_, doubt(round_), sets=6, rows=10, overlap=overlap))
        shown = [row for rows in drawn for row in rows]
        shares.append(sum(doubted[row] >= 0 for row in shown) / len(shown))

    assert shares[0] == 0
    assert shares[1] == pytest.approx(0.1, abs=0.02)
    assert shares[2] == pytest.approx(0.3, abs=0.05)


def test_of_the_rows_at_hand_the_one_whose_label_is_doubted_most_is_shown_again() -> None:
    edges = {(0, 1): 0.5, (1, 2): 0.4, (0, 3): 0.001, (0, 4): 0.001, (3, 5): 0.9, (4, 6): 0.9}
    doubted = [-1.0, -1.0, -1.0, 0.1, 0.8, 0.1, 0.8]

    def draw(overlap: float) -> list[list[int]]:
        round_ = new_round(edges, 7, answered=[(3, 5), (4, 6)], doubted=doubted)
        return rows_of(draw_sets(round_, doubt(round_), sets=1, rows=4, overlap=overlap))

    assert 4 in draw(0.25)[0]


def draw_one(
    edges: dict[Pair, tuple[float, float]],
    rows: int,
    *,
    overlap: float = 0.0,
    doubted: list[float] | None = None,
    damaged: list[int] | None = None,
) -> set[int]:
    """Draw one set, given the probability and the utility of each pair."""
    n_records = max(map(max, edges)) + 1
    chances = {pair: chance for pair, (chance, _) in edges.items()}
    round_ = new_round(chances, n_records, doubted=doubted, damaged=damaged)
    utilities = np.array([edges[pair][1] for pair in sorted(edges)])
    return set(rows_of(draw_sets(round_, utilities, sets=1, rows=rows, overlap=overlap))[0])


def test_a_row_is_taken_in_before_a_pair_that_teaches_less_per_row() -> None:
    edges = {(0, 1): (0.9, 1.0), (1, 2): (0.1, 0.6), (3, 4): (0.9, 0.9), (5, 6): (0.1, 0.0)}

    assert draw_one(edges, 4) == {0, 1, 2}


@pytest.mark.parametrize(("utility", "taken"), [(0.6, {4, 5}), (0.3, {2, 3})])
def test_a_set_of_loose_rows_takes_a_match_that_is_at_least_half_as_useful(
    utility: float, taken: set[int]
) -> None:
    edges = {(0, 1): (0.1, 1.0), (2, 3): (0.2, 0.9), (4, 5): (0.8, utility), (6, 7): (0.1, 0.0)}

    assert draw_one(edges, 4) == {0, 1} | taken


def test_the_non_match_that_a_set_still_lacks_is_the_least_likely_match() -> None:
    edges = {pair: (0.9, 1.0) for pair in combinations(range(4), 2)}
    edges |= {(0, 4): (0.4, 0.4), (0, 5): (0.01, 0.0)}

    assert draw_one(edges, 5) == {0, 1, 2, 3, 5}


@pytest.mark.parametrize("overlap", [0.0, 0.3])
def test_a_set_of_five_entities_takes_in_only_rows_that_match_one(overlap: float) -> None:
    edges = {(0, i): (0.1, 1.0 if i < 6 else 0.5) for i in range(1, 10)}
    edges |= {(0, i): (0.9, 0.0) for i in range(10, 20)}
    doubted = [0.5 if 6 <= row < 10 else -1.0 for row in range(20)]

    drawn = draw_one(edges, 10, overlap=overlap, doubted=doubted)

    assert len(drawn) == 10
    assert len(drawn & set(range(1, 10))) == 4


def test_a_match_elsewhere_is_taken_in_before_a_set_has_too_many_entities() -> None:
    edges = {(0, i): (0.1, 1.0) for i in range(1, 10)} | {(20, 21): (0.9, 0.0)}

    drawn = draw_one(edges, 10)

    assert {20, 21} <= drawn
    assert len(drawn) == 6  # five entities, one of them of two rows


def test_a_set_of_one_entity_takes_in_a_pair_that_matches_nothing_in_it() -> None:
    edges = {pair: (0.9, 1.0) for pair in combinations(range(6), 2)}
    edges |= {(0, 6): (0.9, 0.0), (6, 7): (0.9, 0.9), (8, 9): (0.1, 0.3)}

    drawn = draw_one(edges, 9)

    assert {8, 9} <= drawn
    assert 7 not in drawn


def test_a_damaged_row_is_not_taken_in_for_its_tie_to_a_set() -> None:
    edges = {(0, 1): (0.9, 1.0), (1, 2): (0.5, 1.0), (3, 4): (0.1, 0.0)}

    assert 2 not in draw_one(edges, 6, damaged=[2])


@pytest.mark.parametrize(("damaged", "taken"), [([], {4, 5}), ([5], {2, 3})])
def test_a_row_shown_again_comes_beside_a_legible_row_without_a_label(
    damaged: list[int], taken: set[int]
) -> None:
    edges = {(0, 1): (0.9, 1.0), (2, 3): (0.1, 0.5), (4, 5): (0.1, 0.3), (6, 7): (0.1, 0.0)}
    doubted = [0.5 if row in (2, 3, 4) else -1.0 for row in range(8)]

    drawn = draw_one(edges, 4, overlap=0.25, doubted=doubted, damaged=damaged)

    assert drawn == {0, 1} | taken


def test_at_most_a_third_of_a_set_is_shown_again() -> None:
    edges = {(0, i): (0.9, 1.0 if i < 10 else 0.1) for i in range(1, 20)} | {(0, 20): (0.1, 0.0)}
    doubted = [0.5 if 10 <= row < 20 else -1.0 for row in range(21)]

    drawn = draw_one(edges, 9, overlap=0.5, doubted=doubted)

    assert sum(doubted[row] >= 0 for row in drawn) == 3


def test_pairs_have_no_overlap() -> None:
    edges, answered, doubted = labelled_half(40)

    one, other = (
        rows_of(draw_sets(r, doubt(r), sets=10, rows=2, overlap=overlap))
        for overlap in (0.0, 0.5)
        if (r := new_round(edges, 80, answered=answered, doubted=doubted))
    )

    assert one == other


@pytest.mark.parametrize("rows", [2, 10])
@pytest.mark.parametrize("is_start", [True, False])
def test_equal_records_are_never_shown_in_one_set(rows: int, is_start: bool) -> None:
    # a hundred pairs of equal records, all in great doubt, and a hundred pairs of others
    edges = {(2 * i, 2 * i + 1): 0.5 for i in range(100)}
    edges |= {(200 + 2 * i, 201 + 2 * i): 0.3 + 0.4 * (i % 10) / 10 for i in range(100)}
    twin = [i // 2 for i in range(200)] + list(range(1_000, 1_200))
    round_ = new_round(edges, 400, twins=twin)

    drawn = rows_of(draw_sets(round_, None if is_start else doubt(round_), sets=10, rows=rows))

    pairs = [pair for one in drawn for pair in combinations(one, 2)]
    assert len(drawn) == 10
    assert not any(twin[one] == twin[other] for one, other in pairs)


@pytest.mark.parametrize("is_start", [True, False])
def test_a_table_of_equal_records_has_no_question(is_start: bool) -> None:
    edges = {(2 * i, 2 * i + 1): 0.5 for i in range(3)}
    round_ = new_round(edges, 6, twins=[0] * 6)

    assert draw_sets(round_, None if is_start else doubt(round_), sets=3) == ()


@pytest.mark.parametrize("rows", [2, 10])
@pytest.mark.parametrize("is_start", [True, False])
def test_damaged_rows_are_shown_when_nothing_else_is_left(rows: int, is_start: bool) -> None:
    # the pairs of damaged rows are the most doubtful and, for the start, the most alike
    edges = {(2 * i, 2 * i + 1): 0.5 if i < 10 else 0.4 for i in range(30)}
    damaged = list(range(20))

    def shown(edges: dict[Pair, float]) -> set[int]:
        round_ = new_round(edges, 60, damaged=damaged)
        drawn = draw_sets(round_, None if is_start else doubt(round_), sets=20, rows=rows)
        sound = {row for set_ in rows_of(drawn)[: 20 if rows == 2 else 3] for row in set_}
        return sound & set(damaged)

    assert not shown(edges)
    assert shown({pair: p for pair, p in edges.items() if pair[0] < 20})


@pytest.mark.parametrize("rows", [2, 10])
@pytest.mark.parametrize("is_start", [True, False])
def test_pairs_that_come_first_are_the_head_of_a_set_each(rows: int, is_start: bool) -> None:
    edges = {(2 * i, 2 * i + 1): 0.5 for i in range(30)}
    round_ = new_round(edges, 60, first=[(40, 43), (50, 51)])

    drawn = rows_of(draw_sets(round_, None if is_start else doubt(round_), sets=3, rows=rows))

    assert {40, 43} <= set(drawn[0])
    assert {50, 51} <= set(drawn[1])


def test_a_question_that_reads_like_an_answered_one_is_not_asked() -> None:
    # record 0 stands five times in the table; whether it is record 10 was answered
    edges = {(i, 10): 0.5 for i in range(5)} | {(20 + 2 * i, 21 + 2 * i): 0.3 for i in range(5)}
    twin = [0] * 5 + list(range(1, 36))
    round_ = new_round(edges, 40, answered=[(0, 10)], twins=twin)

    drawn = rows_of(draw_sets(round_, doubt(round_), sets=5, rows=2))

    assert sorted(min(rows) for rows in drawn) == [20, 22, 24, 26, 28]


@pytest.mark.parametrize("overlap", [-0.1, 0.6, float("nan")])
def test_an_overlap_outside_its_range_is_refused(overlap: float) -> None:
    with pytest.raises(UsageError, match="give a share from 0 to 0.5"):
        draw_sets(new_round({}, 4), None, overlap=overlap)


@pytest.mark.parametrize(("sets", "rows"), [(0, 10), (10, 1), (-1, 2)])
def test_too_small_a_round_is_refused(sets: int, rows: int) -> None:
    with pytest.raises(UsageError, match="ask at least 1 set of at least 2 rows"):
        draw_sets(new_round({}, 4), None, sets=sets, rows=rows)
