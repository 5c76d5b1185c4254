"""Laws of the inverted index, against a slow reference."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matchloop.data.records import Kind, Records
from matchloop.data.text import Tokens
from matchloop.data.views import Views
from matchloop.matching.blocking.index import COUNTED, FULL, as_similarity, token_index
from matchloop.matching.blocking.order import ordered

LETTERS = "abcdefghijklmnop"
rows = st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=2, max_size=60, unique=True)


def views_of(cells: list[str]) -> Views:
    """Return a table of one column, its words single letters."""
    data = {"id": [f"k{i}" for i in range(len(cells))], "x": [" ".join(cell) for cell in cells]}
    return Views(Records(pa.table(data), "id", {"x": Kind.TEXT}))


def weights_of(tokens: Tokens) -> NDArray[np.float64]:
    sizes = np.diff(tokens.indptr)
    return np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)


def allowed(tokens: Tokens, visits: int) -> int:
    """Return the largest frequency of which all tokens up to it fit the budget of visits."""
    most = 0
    for size in range(1, int(tokens.frequency.max()) + 1):
        if sum(int(f) ** 2 for f in tokens.frequency if f <= size) <= visits:
            most = size
    return most


def shared(tokens: Tokens, weights: NDArray[np.float64], most: float) -> NDArray[np.int64]:
    """Sum the products of weights of shared tokens that at most so many rows have, by pair."""
    whole = np.round(weights * FULL).astype(np.int64)
    dense = np.zeros((len(tokens), len(tokens.frequency)), np.int64)
    for row in range(len(tokens)):
        span = slice(tokens.indptr[row], tokens.indptr[row + 1])
        dense[row, tokens.ids[span]] = whole[span]
    dense[:, (tokens.frequency > most) | (tokens.frequency < 2)] = 0
    product = dense @ dense.T
    np.fill_diagonal(product, 0)
    return product


@settings(max_examples=80, deadline=None)
@given(cells=rows, visits=st.integers(1, 3000), k=st.integers(1, 8))
def test_looking_up_finds_the_nearest_by_the_tokens_within_the_budget(
    cells: list[str], visits: int, k: int
) -> None:
    views = views_of(cells)
    order, tokens = ordered(views), views.words()
    weights = weights_of(tokens)

    found, _ = token_index(tokens, weights, order, visits).nearest(order, k)

    score = shared(tokens, weights, allowed(tokens, visits))[np.ix_(order.rows, order.rows)]
    for i, others in enumerate(found):
        best = sorted((-score[i, j], j) for j in range(len(order)) if score[i, j] > 0)[:k]
        assert others[others >= 0].tolist() == [j for _, j in best]


@settings(max_examples=80, deadline=None)
@given(cells=rows, visits=st.integers(1, 60))
def test_a_similarity_counts_tokens_that_are_too_common_to_be_looked_up(
    cells: list[str], visits: int
) -> None:
    views = views_of(cells)
    order, tokens = ordered(views), views.words()
    weights = weights_of(tokens)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(cells), 1))

    found = token_index(tokens, weights, order, visits).similarity(order, left, right)

    most = max(allowed(tokens, visits), int(COUNTED * len(cells)))
    expected = np.minimum(shared(tokens, weights, most)[left, right] / FULL**2, 1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(cells=rows, k=st.integers(1, 8))
def test_looking_up_returns_the_weights_that_similarities_stand_for(
    cells: list[str], k: int
) -> None:
    views = views_of(cells)
    order, tokens = ordered(views), views.words()
    index = token_index(tokens, weights_of(tokens), order, 10**6)

    others, weights = index.nearest(order, k, shared=True)

    place, of = np.nonzero(others >= 0)
    left, right = order.rows[place], order.rows[others[place, of]]
    found = as_similarity(weights[place, of], index.whole)
    assert found.tolist() == index.similarity(order, left, right).tolist()
