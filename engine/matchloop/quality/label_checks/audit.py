"""Examine label files: every check, what it found, and what to ask again."""

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
from matchloop.quality.label_checks.given import GivenLabels
from matchloop.quality.label_checks.noise import NoiseTest, noise_test
from matchloop.quality.label_checks.repeats import Repeat, find_leaks, find_redundant, find_repeats
from matchloop.quality.label_checks.suspects import Suspects, find_suspects
from matchloop.quality.label_checks.unseen import Folds, judge_unseen
from matchloop.quality.label_checks.worth import Worth, value_labels

__all__ = ["LabelAudit", "audit_labels"]

LISTED = 200
EXACT = "counted, not estimated"
RESAMPLES = 1_000


@dataclass(frozen=True, eq=False)
class LabelAudit:
    """What an examination of labels found.

    Parameters
    ----------
    given
        The labels.
    checks
        Every check and its verdict, in the order of :data:`CHECKS`.
    suspects
        What looks wrong.
    contradictions
        What cannot all be right.
    repeats
        Sets that were answered more than once.
    strata
        Candidates and labels by score.
    noise
        The test of noise; None where only one answer was given.
    worth
        What labels are worth; None where they are too few.
    probability
        Match probability of each labelled pair by models that did not see it, shape (pairs,).
    """

    given: GivenLabels
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
        """Return what to ask again, blind: contradictions first, then the most suspect sets.

        Parameters
        ----------
        sets
            How many at most.
        """
        asked: dict[bytes, NDArray[np.int32]] = {}
        for rows in questions_about(self.contradictions)[:sets]:
            asked.setdefault(rows.tobytes(), rows)
        for suspect in self.suspects.sets:
            if len(asked) < sets:
                rows = self.given.sets[suspect.number].rows
                asked.setdefault(rows.tobytes(), rows)
        # a labelled file often has its rows in the order of their groups: the answer
        shown = tuple(by_likeness(self.given.records, rows) for rows in asked.values())
        return LabelingSet(self.given.records, shown, "audit")

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        given = self.given
        return {
            "files": list(given.files),
            "rows": given.n_rows,
            "sets": len(given.sets),
            "pairs": len(given.pairs),
            "passed": not self.failed,
            "failed": list(self.failed),
            "checks": [check.to_dict() for check in self.checks],
            "suspects": self.suspects.to_dict(),
            "contradictions": [
                {
                    "keys": [given.key(row) for row in one.rows],
                    "sets": [given.title(at) for at in one.sets],
                    "questions_of_two_rows": one.questions,
                    "questions_of_ten_rows": one.as_sets,
                    "found": one.sentence(given),
                }
                for one in self.contradictions[:LISTED]
            ],
            "answered_again": [one.to_dict() for one in self.repeats[:LISTED]],
            "coverage": [one.to_dict() for one in self.strata],
            "worth": None if self.worth is None else _worth(self.worth, given),
        }


def audit_labels(
    prepared: PreparedTable,
    files: Sequence[Labels],
    *,
    names: Sequence[str] | None = None,
    held_out: Labels | None = None,
    thresholds: Mapping[str, object] | None = None,
    seed: int = 0,
    on_stage: OnStage | None = None,
) -> LabelAudit:
    """Examine the labels of one to many files.

    Parameters
    ----------
    prepared
        The table they speak of.
    files
        The labels, file by file, read without a key so that repeated rows are seen.
    names
        Names of the files.
    held_out
        Labels that quality is measured by and that these must not tell.
    thresholds
        Value from which a check fails, for those that are not to fail at their default.
    seed
        The same seed gives the same audit.
    on_stage
        Progress callback.

    Returns
    -------
    LabelAudit
        Every check, and what is behind it.

    Raises
    ------
    UsageError
        A threshold is of no check, or no number.
    LabelFileError
        Labels do not fit the table.
    """
    limits = thresholds_of(thresholds or {})
    given = GivenLabels.of(prepared.records, files, names)
    pairs, n_records = given.pairs, len(prepared.records)
    if on_stage is not None:
        on_stage("judge labels", 0.0)
    evidence = gather(prepared, pairs, seed=seed)
    folds = Folds.of(pairs)
    weight = _weights(given)
    unseen = judge_unseen(
        evidence.all_features, evidence.guess, pairs.is_match, folds, weight, seed=seed
    )
    suspects = find_suspects(given, unseen.probability)
    contradictions = find_contradictions(pairs, n_records)
    repeats = find_repeats(given)
    strata = cover(prepared.candidates, evidence.of_candidates, pairs.left, pairs.right)
    if on_stage is not None:
        on_stage("value labels", 0.6)
    noise = noise_test(
        unseen.opinion,
        pairs.is_match,
        weight,
        rows=sum(len(one.rows) - 1 for one in given.sets if len(one.rows) > 2),
        misplaced=suspects.sure,
    )
    worth = value_labels(evidence.features, pairs.is_match, pairs.set_index, folds, seed=seed)
    found = (
        _noise(noise, limits),
        _suspects(suspects, given, limits, seed),
        _contradictions(contradictions, limits),
        _duplicates(given, repeats, limits),
        _leakage(given, held_out, limits),
        _balance(given, limits),
        _coverage(strata, limits),
        _redundant(given, limits),
        _worthwhile(worth, limits),
    )
    assert tuple(check.name for check in found) == tuple(CHECKS)
    return LabelAudit(
        given, found, suspects, contradictions, repeats, strata, noise, worth, unseen.probability
    )


