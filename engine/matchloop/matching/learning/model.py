"""A trained model of the pairs of a table, and how it scores them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.errors import TableError
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning.reliance import Reliance
from matchloop.matching.scoring import (
    Competition,
    Forest,
    Standings,
    column_importance,
    sharpened,
    swapped_features,
)

__all__ = ["Context", "Model", "prior_scores", "prior_standings", "with_prior"]

CHUNK = 1 << 18  # pairs at a time: bounds memory


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """The best scores of every record of a table, against which a pair is scored.

    Parameters
    ----------
    prior
        By the prior model; None where there is none.
    forest
        By the forest, before a pair competes with its rivals; None where pairs do not compete.
    learned
        Probability of each candidate by the labels alone, shape (pairs,), before it is mixed with
        the prior. None where it is not mixed.
    """

    prior: Standings | None = None
    forest: Standings | None = None
    learned: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model that scores the pairs of a table.

    A pair is scored in up to three steps: by the prior model, by the forest trained on labels,
    and by its lead over its rivals. The forest reads the features and the scores of the prior
    model for the pair and its rivals. The final probability is mixed with the prior, the more so
    the fewer labels lie near the pair.

    Parameters
    ----------
    names
        Names of the features that the model reads.
    forest
        Scores a pair by its features.
    prior
        The prior model, whose scores are features of ``forest``. None where labels are many, or
        where ``forest`` itself is the prior model.
    reliance
        Share of the prior in each probability; None where there is no prior model.
    competition
        Corrects the score of a pair by those of its rivals; None without labels.
    assumed
        What the prior model assumes, for the user; empty with labels.
    """

    names: tuple[str, ...]
    forest: Forest
    prior: Forest | None = None
    reliance: Reliance | None = None
    competition: Competition | None = None
    assumed: str = ""

    def score(
        self, prepared: PreparedTable, *, on_stage: OnStage | None = None
    ) -> tuple[Scores, Context]:
        """Score every candidate of a table.

        Returns
        -------
        tuple of Scores and Context
            The probabilities, and the context by which further pairs of the table are scored.

        Raises
        ------
        TableError
            The features of the table are not those of the model.
        """
        if prepared.comparer.names != self.names:
            raise TableError(
                "the columns of this table are compared in other ways than the model learned: "
                "give a table with the same columns and kinds, or train again"
            )
        return prepared.latest("scored", self, lambda: self._scored(prepared, on_stage))

    def _scored(self, prepared: PreparedTable, on_stage: OnStage | None) -> tuple[Scores, Context]:
        standings = None if self.prior is None else prior_standings(prepared, self.prior)
        # leads need the scores of all rivals, so that each step scores every pair before the next
        first = self.first_scores(prepared, on_stage=on_stage)
        if self.competition is None:
            return first, Context(standings)
        records = len(prepared.records)
        context = Context(standings, Standings.of(first.pairs, first.probability, records))
        learned = self._competed(context, first.pairs, first.probability)
        for part in _parts(len(learned)):
            learned[part] = sharpened(learned[part])
        if self.prior is None or self.reliance is None:
            return Scores(first.pairs, learned), context
        prior = prior_scores(prepared, self.prior).probability
        mixed = np.empty_like(learned)
        for part in _parts(len(learned)):
            mixed[part] = self.reliance.mixed(learned[part], prior[part])
        return Scores(first.pairs, mixed), replace(context, learned=learned)

    def score_beside(self, prepared: PreparedTable, before: Context) -> tuple[Scores, Context]:
        """Score the candidates of a batch that joins a table scored before.

        Parameters
        ----------
        prepared
            The batch and the records near it; its candidates are those that the batch adds.
        before
            Standings of these records by the candidates that were scored before.

        Returns
        -------
        tuple of Scores and Context
            As :meth:`score`; the context covers the candidates of both.
        """
        compared, pairs = prepared.comparisons, prepared.candidates
        records = len(prepared.records)
        prior = standings = None
        if self.prior is not None:
            prior = self.prior_probability(compared)
            standings = Standings.of(pairs, prior, records)
            standings = standings if before.prior is None else standings.joined(before.prior)
        first = self.forest_probability(compared, standings, prior)
        if self.competition is None:
            return Scores(pairs, first), Context(standings)
        forest = Standings.of(pairs, first, records)
        forest = forest if before.forest is None else forest.joined(before.forest)
        context = Context(standings, forest)
        learned = sharpened(self._competed(context, pairs, first))
        if prior is None or self.reliance is None:
            return Scores(pairs, learned), context
        return Scores(pairs, self.reliance.mixed(learned, prior)), context

    def first_scores(self, prepared: PreparedTable, *, on_stage: OnStage | None = None) -> Scores:
        """Score every candidate by the forest, once for each forest."""
        if self.prior is None:
            return prepared.latest(
                "first scores",
                self._seen_by,
                lambda: prepared.score(
                    partial(self.forest_probability, standings=None), on_stage=on_stage
                ),
            )
        prior = prior_scores(prepared, self.prior, on_stage=on_stage).probability
        score = partial(_with_prior_scores, self, prior_standings(prepared, self.prior))
        return prepared.latest(
            "first scores",
            self._seen_by,
            lambda: prepared.score(score, beside=prior, on_stage=on_stage),
        )

    def score_pairs(
        self, prepared: PreparedTable, pairs: CandidatePairs, context: Context
    ) -> Scores:
        """Score any pairs of a table, candidates or not, against its candidates."""
        return prepared.score(partial(self.score_features, context=context), pairs)

    def score_features(self, comparisons: Comparisons, context: Context) -> NDArray[np.float32]:
        """Score compared pairs against the candidates of their table, shape (pairs,)."""
        prior = None if self.prior is None else self.prior_probability(comparisons)
        first = self.forest_probability(comparisons, context.prior, prior)
        final = self._competed(context, comparisons.pairs, first)
        if self.competition is None:
            return final
        learned = sharpened(final)
        if prior is None or self.reliance is None:
            return learned
        return self.reliance.mixed(learned, prior)

    def prior_probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Score pairs by the prior model, shape (pairs,)."""
        assert self.prior is not None
        return self.prior.probability(comparisons.features)

    def forest_probability(
        self,
        comparisons: Comparisons,
        standings: Standings | None,
        prior: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score pairs by the forest, shape (pairs,).

        Parameters
        ----------
        comparisons
            The pairs.
        standings
            The best scores of each record by the prior model; None without one.
        prior
            Scores of these pairs by the prior model; computed where missing.
        """
        leads = _leads(comparisons, self.prior, standings, prior)
        return self.forest.probability(comparisons.features, leads)

    @property
    def swapped(self) -> list[str]:
        """The columns that the model compares the other way round too: two, or none."""
        return list(swapped_features(self.names))

    def importances(self, columns: Sequence[str]) -> dict[str, float]:
        """Return the share of each column in the decisions; the shares sum to 1."""
        own = self.forest.importance[: len(self.names)]
        return column_importance(own, self.names, columns)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return settings and arrays for a model bundle."""
        settings = {"names": list(self.names), "assumed": self.assumed}
        parts = {
            "forest": self.forest,
            "guess": self.prior,  # the key of model files, kept so that older files load
            "competition": self.competition,
            "reliance": self.reliance,
        }
        return settings, {
            f"{prefix}/{name}": array
            for prefix, part in parts.items()
            if part is not None
            for name, array in part.to_arrays().items()
        }

    @classmethod
    def from_parts(cls, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
        """Rebuild from :meth:`to_parts`."""
        prior, competition = _under("guess", arrays), _under("competition", arrays)
        reliance = _under("reliance", arrays)
        return cls(
            tuple(settings["names"]),
            Forest.from_arrays(_under("forest", arrays)),
            Forest.from_arrays(prior) if prior else None,
            Reliance.from_arrays(reliance) if reliance else None,
            Competition.from_arrays(competition) if competition else None,
            settings["assumed"],
        )

    @property
    def _seen_by(self) -> tuple[object, ...]:
        """The parts of the model that the first scores depend on."""
        return (self.forest, self.prior)

    def _competed(
        self, context: Context, pairs: CandidatePairs, first: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if self.competition is None or context.forest is None:
            return first
        return self.competition.adjusted(context.forest, pairs, first)


def prior_scores(
    prepared: PreparedTable, model: Forest, *, on_stage: OnStage | None = None
) -> Scores:
    """Score every candidate by a prior model, once for each model and table."""
    return prepared.once(
        ("prior scores", model),
        lambda: prepared.score(partial(_by_features, model), keep=True, on_stage=on_stage),
    )


def prior_standings(prepared: PreparedTable, model: Forest) -> Standings:
    """Compute the best scores of a table's records by a prior model, once for each table."""
    scores = prior_scores(prepared, model)
    return prepared.once(
        ("prior standings", model),
        lambda: Standings.of(scores.pairs, scores.probability, len(prepared.records)),
    )


