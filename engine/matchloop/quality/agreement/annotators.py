"""Compare annotators: their agreement, the quality of each, and their consensus."""

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
from matchloop.quality.agreement.consensus import Consensus, find_consensus
from matchloop.quality.agreement.intervals import Figure, figure
from matchloop.quality.agreement.judgements import Judgements, judge
from matchloop.quality.agreement.partitions import adjusted_rand, bcubed
from matchloop.quality.agreement.quality import (
    AnnotatorQuality,
    by_gold,
    by_others,
    learn_skills,
    log_odds,
)

__all__ = ["CONSENSUS", "Agreement", "Between", "PairPrior", "compare_annotators"]

PairPrior = Callable[[Sequence[str], Sequence[str]], NDArray[np.floating]]
"""A function from the keys of left and right records to prior match probabilities."""

CONSENSUS = "consensus"
"""The annotator of consensus labels in their provenance."""


@dataclass(frozen=True, slots=True)
class Between:
    """Agreement of two annotators.

    Parameters
    ----------
    one, other
        Their names.
    pairs
        Number of pairs that both judged.
    agreed
        Share of these with the same judgement.
    kappa
        Cohen's kappa of these.
    adjusted_rand, bcubed
        Similarity of their groupings of a set, as a mean over the sets.
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
    """Result of a comparison of annotators, built by :func:`compare_annotators`.

    Parameters
    ----------
    answers
        Their answers.
    judgements
        Their answers by pairs of rows.
    alpha
        Krippendorff's alpha of all judgements.
    between
        Agreement of each two annotators.
    quality
        Quality of each annotator.
    gold
        The annotator whose labels count as the truth; None without one.
    consensus
        Their merged answers.
    with_table
        Whether the prior model of the table counted as another annotator.
    """

    answers: Answers
    judgements: Judgements
    alpha: Figure
    between: tuple[Between, ...]
    quality: tuple[AnnotatorQuality, ...]
    gold: str | None
    consensus: Consensus
    with_table: bool = False

    @property
    def disputed(self) -> NDArray[np.float64]:
        """Disagreements of the annotators on each set, in pairs, shape (sets,)."""
        return self.judgements.by_set(_doubt(self.judgements.answers))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons for missing figures or intervals, without repeats."""
        figures = [self.alpha]
        for two in self.between:
            figures += [two.agreed, two.kappa, two.adjusted_rand, two.bcubed]
        for person in self.quality:
            figures += [person.right, person.found, person.precise]
        return tuple(dict.fromkeys(entry.reason for entry in figures if entry.reason))

    def consensus_labels(self) -> Labels:
        """Return the consensus as labels, without tied rows.

        Raises
        ------
        LabelFileError
            All rows are tied.
        """
        if not any((groups >= 0).any() for groups in self.consensus.groups):
            raise LabelFileError("the people agree on nothing; adjudicate the sets first")
        sets = range(len(self.answers.sets))
        groups = [self.consensus.groups[number] for number in sets]
        return Labels.of(
            self._table(list(sets), groups),
            key=self.answers.key,
            provenance=Provenance(person=CONSENSUS),
        )

    def adjudication(self, sets: int | None = None) -> pa.Table:
        """Return the disputed sets as questions, the most disputed first.

        Parameters
        ----------
        sets
            The greatest number of sets; all by default.

        Returns
        -------
        pyarrow.Table
            A labelling file with an empty label column, which reveals no answer.
        """
        doubt = self.disputed
        order = np.lexsort((np.arange(len(doubt)), -doubt))
        chosen = [int(number) for number in order if doubt[number] > 0][:sets]
        nothing = [np.full(len(self.answers.sets[number].keys), -1, np.int64) for number in chosen]
        return self._table(chosen, nothing)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        doubt = self.disputed
        return {
            "people": list(self.answers.annotators),
            "gold": self.gold,
            "with_table": self.with_table,
            "sets": len(self.answers.sets),
            "shared_sets": self.answers.shared,
            "disputed_sets": int((doubt > 0).sum()),
            "alpha": asdict(self.alpha),
            "between": [asdict(two) for two in self.between],
            "quality": [asdict(person) for person in self.quality],
            "consensus": {
                "rows": int(sum((grouping >= 0).sum() for grouping in self.consensus.groups)),
                "undecided": self.consensus.undecided,
            },
            "most_disputed": [
                {"set": self.answers.sets[number].name, "disagreements": float(doubt[number])}
                for number in np.lexsort((np.arange(len(doubt)), -doubt))[:10].tolist()
                if doubt[number] > 0
            ],
            "notes": list(self.answers.notes),
        }

    def _table(self, sets: list[int], groups: list[NDArray[np.int64]]) -> pa.Table:
        names, labels, rows = [], [], [np.empty(0, np.int64)]
        for number, own in zip(sets, groups, strict=True):
            names += [self.answers.sets[number].name] * len(own)
            labels += [None if group < 0 else str(group + 1) for group in own.tolist()]
            rows.append(self.answers.sets[number].rows)
        values = self.answers.values.take(pa.array(np.concatenate(rows)))
        columns = [pa.array(names, pa.string()), pa.array(labels, pa.string()), *values.columns]
        return pa.Table.from_arrays(columns, names=[LABELING_SET_ID, LABEL, *values.column_names])


