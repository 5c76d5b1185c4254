"""Compare several people: how far they agree, how good each is, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchloop.data.labels import LABEL, LABELING_SET_ID, Labels, Provenance
from matchloop.errors import LabelFileError, UsageError
from matchloop.quality.agreement import chance
from matchloop.quality.agreement.answers import Answers, gather
from matchloop.quality.agreement.consensus import Consensus, settle
from matchloop.quality.agreement.intervals import Figure, figure
from matchloop.quality.agreement.judgements import Judgements, judge
from matchloop.quality.agreement.partitions import adjusted_rand, bcubed
from matchloop.quality.agreement.quality import (
    PersonQuality,
    by_gold,
    by_others,
    learn_skills,
    log_odds,
)

__all__ = ["CONSENSUS", "Agreement", "Between", "Guess", "compare_people"]

Guess = Callable[[Sequence[str], Sequence[str]], NDArray[np.floating]]
"""From the keys of the left and of the right records of pairs to their match probability."""

CONSENSUS = "consensus"
"""The person of consensus labels in their provenance."""


@dataclass(frozen=True, slots=True)
class Between:
    """How far two people agree.

    Parameters
    ----------
    one, other
        Their names.
    pairs
        Pairs that both judged.
    agreed
        Share of these on which they say the same.
    kappa
        The same beyond chance: Cohen's kappa.
    adjusted_rand, bcubed
        How alike their groupings of the rows of a set are, on average over the sets.
    """

    one: str
    other: str
    pairs: int
    agreed: Figure
    kappa: Figure
    adjusted_rand: Figure
    bcubed: Figure


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What comparing people shows. :func:`compare_people` makes one.

    Parameters
    ----------
    answers
        What they said.
    judgements
        The same, by pairs of rows.
    alpha
        Krippendorff's alpha over everybody's judgements on pairs.
    between
        For each two people.
    quality
        For each person.
    gold
        Whose labels were taken for right, if anybody's.
    consensus
        What they say together.
    with_table
        Whether what the table alone suggests was heard, too.
    """

    answers: Answers
    judgements: Judgements
    alpha: Figure
    between: tuple[Between, ...]
    quality: tuple[PersonQuality, ...]
    gold: str | None
    consensus: Consensus
    with_table: bool = False

    @property
    def disputed(self) -> NDArray[np.float64]:
        """How much people differ on each set, shape (sets,): disagreements, in pairs."""
        return self.judgements.by_set(_doubt(self.judgements.said))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why figures or intervals are missing, each reason once."""
        figures = [self.alpha]
        for two in self.between:
            figures += [two.agreed, two.kappa, two.adjusted_rand, two.bcubed]
        for one in self.quality:
            figures += [one.right, one.found, one.precise]
        return tuple(dict.fromkeys(one.reason for one in figures if one.reason))

    def consensus_labels(self) -> Labels:
        """Return the consensus as labels; rows on which the sides are even are left out.

        Raises
        ------
        LabelFileError
            No row is decided.
        """
        if not any((one >= 0).any() for one in self.consensus.groups):
            raise LabelFileError("the people agree on nothing; adjudicate the sets first")
        sets = range(len(self.answers.sets))
        groups = [self.consensus.groups[one] for one in sets]
        return Labels.of(
            self._table(list(sets), groups),
            key=self.answers.key,
            provenance=Provenance(person=CONSENSUS),
        )

    def adjudication(self, sets: int | None = None) -> pa.Table:
        """Return the sets on which people differ, most first, as questions without an answer.

        Parameters
        ----------
        sets
            How many at most; all of them without it.

        Returns
        -------
        pyarrow.Table
            In the shape of a labelling file with an empty label column; nothing in it tells what
            anybody said.
        """
        doubt = self.disputed
        order = np.lexsort((np.arange(len(doubt)), -doubt))
        chosen = [int(one) for one in order if doubt[one] > 0][:sets]
        nothing = [np.full(len(self.answers.sets[one].keys), -1, np.int64) for one in chosen]
        return self._table(chosen, nothing)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values."""
        doubt = self.disputed
        return {
            "people": list(self.answers.people),
            "gold": self.gold,
            "with_table": self.with_table,
            "sets": len(self.answers.sets),
            "shared_sets": self.answers.shared,
            "disputed_sets": int((doubt > 0).sum()),
            "alpha": asdict(self.alpha),
            "between": [asdict(one) for one in self.between],
            "quality": [asdict(one) for one in self.quality],
            "consensus": {
                "rows": int(sum((one >= 0).sum() for one in self.consensus.groups)),
                "undecided": self.consensus.undecided,
            },
            "most_disputed": [
                {"set": self.answers.sets[one].name, "disagreements": float(doubt[one])}
                for one in np.lexsort((np.arange(len(doubt)), -doubt))[:10].tolist()
                if doubt[one] > 0
            ],
            "notes": list(self.answers.notes),
        }

    def _table(self, sets: list[int], groups: list[NDArray[np.int64]]) -> pa.Table:
        names, labels, rows = [], [], [np.empty(0, np.int64)]
        for one, said in zip(sets, groups, strict=True):
            names += [self.answers.sets[one].name] * len(said)
            labels += [None if group < 0 else str(group + 1) for group in said.tolist()]
            rows.append(self.answers.sets[one].rows)
        values = self.answers.values.take(pa.array(np.concatenate(rows)))
        columns = [pa.array(names, pa.string()), pa.array(labels, pa.string()), *values.columns]
        return pa.Table.from_arrays(columns, names=[LABELING_SET_ID, LABEL, *values.column_names])


