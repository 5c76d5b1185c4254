"""What the built-in rules index, against sets of values and words in plain Python."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.blocking import rules
from matchloop.matching.blocking.index import Index
from matchloop.matching.blocking.order import ordered

NAMES = ["", "ann lee", "bob ray", "cid poe", "ann poe", "lee ann x"]
CITIES = ["", "rome", "oslo", "bonn"]
ROWS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(CITIES)),
    min_size=1,
    max_size=20,
    unique=True,
)

Row = tuple[str, str]


def views_of(rows: list[Row]) -> Views:
    table = {
        "id": [f"k{at}" for at in range(len(rows))],
        "name": [name or None for name, _ in rows],
        "city": [city or None for _, city in rows],
    }
    return Views(Records(pa.table(table), "id", {"name": Kind.NAME, "city": Kind.TEXT}))


def keys_of(cell: str) -> set[tuple[str, ...]]:
    """Return the words of a cell and its pairs of near words."""
    words = cell.split()
    near = {
        tuple(sorted((word, words[at - back])))
        for at, word in enumerate(words)
        for back in (1, 2)
        if at >= back
    }
    return {(word,) for word in words} | near


def blocks_of(
    rows: list[Row],
) -> tuple[Counter[tuple[int, str]], Counter[tuple[int, tuple[str, ...]]]]:
    """Count the records that hold each value, and each word or pair of near words."""
    filled = [row for row in rows if any(row)]
    values = Counter((column, cell) for row in filled for column, cell in enumerate(row) if cell)
    near = Counter(
        (column, key) for row in filled for column, cell in enumerate(row) for key in keys_of(cell)
    )
    return values, near


@settings(max_examples=60)
@given(ROWS)
def test_records_that_share_a_value_or_a_word_are_neighbours_and_no_others(rows: list[Row]) -> None:
    views = views_of(rows)
    order = ordered(views)

    others, _ = rules.values(views, order, 1.0).nearest(order, len(rows))

    positions = {int(row): at for at, row in enumerate(order.rows)}
    for one, other in combinations(positions, 2):
        shares = any(
            cell and (cell == second or keys_of(cell) & keys_of(second))
            for cell, second in zip(rows[one], rows[other], strict=True)
        )
        assert (positions[other] in others[positions[one]]) == shares


@settings(max_examples=60)
@given(ROWS)
def test_every_pair_that_shares_a_key_is_counted_once_for_each_key(rows: list[Row]) -> None:
    views = views_of(rows)

    counted = rules.sampled_pairs(views, ordered(views), 1.0, one_of=1)

    expected = [size * (size - 1) // 2 for counts in blocks_of(rows) for size in counts.values()]
    assert counted == sum(expected)


def test_a_block_above_the_limit_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "VISITS", 0)  # blocks of more than ten records are then too large
    rows = [(f"n{at}", "rome" if at < 11 else "oslo") for at in range(21)]
    views = views_of(rows)
    order = ordered(views)

    index = rules.values(views, order, 1.0)

    others, _ = index.nearest(order, 21)
    neighbours = {rows[order.rows[at]][1]: set(near[near >= 0]) for at, near in enumerate(others)}
    assert neighbours["rome"] == set()
    assert len(neighbours["oslo"]) == 9
    assert rules.sampled_pairs(views, order, 1.0, one_of=1) == 2 * 45  # as a value and as a word


@settings(max_examples=60)
@given(ROWS, st.sampled_from([rules.words, rules.grams, rules.fields]))
def test_a_record_is_as_similar_to_its_copy_as_can_be(
    rows: list[Row], rule: Callable[..., Index]
) -> None:
    """The weights of a record have norm 1, whatever the columns that it lacks."""
    views = views_of([*rows, *rows, ("zed moe", "lima"), ("uwe", "kiel")])
    order = ordered(views)
    filled = np.flatnonzero([any(row) for row in rows]).astype(np.int32)

    similarity = rule(views, order, 1.0).similarity(order, filled, filled + np.int32(len(rows)))

    complete = [all(rows[row]) for row in filled]
    if rule is rules.fields:  # a column that is missing leaves its share out
        assert (similarity <= 1.001).all()
        similarity = similarity[complete]
    assert similarity == pytest.approx(np.ones(len(similarity)), abs=1e-3)


@pytest.mark.parametrize(("limit", "name"), [("RICH_RECORDS", 2), ("RICH_CHARACTERS", 17)])
def test_a_table_is_rich_up_to_its_limits(
    limit: str, name: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = views_of([("ann lee", "rome"), ("bob", "bonn")])  # eighteen characters, two records

    assert rules.is_rich(views)
    monkeypatch.setattr(rules, limit, name)
    assert rules.is_rich(views) == (limit == "RICH_RECORDS")
    monkeypatch.setattr(rules, limit, name - 1)
    assert not rules.is_rich(views)
