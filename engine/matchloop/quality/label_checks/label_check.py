"""Run all checks on label files and choose what to ask again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.questions import LabelingSet, by_likeness
from matchloop.data.labels import Labels
from matchloop.errors import counted
from matchloop.matching.backends import OnStage, PreparedTable
from matchloop.quality.label_checks.checks import CHECKS, Check, thresholds_of
from matchloop.quality.label_checks.contradictions import (
    Contradiction,
    find_contradictions,
    questions_about,
)
from matchloop.quality.label_checks.coverage import Stratum, cover
from matchloop.quality.label_checks.evidence import gather
from matchloop.quality.label_checks.label_files import LabelFiles
from matchloop.quality.label_checks.noise import NoiseTest, noise_test
from matchloop.quality.label_checks.repeats import Repeat, find_leaks, find_redundant, find_repeats
from matchloop.quality.label_checks.suspects import Suspects, find_suspects
from matchloop.quality.label_checks.unseen import Folds, judge_unseen
from matchloop.quality.label_checks.worth import Worth, value_labels

__all__ = ["LabelCheck", "check_labels"]

LISTED = 200
"""Findings of a kind that the JSON lists at most; a convention."""

EXACT = "counted, not estimated"
RESAMPLES = 1_000
"""Bootstrap samples of the interval of the suspects; a convention."""


@dataclass(frozen=True, eq=False)
class LabelCheck:
    """Result of a label check.

    Parameters
    ----------
    labels
        The examined labels.
    checks
        Result of every check, in the order of :data:`CHECKS`.
    suspects
        Labels that are probably wrong.
    contradictions
        Labels that cannot all be right.
    repeats
        Sets that were answered more than once.
    strata
        Candidate pairs and labelled pairs by prior probability.
    noise
        Result of the noise test; None where all answers are the same.
    worth
        Worth of the labels; None where they are too few.
    probability
        Out-of-fold match probability of each labelled pair, shape (pairs,).
    """

    labels: LabelFiles
    checks: tuple[Check, ...]
    suspects: Suspects
    contradictions: tuple[Contradiction, ...]
    repeats: tuple[Repeat, ...]
    strata: tuple[Stratum, ...]
    noise: NoiseTest | None
    worth: Worth | None
    probability: NDArray[np.float64]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed."""
        return tuple(check.name for check in self.checks if check.failed)

    def ask_again(self, sets: int = 20) -> LabelingSet:
        """Return questions without their answers: contradictions, then the most suspect sets.

        Parameters
        ----------
        sets
            The greatest number of questions.
        """
        questions: dict[bytes, NDArray[np.int32]] = {}
        for rows in questions_about(self.contradictions)[:sets]:
            questions.setdefault(rows.tobytes(), rows)
        for suspect in self.suspects.sets:
            if len(questions) < sets:
                rows = self.labels.sets[suspect.number].rows
                questions.setdefault(rows.tobytes(), rows)
        # Rows of a labelled file are often in the order of their groups, which gives the answer.
        shown = tuple(by_likeness(self.labels.records, rows) for rows in questions.values())
        return LabelingSet(self.labels.records, shown, "audit")

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        labels = self.labels
        return {
            "files": list(labels.files),
            "rows": labels.n_rows,
            "sets": len(labels.sets),
            "pairs": len(labels.pairs),
            "passed": not self.failed,
            "failed": list(self.failed),
            "checks": [check.to_dict() for check in self.checks],
            "suspects": self.suspects.to_dict(),
            "contradictions": [
                {
                    "keys": [labels.key(row) for row in contradiction.rows],
                    "sets": [labels.title(at) for at in contradiction.sets],
                    "questions_of_two_rows": contradiction.questions,
                    "questions_of_ten_rows": contradiction.as_sets,
                    "found": contradiction.sentence(labels),
                }
                for contradiction in self.contradictions[:LISTED]
            ],
            "answered_again": [repeat.to_dict() for repeat in self.repeats[:LISTED]],
            "coverage": [stratum.to_dict() for stratum in self.strata],
            "worth": None if self.worth is None else _worth(self.worth, labels),
        }