def compare_people(
    people: Mapping[str, Labels],
    *,
    key: str,
    gold: str | None = None,
    guess: Guess | None = None,
    seed: int = 0,
) -> Agreement:
    """Compare what several people said of sets that they share.

    Parameters
    ----------
    people
        The labels of each person, by name.
    key
        Name of the column that identifies a record.
    gold
        The one whose labels are right, so that the others are measured against them.
    guess
        Gives the match probability of pairs of keys, NaN where it knows none, as the table alone
        suggests it: one more who may err, and whose errors are learned, too. It helps where
        most people err; two people can be told apart by it.
    seed
        Of the intervals.

    Returns
    -------
    Agreement
        Figures, each with an interval of 95 % or the reason why there is none, and the consensus.

    Raises
    ------
    UsageError
        There are fewer than two people, or no such ``gold``.
    LabelFileError
        Labels lack the key column, or no two people labelled the same rows.
    """
    if gold is not None and gold not in people:
        raise UsageError(f"gold: nobody is called {gold!r}; there are {', '.join(people)}")
    answers = gather(people, key=key)
    judgements = judge(answers)
    if not answers.shared:
        raise LabelFileError(
            "no two people labelled the same rows; give files that answer the same sets"
        )
    names = answers.people
    guessed = None if guess is None else _guessed(answers, judgements, guess)
    if gold is None:
        quality = by_others(judgements, names, guessed, seed=seed)
    else:
        quality = by_gold(judgements, names, names.index(gold), seed=seed)
    return Agreement(
        answers,
        judgements,
        _alpha(judgements, seed),
        tuple(
            _between(answers, judgements, one, other, seed)
            for one, other in combinations(range(len(names)), 2)
        ),
        tuple(quality),
        gold,
        settle(answers, judgements, _odds(judgements, names, gold, guessed)),
        guess is not None,
    )


def _guessed(answers: Answers, judgements: Judgements, guess: Guess) -> NDArray[np.float64]:
    left: list[str] = []
    right: list[str] = []
    bounds = judgements.bounds()
    for number, one in enumerate(answers.sets):
        pairs = slice(bounds[number], bounds[number + 1])
        left += [one.keys[row] for row in judgements.left[pairs]]
        right += [one.keys[row] for row in judgements.right[pairs]]
    return np.asarray(guess(left, right), np.float64)


def _odds(
    judgements: Judgements,
    names: tuple[str, ...],
    gold: str | None,
    guessed: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    odds = log_odds(judgements, learn_skills(judgements, guessed))
    if gold is None:
        return odds
    truth = judgements.said[:, names.index(gold)]
    return np.where(truth >= 0, np.where(truth == 1, 50.0, -50.0), odds)


def _alpha(judgements: Judgements, seed: int) -> Figure:
    parts = chance.coincidences(judgements.said).T
    sums = np.column_stack([judgements.by_set(one) for one in parts])
    return figure(sums, chance.alpha, seed=seed, missing="only one class was ever said")


def _between(answers: Answers, judgements: Judgements, one: int, other: int, seed: int) -> Between:
    cells = chance.crossed(judgements.said[:, one], judgements.said[:, other])
    sums = np.column_stack([judgements.by_set(cell) for cell in cells.T])
    alike = np.zeros((len(answers.sets), 3))
    for number, shown in enumerate(answers.sets):
        both = (shown.groups[:, one] >= 0) & (shown.groups[:, other] >= 0)
        if both.sum() > 1:
            first, second = shown.groups[both, one], shown.groups[both, other]
            alike[number] = adjusted_rand(first, second), bcubed(first, second), 1.0
    always = "both always said the same one thing"
    rand = figure(alike[:, [0, 2]], _mean, seed=seed, missing=always)
    cubed = figure(alike[:, [1, 2]], _mean, seed=seed, missing=always)
    return Between(
        answers.people[one],
        answers.people[other],
        int(cells.sum()),
        figure(sums, chance.agreed, seed=seed, missing=always),
        figure(sums, chance.kappa, seed=seed, missing=always),
        rand,
        cubed,
    )


def _mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(sums[:, 0] / sums[:, 1], np.float64)


def _doubt(said: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return for each pair the share of the people who are outvoted, times two."""
    yes, no = (said == 1).sum(axis=1), (said == 0).sum(axis=1)
    return np.asarray(2 * np.minimum(yes, no) / np.maximum(yes + no, 1), np.float64)