def with_prior(
    comparisons: Comparisons, model: Forest | None, standings: Standings | None
) -> NDArray[np.float32]:
    """Append the leads by the prior model, if there is one, to the features.

    Parameters
    ----------
    comparisons
        The pairs.
    model
        The prior model.
    standings
        The best scores of each record by the prior model.

    Returns
    -------
    numpy.ndarray
        The input of a forest, shape (pairs, features).
    """
    leads = _leads(comparisons, model, standings)
    if leads is None:
        return comparisons.features
    return np.concatenate((comparisons.features, leads), axis=1)


def _leads(
    comparisons: Comparisons,
    model: Forest | None,
    standings: Standings | None,
    prior: NDArray[np.float32] | None = None,
) -> NDArray[np.float32] | None:
    """Return the leads of pairs over their rivals by the prior model, if there is one."""
    if model is None or standings is None:
        return None
    if prior is None:
        prior = model.probability(comparisons.features)
    return standings.leads(comparisons.pairs, prior)


def _parts(count: int) -> Iterator[slice]:
    """Cut pairs into parts: what is computed of them in float64 is larger than their features."""
    for start in range(0, count, CHUNK):
        yield slice(start, start + CHUNK)


# Functions of the module, not closures: a backend may send them to other processes.
def _by_features(forest: Forest, comparisons: Comparisons) -> NDArray[np.float32]:
    return forest.probability(comparisons.features)


def _with_prior_scores(
    model: Model, standings: Standings, comparisons: Comparisons, prior: NDArray[np.float32]
) -> NDArray[np.float32]:
    return model.forest_probability(comparisons, standings, prior)


def _under(part: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{part}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
