"""Simple matchers that show whether a made-up table can be solved at all.

``tfidf`` needs no label: rows whose text is each other's nearest, above a fixed similarity.
``forest`` knows the truth of other entities: a random forest on plain similarities of the columns,
cross-fitted by entity, on the candidates of TF-IDF. What it reaches, the columns hold.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from scipy.cluster.hierarchy import average, fcluster
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

from judging import entities, judge_partition
from tables import Table

__all__ = ["forest", "tfidf"]

NEAREST = 10
LEAST_COSINE = 0.6
FOLDS = 3
#: Rows of the largest component that average linkage cuts; its pairs grow with the square.
LARGEST_CUT = 1_600
WORDS, NUMBERS = re.compile(r"\w+"), re.compile(r"\d+")

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
    """Return groups by random forests, each trained on pairs of other entities.

    Matching pairs are grouped by connected components, and these by average linkage of all pairs
    inside. The better of the two by the truth counts: the question is what the columns hold.
    """
    pairs, cosine = neighbours(table)
    entity = entities(table.truth, len(table))
    fold = np.random.default_rng(0).integers(0, FOLDS, int(entity.max()) + 1)[entity]
    if np.bincount(entity).max() > len(table) // 10:  # one entity cannot be parted by folds
        fold = np.random.default_rng(0).integers(0, FOLDS, len(table))
    models = _trained(table, pairs, entity, fold)
    likely = _scored(table, pairs, fold, models) >= 0.5
    joined = components(pairs[likely], len(table))
    group, count = joined.copy(), int(joined.max()) + 1
    size = np.bincount(joined)
    for one in np.flatnonzero((size > 2) & (size <= LARGEST_CUT)):
        rows = np.flatnonzero(joined == one)
        left, right = np.triu_indices(len(rows), 1)
        implied = np.column_stack([rows[left], rows[right]])
        match = _scored(table, implied, fold, models)
        cut = fcluster(average(1 - match), 0.5, "distance")
        group[rows] = count + cut
        count += int(cut.max()) + 1

    def f1(groups: NDArray[np.int64]) -> float:
        return judge_partition(groups, table.truth, sources=table.sources).f1

    return max((group, joined), key=f1)


def _trained(
    table: Table, pairs: Pairs, entity: NDArray[np.int64], fold: NDArray[np.int64]
) -> list[RandomForestClassifier | None]:
    """Return a model per fold, trained on the pairs of the other folds."""
    features = similarities(table, pairs)
    is_match = entity[pairs[:, 0]] == entity[pairs[:, 1]]
    models: list[RandomForestClassifier | None] = []
    for one in range(FOLDS):
        train = (fold[pairs] != one).all(axis=1)
        is_taught = len(set(is_match[train])) == 2
        model = RandomForestClassifier(50, random_state=0, min_samples_leaf=2)
        models.append(model.fit(features[train], is_match[train]) if is_taught else None)
    return models


def _scored(
    table: Table,
    pairs: Pairs,
    fold: NDArray[np.int64],
    models: list[RandomForestClassifier | None],
) -> NDArray[np.float64]:
    """Return the match probability of pairs by the model that did not see their first record."""
    features, match = similarities(table, pairs), np.zeros(len(pairs))
    for one, model in enumerate(models):
        here = fold[pairs[:, 0]] == one
        if model is not None and here.any():
            match[here] = model.predict_proba(features[here])[:, 1]
    return match


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
        values = ["" if value is None else str(value).lower() for value in table.frame[name]]
        words = [set(WORDS.findall(value)) for value in values]
        numbers = [set(NUMBERS.findall(value)) for value in values]
        rows = []
        for left, right in pairs.tolist():
            one, two = values[left], values[right]
            if not one or not two:
                rows.append((-1.0,) * 5)
                continue
            rows.append(
                (
                    JaroWinkler.similarity(one, two),
                    fuzz.token_sort_ratio(one, two) / 100,
                    float(one == two),
                    _shared(words[left], words[right]),
                    _shared(numbers[left], numbers[right]),
                )
            )
        made.append(np.array(rows).reshape(-1, 5))
    return np.concatenate(made, axis=1)


def _shared(one: set[str], two: set[str]) -> float:
    return len(one & two) / len(one | two) if one or two else -1.0


def components(pairs: Pairs, rows: int) -> NDArray[np.int64]:
    """Return the connected components of some pairs."""
    graph = csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(rows, rows))
    return connected_components(graph, directed=False)[1].astype(np.int64)