def check_labels(
    prepared: PreparedTable,
    files: Sequence[Labels],
    *,
    names: Sequence[str] | None = None,
    held_out: Labels | None = None,
    thresholds: Mapping[str, object] | None = None,
    seed: int = 0,
    on_stage: OnStage | None = None,
) -> LabelCheck:
    """Run all checks on the labels of one or more files.

    Parameters
    ----------
    prepared
        The labelled table.
    files
        The labels of each file, read without a key so that repeated rows are kept.
    names
        Names of the files.
    held_out
        Labels that measure quality; the other labels must not imply their answers.
    thresholds
        Thresholds of checks that replace their defaults.
    seed
        Seed of models and resampling.
    on_stage
        Progress callback.

    Returns
    -------
    LabelCheck
        The result of every check, with the findings behind it.

    Raises
    ------
    UsageError
        A threshold names no check, or is not a number.
    LabelFileError
        The labels do not fit the table.
    """
    limits = thresholds_of(thresholds or {})
    labels = LabelFiles.of(prepared.records, files, names)
    pairs, n_records = labels.pairs, len(prepared.records)
    if on_stage is not None:
        on_stage("judge labels", 0.0)
    evidence = gather(prepared, pairs, seed=seed)
    folds = Folds.of(pairs)
    weight = _weights(labels)
    unseen = judge_unseen(
        evidence.all_features, evidence.prior, pairs.is_match, folds, weight, seed=seed
    )
    suspects = find_suspects(labels, unseen.probability)
    contradictions = find_contradictions(pairs, n_records)
    repeats = find_repeats(labels)
    strata = cover(prepared.candidates, evidence.of_candidates, pairs.left, pairs.right)
    if on_stage is not None:
        on_stage("value labels", 0.6)
    noise = noise_test(
        unseen.opinion,
        pairs.is_match,
        weight,
        rows=sum(len(file_set.rows) - 1 for file_set in labels.sets if len(file_set.rows) > 2),
        misplaced=suspects.sure,
    )
    worth = value_labels(evidence.features, pairs.is_match, pairs.set_index, folds, seed=seed)
    results = (
        _noise(noise, limits),
        _suspects(suspects, labels, limits, seed),
        _contradictions(contradictions, limits),
        _duplicates(labels, repeats, limits),
        _leakage(labels, held_out, limits),
        _balance(labels, limits),
        _coverage(strata, limits),
        _redundant(labels, limits),
        _worthwhile(worth, limits),
    )
    assert tuple(check.name for check in results) == tuple(CHECKS)
    return LabelCheck(
        labels, results, suspects, contradictions, repeats, strata, noise, worth, unseen.probability
    )


def _weights(labels: LabelFiles) -> NDArray[np.float64]:
    """Return the weight of each pair: the pairs of a set sum to its rows less one."""
    sizes = np.array([len(file_set.rows) for file_set in labels.sets])
    return np.asarray((2.0 / np.maximum(sizes, 2))[labels.pairs.set_index], np.float64)


def _noise(noise: NoiseTest | None, limits: Mapping[str, float]) -> Check:
    if noise is None:
        why = "the labels hold only one kind of answer"
        return Check.of("noise", float("nan"), why, limits, why_none=why)
    between = f"{100 * noise.low:.1f} % to {100 * noise.high:.1f} %"
    check = Check.of(
        "noise",
        noise.p_value,
        f"most probably {100 * noise.rate:.1f} % of the answers slipped ({between})",
        limits,
        why_none="a p-value has none; the share it is about does",
    )
    if check.failed or not noise.is_undecided:
        return check
    cannot = (
        f"cannot tell: up to {100 * noise.high:.1f} % of the answers may have slipped, and would "
        "look like the hard pairs of this table"
    )
    return replace(check, found=cannot)


def _suspects(
    suspects: Suspects, labels: LabelFiles, limits: Mapping[str, float], seed: int
) -> Check:
    rows = np.array([len(file_set.rows) for file_set in labels.sets], np.float64)
    expected = suspects.set_score
    share = float(expected.sum() / rows.sum())
    rng = np.random.default_rng([seed, 3])
    drawn = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES)
    low, high = np.quantile((drawn @ expected) / (drawn @ rows), [0.025, 0.975])
    sentence = (
        f"{suspects.count:,} of {int(rows.sum()):,} rows fit elsewhere better than where they are"
    )
    return Check.of("suspects", share, sentence, limits, interval=(float(low), float(high)))


