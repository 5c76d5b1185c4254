"""All features of a table: their names, and that nothing about the run changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numba
import numpy as np
import pytest

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind
from matchloop.data.views import Views
from matchloop.errors import UnknownName
from matchloop.matching.comparing import Comparer, slices

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]
MakeViews = Callable[[Columns], Views]
AllPairs = Callable[[int], CandidatePairs]


@pytest.fixture
def people(make_views: MakeViews) -> Views:
    rng = np.random.default_rng(5)
    names = ["anna", "ann", "john", "jon", "maria", "bob", "robert", None]
    return make_views(
        {
            "name": (Kind.NAME, [names[n] for n in rng.integers(0, 8, 300)]),
            "note": (Kind.TEXT, [f"item {n} of size {n % 7} x{n}y" for n in range(300)]),
            "age": (Kind.NUMBER, [str(n) for n in rng.integers(20, 60, 300)]),
        }
    )


@pytest.fixture
def candidates() -> CandidatePairs:
    rng = np.random.default_rng(6)
    pairs = np.sort(rng.integers(0, 300, (4_000, 2)), axis=1)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    return CandidatePairs.of(pairs[:, 0], pairs[:, 1])


def test_names_say_column_and_measure_and_are_unique(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    comparer = Comparer.plan(make_views(mixed), all_pairs(10))

    assert len(set(comparer.names)) == len(comparer.names)
    assert {name.split(":")[0] for name in comparer.names} == {*mixed, "record", "rivals"}
    assert comparer.compare(all_pairs(10)).names == comparer.names


def test_names_are_the_same_for_any_table_of_these_kinds(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    empty = {name: (kind, [None, None]) for name, (kind, _) in mixed.items()}

    full = Comparer.plan(make_views(mixed), all_pairs(10)).names

    assert Comparer.plan(make_views(empty), all_pairs(2)).names == full


def test_chunks_give_the_same_bytes(people: Views, candidates: CandidatePairs) -> None:
    comparer = Comparer.plan(people, candidates)
    whole = comparer.compare(candidates).features

    parts = [
        comparer.compare(candidates.take(slice(start, start + 97))).features
        for start in range(0, len(candidates), 97)
    ]

    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_parts_that_share_memory_give_the_same_bytes(
    people: Views, candidates: CandidatePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparer = Comparer.plan(people, candidates)
    whole = comparer.compare(candidates).features

    monkeypatch.setattr("matchloop.matching.comparing.comparer.PART", 83)

    assert comparer.compare(candidates).features.tobytes() == whole.tobytes()


def test_threads_give_the_same_bytes(
    people: Views, candidates: CandidatePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 61)
    before, seen = numba.get_num_threads(), set()
    try:
        for threads in range(1, min(before, 4) + 1):
            numba.set_num_threads(threads)
            comparer = Comparer.plan(people, candidates)
            seen.add(comparer.compare(candidates).features.tobytes())
    finally:
        numba.set_num_threads(before)
    monkeypatch.undo()
    seen.add(Comparer.plan(people, candidates).compare(candidates).features.tobytes())

    assert len(seen) == 1


def test_turning_the_table_round_changes_no_feature(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    turned = {name: (kind, values[::-1]) for name, (kind, values) in mixed.items()}
    pairs = all_pairs(10)
    back = CandidatePairs.of(9 - pairs.left, 9 - pairs.right)

    there = Comparer.plan(make_views(mixed), pairs).compare(pairs).features
    again = Comparer.plan(make_views(turned), back).compare(back).features

    at = np.searchsorted(back.ids(), [(9 - j) << 32 | (9 - i) for i, j in _rows(pairs)])
    np.testing.assert_allclose(there, again[at], atol=1e-6)


def test_equal_values_are_compared_alike_however_they_are_written(
    make_views: MakeViews, mixed: Columns
) -> None:
    rows = len(next(iter(mixed.values()))[1])
    shouted = {
        name: (kind, [*values, *(value and f" {value.upper()}" for value in values)])
        for name, (kind, values) in mixed.items()
    }
    repeated = {name: (kind, [*values, *values]) for name, (kind, values) in mixed.items()}
    pairs = CandidatePairs.of(np.arange(rows), np.arange(rows, 2 * rows))

    read = Comparer.plan(make_views(repeated), pairs).compare(pairs).features
    with_spaces = Comparer.plan(make_views(shouted), pairs).compare(pairs).features

    np.testing.assert_array_equal(read, with_spaces)


def _rows(pairs: CandidatePairs) -> list[tuple[int, int]]:
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def test_equal_records_are_compared_as_highest(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    doubled = {name: (kind, [*values, *values]) for name, (kind, values) in mixed.items()}
    pairs = all_pairs(20)
    comparer = Comparer.plan(make_views(doubled), pairs)
    features = comparer.compare(pairs).features
    rows = _rows(pairs)

    for place, name in enumerate(comparer.names):
        if name.startswith("rivals:") or name.endswith("_present"):
            continue
        for record in range(10):
            own = features[rows.index((record, record + 10)), place]
            others = [features[at, place] for at, row in enumerate(rows) if record in row]
            assert np.isnan(own) or own >= np.nanmax(others) - 1e-6, name


def test_pairs_that_are_no_candidates_can_be_compared(
    people: Views, candidates: CandidatePairs, all_pairs: AllPairs
) -> None:
    comparer = Comparer.plan(people, candidates)
    every = all_pairs(300)

    features = comparer.compare(every).features

    at = np.searchsorted(every.ids(), candidates.ids())
    assert features[at].tobytes() == comparer.compare(candidates).features.tobytes()
    rivals = [n for n, name in enumerate(comparer.names) if name.startswith("rivals:")]
    assert not np.isnan(features[:, rivals]).any()


@pytest.mark.parametrize("values", [["a"], ["a", "a", "a"], [None, None], ["", "b"]])
def test_degenerate_tables_are_compared(
    values: list[str | None], make_views: MakeViews, all_pairs: AllPairs
) -> None:
    for kind in Kind:
        views, pairs = make_views({"c": (kind, values)}), all_pairs(len(values))

        features = Comparer.plan(views, pairs).compare(pairs).features

        assert features.shape[0] == len(pairs)
        assert not np.isinf(features).any()


def test_no_candidates_means_no_rivals(make_views: MakeViews, all_pairs: AllPairs) -> None:
    views = make_views({"c": (Kind.NAME, ["anna", "hanna"])})
    comparer = Comparer.plan(views, all_pairs(0))

    compared = comparer.compare(all_pairs(2))

    assert compared.features[0, comparer.names.index("rivals:grams_worst_rank")] == 1.0
    assert len(comparer.compare(all_pairs(0))) == 0


def test_comparators_can_be_named_for_a_column(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    views = make_views(mixed)

    comparer = Comparer.plan(views, all_pairs(10), comparators={"state": ["spelling", "endings"]})

    state = [name for name in comparer.names if name.startswith("state:")]
    assert state == ["state:edit", "state:start", "state:end"]


def test_an_unknown_comparator_is_named_with_the_known_ones(
    make_views: MakeViews, mixed: Columns, all_pairs: AllPairs
) -> None:
    with pytest.raises(UnknownName, match=r"no 'sound' in matchloop.comparators; known: .*words"):
        Comparer.plan(make_views(mixed), all_pairs(10), comparators={"given": ["sound"]})
