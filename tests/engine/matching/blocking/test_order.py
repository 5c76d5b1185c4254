"""The canonical order against sorting and counting in plain Python."""

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchloop.data.records import Kind, Records
from matchloop.data.views import Views
from matchloop.matching.blocking.order import COPIES, Order, ordered

CELLS = st.tuples(st.sampled_from(["", "ann", "bob"]), st.sampled_from(["", "rome"]))
ROWS = st.lists(st.tuples(CELLS, st.sampled_from("xyz")), min_size=1, max_size=24)

Row = tuple[tuple[str, str], str]


def views_of(rows: list[Row], keys: list[str], *, linkage: bool) -> Views:
    table = {
        "id": keys,
        "name": [name or None for (name, _), _ in rows],
        "city": [city or None for (_, city), _ in rows],
        "shop": [shop for _, shop in rows],
    }
    kinds = {"name": Kind.NAME, "city": Kind.TEXT}
    return Views(Records(pa.table(table), "id", kinds, "shop" if linkage else None))


def connected(order: Order, row: int) -> set[int]:
    """Return the rows that links lead to from a row."""
    reached = {row}
    while True:
        more = {
            b for a, b in [*order.links.tolist(), *order.links[:, ::-1].tolist()] if a in reached
        }
        if more <= reached:
            return reached
        reached |= more


@given(ROWS, st.booleans())
def test_copies_are_together_within_their_source_and_records_without_a_value_have_no_position(
    rows: list[Row], linkage: bool
) -> None:
    if linkage and len({shop for _, shop in rows}) == 1:
        rows = [*rows, (("eve", ""), "w")]
    keys = [f"k{at}" for at in range(len(rows))]
    order = ordered(views_of(rows, keys, linkage=linkage))

    contents = [(cells, shop if linkage else "") for cells, shop in rows]
    indexed = [contents[row] for row in order.rows]
    filled = [content for content in contents if any(content[0])]
    assert {content: indexed.count(content) for content in set(filled)} == {
        content: min(filled.count(content), COPIES) for content in set(filled)
    }
    assert len(indexed) == len(order)
    # one run for each source, and one for each content inside it
    assert [shop for _, shop in indexed] == sorted(shop for _, shop in indexed)
    runs = 1 + sum(a != b for a, b in zip(indexed, indexed[1:], strict=False)) if indexed else 0
    assert runs == len(set(indexed))
    for position, row in enumerate(order.rows.tolist()):
        assert order.rank[row] == position
        if linkage:
            own = [at for at, (_, shop) in enumerate(indexed) if shop == contents[row][1]]
            assert (order.low[position], order.high[position]) == (own[0], own[-1] + 1)
        else:
            assert order.low[position] == order.high[position]
    assert (order.rank >= 0).sum() == len(order)


@given(ROWS, st.booleans())
def test_links_connect_all_copies_that_may_match_and_nothing_else(
    rows: list[Row], linkage: bool
) -> None:
    if linkage and len({shop for _, shop in rows}) == 1:
        rows = [*rows, (("eve", ""), "w")]
    order = ordered(views_of(rows, [f"k{at}" for at in range(len(rows))], linkage=linkage))

    for row, (cells, _) in enumerate(rows):
        copies = {at for at, (others, _) in enumerate(rows) if others == cells}
        sources = {rows[at][1] for at in copies}
        is_linked = any(cells) and (not linkage or len(sources) > 1)
        assert connected(order, row) == (copies if is_linked else {row})
    for one, other in order.links.tolist():
        assert not linkage or rows[one][1] != rows[other][1]


@pytest.mark.parametrize("linkage", [False, True])
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_table_does_not_matter(
    linkage: bool, rows: list[Row], random: Random
) -> None:
    rows = [*rows, (("eve", ""), "w"), (("eve", ""), "v")]
    keys = [f"k{at}" for at in range(len(rows))]
    moved = list(range(len(rows)))
    random.shuffle(moved)

    here = ordered(views_of(rows, keys, linkage=linkage))
    there = ordered(
        views_of([rows[at] for at in moved], [keys[at] for at in moved], linkage=linkage)
    )

    assert [keys[row] for row in here.rows] == [keys[moved[row]] for row in there.rows]
    assert here.low.tolist() == there.low.tolist()
    links = [
        sorted(frozenset(names[row] for row in link) for link in order.links.tolist())
        for order, names in ((here, keys), (there, [keys[at] for at in moved]))
    ]
    assert sorted(map(sorted, links[0])) == sorted(map(sorted, links[1]))
    assert np.array_equal(np.sort(here.rows), np.sort([moved[row] for row in there.rows]))
