"""Learn to score pairs: from labels where there are any, else from the shape of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.backends import OnStage, PreparedTable
from matchloop.labels import LabeledPairs
from matchloop.pairs import CandidatePairs, Comparisons, Scores
from matchloop.scoring import (
    Competition,
    Forest,
    Standings,
    column_importance,
    fit_competition,
    fit_unsupervised,
    fit_with_unseen,
)

__all__ = ["Model", "learn"]

TREES = 200
MANY = 2_000
"""Labelled pairs from which half the trees are enough."""

SAMPLE = 400_000
"""Candidates the unsupervised model is fitted to at most."""

BACKGROUND = 20_000
"""Random pairs by which it knows what non-matches look like."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What was learned of the pairs of a table.

    Parameters
    ----------
    names
        The features it reads.
    forest
        Scores a pair by its features.
    competition
        Judges the score of a pair among those of its rivals; None where too little was labelled.
    assumed
        What was taken for granted without labels; empty with labels.
    """

    names: tuple[str, ...]
    forest: Forest
    competition: Competition | None = None
    assumed: str = ""

    def probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Score pairs at first sight, shape (pairs,)."""
        return self.forest.probability(comparisons.features)

    def score(
        self, prepared: PreparedTable, *, on_stage: OnStage | None = None
    ) -> tuple[Scores, Standings | None]:
        """Score every candidate of a table.

        Returns
        -------
        tuple of Scores and Standings
            The final scores, and the standings by which further pairs can be settled.
        """
        first = prepared.score(self, on_stage=on_stage)
        if self.competition is None:
            return first, None
        standings = Standings.of(first.pairs, first.probability, len(prepared.records))
        final = self.competition.settled(standings, first.pairs, first.probability)
        return Scores(first.pairs, final), standings

    def score_pairs(
        self, prepared: PreparedTable, pairs: CandidatePairs, standings: Standings | None
    ) -> Scores:
        """Score any pairs of a table among the candidates it has."""
        comparisons = prepared.comparer.compare(pairs)
        return Scores(pairs, self.score_features(comparisons, standings))

    def score_features(
        self, comparisons: Comparisons, standings: Standings | None
    ) -> NDArray[np.float32]:
        """Score compared pairs among the candidates of their table, shape (pairs,)."""
        first = self.probability(comparisons)
        if self.competition is None or standings is None:
            return first
        return self.competition.settled(standings, comparisons.pairs, first)

    def importances(self, columns: Sequence[str]) -> dict[str, float]:
        """Return the share of each column in the decisions; they sum to 1."""
        return column_importance(self.forest.importance, self.names, columns)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return settings and arrays for a model bundle."""
        settings = {"names": list(self.names), "assumed": self.assumed}
        arrays = {f"forest/{name}": part for name, part in self.forest.to_arrays().items()}
        if self.competition is not None:
            for name, part in self.competition.to_arrays().items():
                arrays[f"competition/{name}"] = part
        return settings, arrays

    @classmethod
    def from_parts(cls, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
        """Rebuild from :meth:`to_parts`."""
        forest = Forest.from_arrays(_under("forest", arrays))
        competition = _under("competition", arrays)
        return cls(
            tuple(settings["names"]),
            forest,
            Competition.from_arrays(competition) if competition else None,
            settings["assumed"],
        )


def _under(room: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{room}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def learn(
    prepared: PreparedTable,
    labelled: LabeledPairs | None,
    *,
    seed: int,
    on_stage: OnStage | None = None,
) -> Model:
    """Learn to score the pairs of a table.

    Parameters
    ----------
    prepared
        The table.
    labelled
        Labelled pairs of it; without a match and a non-match among them, the unsupervised model
        is fitted.
    seed
        The same seed gives the same model.
    on_stage
        Progress callback.

    Returns
    -------
    Model
        Scores any pair of this table or of one with the same columns.
    """
    if on_stage is not None:
        on_stage("learn", 0.0)
    names = prepared.comparer.names
    if labelled is None or labelled.is_match.all() or not labelled.is_match.any():
        fitted = fit_unsupervised(
            prepared.sample(SAMPLE),
            n_records=len(prepared.records),
            sources=prepared.records.sources,
            background=prepared.comparer.compare(_random_pairs(prepared, BACKGROUND, seed)),
            n_candidates=len(prepared.candidates),
            seed=seed,
        )
        return Model(names, fitted.forest, assumed=fitted.assumed)
    return _supervised(prepared, labelled, seed=seed)


def _supervised(prepared: PreparedTable, labelled: LabeledPairs, *, seed: int) -> Model:
    pairs = CandidatePairs.of(labelled.left, labelled.right, "label")
    at = np.searchsorted(pairs.ids(), labelled.ids())
    features = prepared.comparer.compare(pairs).features[at]
    trees = TREES if len(labelled) < MANY else TREES // 2
    forest, unseen = fit_with_unseen(features, labelled.is_match, seed=seed, trees=trees)
    model = Model(prepared.comparer.names, forest)
    first = prepared.score(model)
    told = Scores(pairs, _mean_per_pair(unseen, at, len(pairs)))
    honest = first.overlaid(told)  # labelled pairs as the forest sees them without their labels
    standings = Standings.of(honest.pairs, honest.probability, len(prepared.records))
    leads = standings.leads(pairs, told.probability)[at]
    return Model(model.names, forest, fit_competition(leads, labelled.is_match))


def _random_pairs(prepared: PreparedTable, count: int, seed: int) -> CandidatePairs:
    """Draw pairs of the table that could be compared, whether candidates or not."""
    records = len(prepared.records)
    rng = np.random.default_rng(seed)
    left, right = rng.integers(0, max(records, 1), (2, count if records > 1 else 0))
    different = left != right
    sources = prepared.records.sources
    if sources is not None:
        different &= sources[left] != sources[right]
    return CandidatePairs.of(left[different], right[different], "random")


def _mean_per_pair(
    values: NDArray[np.float32], at: NDArray[np.int64], count: int
) -> NDArray[np.float32]:
    total = np.bincount(at, weights=values, minlength=count)
    return np.asarray(total / np.bincount(at, minlength=count), np.float32)