def compare_annotators(
    people: Mapping[str, Labels],
    *,
    key: str,
    gold: str | None = None,
    prior: PairPrior | None = None,
    seed: int = 0,
) -> Agreement:
    """Compare the labels of several annotators on shared sets.

    Parameters
    ----------
    people
        The labels of each annotator, by name.
    key
        Name of the column that identifies a record.
    gold
        The annotator whose labels count as the truth.
    prior
        The prior match probability of pairs of keys, NaN where there is none. It counts as
        another annotator whose errors are estimated. It helps where most annotators err, and it
        makes the quality of only two annotators estimable.
    seed
        Seed of the intervals.

    Returns
    -------
    Agreement
        The figures, each with a 95 % interval or the reason why it is missing, and the consensus.

    Raises
    ------
    UsageError
        There are fewer than two annotators, or ``gold`` is not among them.
    LabelFileError
        Labels lack the key column, or no two annotators labelled the same rows.
    """
    if gold is not None and gold not in people:
        raise UsageError(f"gold: nobody is called {gold!r}; there are {', '.join(people)}")
    answers = gather(people, key=key)
    judgements = judge(answers)
    if not answers.shared:
        raise LabelFileError(
            "no two people labelled the same rows; give files that answer the same sets"
        )
    names = answers.annotators
    prior_match = None if prior is None else _prior_of_pairs(answers, judgements, prior)
    if gold is None:
        quality = by_others(judgements, names, prior_match, seed=seed)
    else:
        quality = by_gold(judgements, names, names.index(gold), seed=seed)
    return Agreement(
        answers,
        judgements,
        _alpha(judgements, seed),
        tuple(
            _between(answers, judgements, first, second, seed)
            for first, second in combinations(range(len(names)), 2)
        ),
        tuple(quality),
        gold,
        find_consensus(answers, judgements, _odds(judgements, names, gold, prior_match)),
        prior is not None,
    )


def _prior_of_pairs(
    answers: Answers, judgements: Judgements, prior: PairPrior
) -> NDArray[np.float64]:
    left: list[str] = []
    right: list[str] = []
    bounds = judgements.bounds()
    for number, answered in enumerate(answers.sets):
        pairs = slice(bounds[number], bounds[number + 1])
        left += [answered.keys[row] for row in judgements.left[pairs]]
        right += [answered.keys[row] for row in judgements.right[pairs]]
    return np.asarray(prior(left, right), np.float64)


def _odds(
    judgements: Judgements,
    names: tuple[str, ...],
    gold: str | None,
    prior_match: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    odds = log_odds(judgements, learn_skills(judgements, prior_match))
    if gold is None:
        return odds
    truth = judgements.answers[:, names.index(gold)]
    # Far beyond any learned log odds, so that the truth wins every conflict.
    return np.where(truth >= 0, np.where(truth == 1, 50.0, -50.0), odds)


def _alpha(judgements: Judgements, seed: int) -> Figure:
    parts = chance.coincidences(judgements.answers).T
    sums = np.column_stack([judgements.by_set(part) for part in parts])
    return figure(sums, chance.alpha, seed=seed, missing="only one class was ever said")


def _between(
    answers: Answers, judgements: Judgements, first: int, second: int, seed: int
) -> Between:
    cells = chance.crossed(judgements.answers[:, first], judgements.answers[:, second])
    sums = np.column_stack([judgements.by_set(cell) for cell in cells.T])
    alike = np.zeros((len(answers.sets), 3))
    for number, shown in enumerate(answers.sets):
        both = (shown.groups[:, first] >= 0) & (shown.groups[:, second] >= 0)
        if both.sum() > 1:
            groups = shown.groups[both, first], shown.groups[both, second]
            alike[number] = adjusted_rand(*groups), bcubed(*groups), 1.0
    always = "both always said the same one thing"
    rand = figure(alike[:, [0, 2]], _mean, seed=seed, missing=always)
    cubed = figure(alike[:, [1, 2]], _mean, seed=seed, missing=always)
    return Between(
        answers.annotators[first],
        answers.annotators[second],
        int(cells.sum()),
        figure(sums, chance.agreed, seed=seed, missing=always),
        figure(sums, chance.kappa, seed=seed, missing=always),
        rand,
        cubed,
    )


def _mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(sums[:, 0] / sums[:, 1], np.float64)


def _doubt(answers: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return twice the share of outvoted annotators of each pair."""
    yes, no = (answers == 1).sum(axis=1), (answers == 0).sum(axis=1)
    return np.asarray(2 * np.minimum(yes, no) / np.maximum(yes + no, 1), np.float64)
