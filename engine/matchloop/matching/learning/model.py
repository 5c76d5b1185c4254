"""What was learned of the pairs of a table, and how it scores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchloop.data.pairs import CandidatePairs, Comparisons, Scores
from matchloop.errors import TableError
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.matching.learning.reliance import Reliance
from matchloop.matching.scoring import Competition, Forest, Standings, column_importance, sharpened

__all__ = ["Context", "Model", "guess_standings", "guessed_scores", "with_guess"]


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What a pair is judged among: the best scores of every record of its table.

    Parameters
    ----------
    guess
        By the model fitted without labels; None where there is none.
    first
        At first sight, before pairs are judged among their rivals; None where they are not.
    learned
        What the labels alone say of each candidate, shape (pairs,): the final probability before
        it leans on the guess. None where it leans on nothing.
    """

    guess: Standings | None = None
    first: Standings | None = None
    learned: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What was learned of the pairs of a table.

    A pair is scored in up to three steps: by the model fitted without labels (the guess), by the
    forest trained on labels, which reads the features and what the guess says of the pair and its
    rivals, and by its lead over its rivals. The final probability leans on the guess, the more so
    the less the labels speak of such pairs.

    Parameters
    ----------
    names
        The features it reads.
    forest
        Scores a pair by its features.
    guess
        Forest fitted without labels, whose scores are features of ``forest``; None where labels
        are many, or where ``forest`` itself was fitted without labels.
    reliance
        How far each probability leans on the guess; None where there is no guess.
    competition
        Judges the score of a pair among those of its rivals; None without labels.
    assumed
        What was taken for granted without labels; empty with labels.
    """

    names: tuple[str, ...]
    forest: Forest
    guess: Forest | None = None
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
            The table is compared by other features than the model learned.
        """
        if prepared.comparer.names != self.names:
            raise TableError(
                "the columns of this table are compared in other ways than the model learned: "
                "give a table with the same columns and kinds, or train again"
            )
        return prepared.latest("scored", self, lambda: self._scored(prepared, on_stage))

    def _scored(self, prepared: PreparedTable, on_stage: OnStage | None) -> tuple[Scores, Context]:
        guess = None if self.guess is None else guess_standings(prepared, self.guess)
        first = self.first_scores(prepared, on_stage=on_stage)
        if self.competition is None:
            return first, Context(guess)
        records = len(prepared.records)
        context = Context(guess, Standings.of(first.pairs, first.probability, records))
        final = self._settled(context, first.pairs, first.probability)
        if self.guess is None or self.reliance is None:
            return Scores(first.pairs, sharpened(final)), context
        learned = sharpened(final)
        leaning = self.reliance.mixed(learned, guessed_scores(prepared, self.guess).probability)
        return Scores(first.pairs, leaning), replace(context, learned=learned)

    def first_scores(self, prepared: PreparedTable, *, on_stage: OnStage | None = None) -> Scores:
        """Score every candidate by the forest, once for each forest."""
        if self.guess is None:
            return prepared.latest(
                "first scores",
                self._seen_by,
                lambda: prepared.score(partial(self.at_first_sight, guess=None), on_stage=on_stage),
            )
        guessed = guessed_scores(prepared, self.guess, on_stage=on_stage).probability
        score = partial(_beside_guess, self, guess_standings(prepared, self.guess))
        return prepared.latest(
            "first scores",
            self._seen_by,
            lambda: prepared.score(score, beside=guessed, on_stage=on_stage),
        )

    def score_pairs(
        self, prepared: PreparedTable, pairs: CandidatePairs, context: Context
    ) -> Scores:
        """Score any pairs of a table among the candidates it has."""
        return prepared.score(partial(self.score_features, context=context), pairs)

    def score_features(self, comparisons: Comparisons, context: Context) -> NDArray[np.float32]:
        """Score compared pairs among the candidates of their table, shape (pairs,)."""
        guessed = None if self.guess is None else self.guessed(comparisons)
        first = self.at_first_sight(comparisons, context.guess, guessed)
        final = self._settled(context, comparisons.pairs, first)
        if self.competition is None:
            return final
        learned = sharpened(final)
        if guessed is None or self.reliance is None:
            return learned
        return self.reliance.mixed(learned, guessed)

    def guessed(self, comparisons: Comparisons) -> NDArray[np.float32]:
        """Score pairs by the model fitted without labels, shape (pairs,)."""
        assert self.guess is not None
        return self.guess.probability(comparisons.features)

    def at_first_sight(
        self,
        comparisons: Comparisons,
        guess: Standings | None,
        guessed: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score pairs by the forest, shape (pairs,).

        Parameters
        ----------
        comparisons
            The pairs.
        guess
            Standings of the table's records by the prior model.
        guessed
            Scores of these pairs by the prior model; computed where missing.
        """
        return self.forest.probability(with_guess(comparisons, self.guess, guess, guessed))

    def importances(self, columns: Sequence[str]) -> dict[str, float]:
        """Return the share of each column in the decisions; they sum to 1."""
        own = self.forest.importance[: len(self.names)]
        return column_importance(own, self.names, columns)

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return settings and arrays for a model bundle."""
        settings = {"names": list(self.names), "assumed": self.assumed}
        parts = {
            "forest": self.forest,
            "guess": self.guess,
            "competition": self.competition,
            "reliance": self.reliance,
        }
        return settings, {
            f"{room}/{name}": array
            for room, part in parts.items()
            if part is not None
            for name, array in part.to_arrays().items()
        }

    @classmethod
    def from_parts(cls, settings: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
        """Rebuild from :meth:`to_parts`."""
        guess, competition = _under("guess", arrays), _under("competition", arrays)
        reliance = _under("reliance", arrays)
        return cls(
            tuple(settings["names"]),
            Forest.from_arrays(_under("forest", arrays)),
            Forest.from_arrays(guess) if guess else None,
            Reliance.from_arrays(reliance) if reliance else None,
            Competition.from_arrays(competition) if competition else None,
            settings["assumed"],
        )

    @property
    def _seen_by(self) -> tuple[object, ...]:
        """What the first scores depend on."""
        return (self.forest, self.guess)

    def _settled(
        self, context: Context, pairs: CandidatePairs, first: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if self.competition is None or context.first is None:
            return first
        return self.competition.settled(context.first, pairs, first)


def guessed_scores(
    prepared: PreparedTable, guess: Forest, *, on_stage: OnStage | None = None
) -> Scores:
    """Score every candidate by a prior model, once for each model and table."""
    return prepared.once(
        ("guessed", guess),
        lambda: prepared.score(partial(_by_features, guess), keep=True, on_stage=on_stage),
    )


def guess_standings(prepared: PreparedTable, guess: Forest) -> Standings:
    """Return the standings of a table's records by a prior model, computed once."""
    scores = guessed_scores(prepared, guess)
    return prepared.once(
        ("guess standings", guess),
        lambda: Standings.of(scores.pairs, scores.probability, len(prepared.records)),
    )


def with_guess(
    comparisons: Comparisons,
    guess: Forest | None,
    standings: Standings | None,
    guessed: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return the input of a forest: the features and, with a prior model, its leads.

    Parameters
    ----------
    comparisons
        The pairs.
    guess
        The prior model.
    standings
        Standings of the table's records by the prior model.
    guessed
        Scores of these pairs by the prior model; computed where missing.
    """
    if guess is None or standings is None:
        return comparisons.features
    if guessed is None:
        guessed = guess.probability(comparisons.features)
    leads = standings.leads(comparisons.pairs, guessed)
    return np.concatenate((comparisons.features, leads), axis=1)


# Functions of the module, not closures: a backend may send them to other processes.
def _by_features(forest: Forest, comparisons: Comparisons) -> NDArray[np.float32]:
    return forest.probability(comparisons.features)


def _beside_guess(
    model: Model, guess: Standings, comparisons: Comparisons, guessed: NDArray[np.float32]
) -> NDArray[np.float32]:
    return model.at_first_sight(comparisons, guess, guessed)


def _under(room: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{room}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
