"""A trained model of the pairs of a table, and how it scores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.errors import TableError
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning.reliance import Reliance
from matchloop.matching.scoring import Competition, Forest, Standings, column_importance, sharpened

__all__ = ["Context", "Model", "with_prior"]


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
        records = len(prepared.records)
        standings = None
        if self.prior is not None:
            prior = prepared.score(self.prior_probability)
            standings = Standings.of(prior.pairs, prior.probability, records)
        # leads need the scores of all rivals, so that each step scores every pair before the next
        first = prepared.score(
            lambda comparisons: self.forest_probability(comparisons, standings), on_stage=on_stage
        )
        if self.competition is None:
            return first, Context(standings)
        context = Context(standings, Standings.of(first.pairs, first.probability, records))
        final = self._competed(context, first.pairs, first.probability)
        if self.prior is None or self.reliance is None:
            return Scores(first.pairs, sharpened(final)), context
        learned = sharpened(final)
        mixed = self.reliance.mixed(learned, prior.probability)
        return Scores(first.pairs, mixed), replace(context, learned=learned)

    def score_pairs(
        self, prepared: PreparedTable, pairs: CandidatePairs, context: Context
    ) -> Scores:
        """Score any pairs of a table, candidates or not, against its candidates."""
        return prepared.score(lambda chunk: self.score_features(chunk, context), pairs)

    def score_features(self, comparisons: Comparisons, context: Context) -> NDArray[np.float32]:
        """Score compared pairs against the candidates of their table, shape (pairs,)."""
        first = self.forest_probability(comparisons, context.prior)
        final = self._competed(context, comparisons.pairs, first)
        if self.competition is None:
            return final
        learned = sharpened(final)
        if self.prior is None or self.reliance is None:
            return learned
        return self.reliance.mixed(learned, self.prior_probability(comparisons))

    def prior_probability(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Score pairs by the prior model, shape (pairs,)."""
        assert self.prior is not None
        return self.prior.probability(comparisons.features)

    def forest_probability(
        self, comparisons: Comparisons, standings: Standings | None
    ) -> NDArray[np.float32]:
        """Score pairs by the forest, shape (pairs,).

        Parameters
        ----------
        comparisons
            The pairs.
        standings
            The best scores of each record by the prior model; None without one.
        """
        return self.forest.probability(with_prior(comparisons, self.prior, standings))

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

    def _competed(
        self, context: Context, pairs: CandidatePairs, first: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if self.competition is None or context.forest is None:
            return first
        return self.competition.adjusted(context.forest, pairs, first)


def with_prior(
    comparisons: Comparisons, prior: Forest | None, standings: Standings | None
) -> NDArray[np.float32]:
    """Append the scores and leads by the prior model, if there is one, to the features."""
    if prior is None or standings is None:
        return comparisons.features
    leads = standings.leads(comparisons.pairs, prior.probability(comparisons.features))
    return np.concatenate((comparisons.features, leads), axis=1)


def _under(part: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{part}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