def _weights(given: GivenLabels) -> NDArray[np.float64]:
    """Let the pairs of a set count together as its rows less one."""
    sizes = np.array([len(one.rows) for one in given.sets])
    return np.asarray((2.0 / np.maximum(sizes, 2))[given.pairs.set_index], np.float64)


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
    suspects: Suspects, given: GivenLabels, limits: Mapping[str, float], seed: int
) -> Check:
    rows = np.array([len(one.rows) for one in given.sets], np.float64)
    expected = suspects.set_score
    share = float(expected.sum() / rows.sum())
    rng = np.random.default_rng([seed, 3])
    drawn = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES)
    low, high = np.quantile((drawn @ expected) / (drawn @ rows), [0.025, 0.975])
    found = (
        f"{suspects.count:,} of {int(rows.sum()):,} rows fit elsewhere better than where they are"
    )
    return Check.of("suspects", share, found, limits, interval=(float(low), float(high)))


def _contradictions(found: Sequence[Contradiction], limits: Mapping[str, float]) -> Check:
    if not found:
        words = "no label contradicts what others tell"
    else:
        asked = sum(one.questions for one in found)
        places = len({one.component for one in found})
        words = (
            f"{counted(len(found), 'minimal contradiction')} in {counted(places, 'place')}; "
            f"at most "
            + counted(asked, "question of two rows settles", "questions of two rows settle")
            + f" {'it' if len(found) == 1 else 'them'}, or "
            + counted(sum(one.as_sets for one in found), "set of", "sets of")
            + " at most ten rows"
        )
    return Check.of("contradictions", len(found), words, limits, why_none=EXACT)


def _duplicates(
    given: GivenLabels, repeats: Sequence[Repeat], limits: Mapping[str, float]
) -> Check:
    differ = sum(not one.is_identical for one in repeats)
    words = (
        counted(given.repeated, "row stands", "rows stand")
        + f" twice alike, {given.changed:,} with another label; "
        + counted(len(repeats), "set was", "sets were")
        + f" answered more than once, {differ:,} of them differently"
    )
    return Check.of("duplicates", given.changed + differ, words, limits, why_none=EXACT)


def _leakage(given: GivenLabels, held_out: Labels | None, limits: Mapping[str, float]) -> Check:
    if held_out is None:
        why = "no --held-out labels were given"
        return Check.of("leakage", float("nan"), why, limits, why_none=why)
    measured = GivenLabels.of(given.records, [held_out]).pairs
    told = find_leaks(given.pairs, measured, len(given.records))
    share = float(told.mean()) if len(told) else 0.0
    words = f"{int(told.sum()):,} of {len(told):,} pairs for measuring follow from the other labels"
    return Check.of("leakage", share, words, limits, why_none=EXACT)


def _balance(given: GivenLabels, limits: Mapping[str, float]) -> Check:
    pairs = given.pairs
    matches = int(pairs.is_match.sum())
    rest = len(pairs) - matches
    words = f"{matches:,} matches and {rest:,} non-matches"
    return Check.of("balance", min(matches, rest), words, limits, why_none=EXACT)


def _coverage(strata: Sequence[Stratum], limits: Mapping[str, float]) -> Check:
    some = [one for one in strata if one.candidates]
    bare = [one for one in some if not one.labelled]
    share = len(bare) / len(some) if some else 0.0
    words = f"{len(some) - len(bare)} of {len(some)} parts of the range of scores hold a label"
    if bare:
        words += f"; none between {bare[0].low:.1f} and {bare[0].high:.1f}"
    return Check.of("coverage", share, words, limits, why_none=EXACT)


def _redundant(given: GivenLabels, limits: Mapping[str, float]) -> Check:
    told = find_redundant(given.pairs, len(given.records))
    share = float(told.mean()) if len(told) else 0.0
    words = f"{int(told.sum()):,} of {len(told):,} labelled pairs follow from earlier sets"
    return Check.of("redundant", share, words, limits, why_none=EXACT)


def _worthwhile(worth: Worth | None, limits: Mapping[str, float]) -> Check:
    if worth is None:
        why = "too few sets, or one kind of answer only"
        return Check.of("worth", float("nan"), why, limits, why_none=why)
    words = (
        f"F1 on unseen labels is {worth.f1:.3f}; a labelled pair more brings {worth.per_label:+.5f}"
    )
    harmful = sum(one.high < 0 for one in worth.sets)
    if harmful:
        words += f"; models do worse with {harmful:,} of {len(worth.sets):,} sets than without"
    return Check.of("worth", worth.gain, words, limits, interval=worth.interval)


def _worth(worth: Worth, given: GivenLabels) -> dict[str, object]:
    told = worth.to_dict()
    told["sets"] = [
        {"set": given.title(one.set), "f1": one.value, "interval": [one.low, one.high]}
        for one in worth.sets[:LISTED]
    ]
    return told