def _contradictions(contradictions: Sequence[Contradiction], limits: Mapping[str, float]) -> Check:
    if not contradictions:
        words = "no label contradicts the others"
    else:
        questions = sum(conflict.questions for conflict in contradictions)
        places = len({conflict.component for conflict in contradictions})
        words = (
            counted(len(contradictions), "minimal contradiction")
            + f" in {counted(places, 'place')}; at most "
            + counted(questions, "question of two rows settles", "questions of two rows settle")
            + f" {'it' if len(contradictions) == 1 else 'them'}, or "
            + counted(sum(conflict.as_sets for conflict in contradictions), "set of", "sets of")
            + " at most ten rows"
        )
    return Check.of("contradictions", len(contradictions), words, limits, why_none=EXACT)


def _duplicates(
    labels: LabelFiles, repeats: Sequence[Repeat], limits: Mapping[str, float]
) -> Check:
    differ = sum(not repeat.is_identical for repeat in repeats)
    words = (
        counted(labels.repeated, "row stands", "rows stand")
        + f" twice alike, {labels.changed:,} with another label; "
        + counted(len(repeats), "set was", "sets were")
        + f" answered more than once, {differ:,} of them differently"
    )
    return Check.of("duplicates", labels.changed + differ, words, limits, why_none=EXACT)


def _leakage(labels: LabelFiles, held_out: Labels | None, limits: Mapping[str, float]) -> Check:
    if held_out is None:
        why = "no --held-out labels were given"
        return Check.of("leakage", float("nan"), why, limits, why_none=why)
    measured = LabelFiles.of(labels.records, [held_out]).pairs
    leaks = find_leaks(labels.pairs, measured, len(labels.records))
    share = float(leaks.mean()) if len(leaks) else 0.0
    words = (
        f"{int(leaks.sum()):,} of {len(leaks):,} pairs for measuring follow from the other labels"
    )
    return Check.of("leakage", share, words, limits, why_none=EXACT)


def _balance(labels: LabelFiles, limits: Mapping[str, float]) -> Check:
    pairs = labels.pairs
    matches = int(pairs.is_match.sum())
    rest = len(pairs) - matches
    words = f"{matches:,} matches and {rest:,} non-matches"
    return Check.of("balance", min(matches, rest), words, limits, why_none=EXACT)


def _coverage(strata: Sequence[Stratum], limits: Mapping[str, float]) -> Check:
    some = [stratum for stratum in strata if stratum.candidates]
    bare = [stratum for stratum in some if not stratum.labelled]
    share = len(bare) / len(some) if some else 0.0
    words = f"{len(some) - len(bare)} of {len(some)} parts of the range of scores hold a label"
    if bare:
        words += f"; none between {bare[0].low:.1f} and {bare[0].high:.1f}"
    return Check.of("coverage", share, words, limits, why_none=EXACT)


def _redundant(labels: LabelFiles, limits: Mapping[str, float]) -> Check:
    redundant = find_redundant(labels.pairs, len(labels.records))
    share = float(redundant.mean()) if len(redundant) else 0.0
    words = (
        f"{int(redundant.sum()):,} of {len(redundant):,} labelled pairs follow from earlier sets"
    )
    return Check.of("redundant", share, words, limits, why_none=EXACT)


def _worthwhile(worth: Worth | None, limits: Mapping[str, float]) -> Check:
    if worth is None:
        why = "too few sets, or one kind of answer only"
        return Check.of("worth", float("nan"), why, limits, why_none=why)
    words = (
        f"F1 on unseen labels is {worth.f1:.3f}; a labelled pair more brings {worth.per_label:+.5f}"
    )
    harmful = sum(set_worth.high < 0 for set_worth in worth.sets)
    if harmful:
        words += f"; models do worse with {harmful:,} of {len(worth.sets):,} sets than without"
    return Check.of("worth", worth.gain, words, limits, interval=worth.interval)


def _worth(worth: Worth, labels: LabelFiles) -> dict[str, object]:
    fields = worth.to_dict()
    fields["sets"] = [
        {
            "set": labels.title(set_worth.set),
            "f1": set_worth.value,
            "interval": [set_worth.low, set_worth.high],
        }
        for set_worth in worth.sets[:LISTED]
    ]
    return fields
