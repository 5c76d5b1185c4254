"""Simple matchers that show whether a made-up table can be solved at all.

``tfidf`` needs no label: rows whose text is each other's nearest, above a fixed similarity.
``forest`` knows the truth of other entities: a random forest on plain similarities of the columns,
cross-fitted by entity, on the candidates of TF-IDF. What it reaches, the columns hold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

from judging import entities
from tables import Table

__all__ = ["forest", "tfidf"]

NEAREST = 10
LEAST_COSINE = 0.6
FOLDS = 3

Pairs = NDArray[np.int64]


def tfidf(table: Table) -> NDArray[np.int64]:
    """Return the groups of rows that are each other's nearest in character trigrams."""
    pairs, cosine = neighbours(table)
    best = np.zeros(len(table))
    for end in (0, 1):
        np.maximum.at(best, pairs[:, end], cosine)
    mutual = (cosine >= best[pairs[:, 0]] - 1e-9) & (cosine >= best[pairs[:, 1]] - 1e-9)
    return components(pairs[mutual & (cosine >= LEAST_COSINE)], len(table))


def forest(table: Table) -> NDArray[np.int64]:
    """Return groups by a random forest that was trained on pairs of other entities."""
    pairs, cosine = neighbours(table)
    entity = entities(table.truth, len(table))
    is_match = entity[pairs[:, 0]] == entity[pairs[:, 1]]
    features = np.column_stack([cosine, similarities(table, pairs)])
    fold = np.random.default_rng(0).integers(0, FOLDS, int(entity.max()) + 1)[entity]
    if np.bincount(entity).max() > len(table) // 10:  # one entity cannot be parted by folds
        fold = np.random.default_rng(0).integers(0, FOLDS, len(table))
    match = np.zeros(len(pairs), bool)
    for one in range(FOLDS):
        here = fold[pairs[:, 0]] == one
        train = ~here & (fold[pairs[:, 1]] != one)
        if not here.any() or len(set(is_match[train])) < 2:
            continue
        model = RandomForestClassifier(100, random_state=0, min_samples_leaf=2)
        model.fit(features[train], is_match[train])
        match[here] = model.predict_proba(features[here])[:, 1] >= 0.5
    return components(pairs[match], len(table))


def neighbours(table: Table) -> tuple[Pairs, NDArray[np.float64]]:
    """Return the pairs of rows that are near in character trigrams, and their cosine."""
    text = table.frame[table.columns].fillna("").agg(" ".join, axis=1)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True)
    matrix = csr_matrix(vectors.fit_transform(text))
    sources = table.sources
    found: dict[tuple[int, int], float] = {}
    for start in range(0, len(table), 500):
        near = np.asarray((matrix[start : start + 500] @ matrix.T).todense())
        rows = np.arange(start, start + len(near))
        near[np.arange(len(near)), rows] = -1
        if sources is not None:
            near[sources[rows][:, None] == sources[None, :]] = -1
        for row, nearest in zip(rows, np.argsort(-near, axis=1)[:, :NEAREST], strict=True):
            for other in nearest:
                if near[row - start, other] > 0:
                    pair = (min(int(row), int(other)), max(int(row), int(other)))
                    found[pair] = float(near[row - start, other])
    pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
    return pairs, np.array([found[int(a), int(b)] for a, b in pairs])


def similarities(table: Table, pairs: Pairs) -> NDArray[np.float64]:
    """Return plain similarities column by column; -1 where a value is missing."""
    made = []
    for name in table.columns:
        values = [None if value is None else str(value).lower() for value in table.frame[name]]
        rows = []
        for left, right in pairs:
            one, two = values[left], values[right]
            if not one or not two:
                rows.append((-1.0, -1.0, -1.0))
                continue
            sorted_ratio = fuzz.token_sort_ratio(one, two) / 100
            rows.append((JaroWinkler.similarity(one, two), sorted_ratio, float(one == two)))
        made.append(np.array(rows))
    return np.concatenate(made, axis=1)


def components(pairs: Pairs, rows: int) -> NDArray[np.int64]:
    """Return the connected components of some pairs."""
    graph = csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(rows, rows))
    return connected_components(graph, directed=False)[1].astype(np.int64)
