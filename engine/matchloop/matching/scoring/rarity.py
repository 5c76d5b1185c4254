"""Rarity: how seldom two records agree as much as a pair does. It needs no model.

Texts are ranked apart too: variants of a product share all words but one, so that in likeness and
in the rarity of whole columns they are ahead of a match with a misspelt word. What is aligned of
both texts tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchloop.matching.scoring.columns import column_features, column_similarity, swapped_features

__all__ = ["rarity", "text_rarity"]

ALIGNMENT = ("aligned", "words_apart", "numbers_apart")
"""Measures by which texts are aligned."""


def rarity(features: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64]:
    """Compute how seldom candidates agree as much as each pair does, column by column.

    Parameters
    ----------
    features
        Features of the candidates, shape (pairs, features), NaN where missing.
    names
        Feature names, ``column:measure``.

    Returns
    -------
    NDArray
        Shape (pairs,): the negative log of the share of pairs at least as alike, summed over the
        columns. A value that all pairs share, or that is missing, adds nothing.
    """
    return _rarity(features, column_features(names), swapped_features(names))


def text_rarity(features: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64] | None:
    """Compute how seldom the texts of candidates are aligned as far as those of each pair.

    Of generated product variants, the 100 mutual best pairs of highest text rarity are all matches;
    by likeness 1 to 12 are.

    Parameters
    ----------
    features
        Features of the candidates, shape (pairs, features), NaN where missing.
    names
        Feature names, ``column:measure``.

    Returns
    -------
    NDArray or None
        Shape (pairs,), as :func:`rarity`; None where no column is a text.
    """
    places = {name: place for place, name in enumerate(names)}
    texts = [name.rpartition(":")[0] for name in names if name.endswith(f":{ALIGNMENT[1]}")]
    if not texts:
        return None
    return _rarity(
        features,
        {text: [places[f"{text}:{measure}"] for measure in ALIGNMENT] for text in texts},
        {},
    )


def _rarity(
    features: NDArray[np.float32],
    columns: Mapping[str, Sequence[int]],
    swapped: Mapping[str, int],
) -> NDArray[np.float64]:
    total = np.zeros(len(features))
    for column in column_similarity(features, columns, swapped).T:
        present = np.flatnonzero(np.isfinite(column))
        similarity = column[present]
        less_alike = np.searchsorted(np.sort(similarity), similarity, "left")
        total[present] -= np.log(1.0 - less_alike / max(len(similarity), 1))
    return total
