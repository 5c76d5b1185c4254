"""Play one run: ask, answer, learn and judge, until the budget is spent."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matchloop.active_learning.loop import LabelingLoop
from matchloop.active_learning.questions import LabelingSet
from matchloop.active_learning.strategies import Strategy
from matchloop.data.labels import Labels
from matchloop.data.pairs import Scores, pair_ids
from matchloop.errors import UsageError
from matchloop.lab.simulation.costs import Effort, effort_of
from matchloop.lab.simulation.judging import judge
from matchloop.lab.simulation.oracles import Answer, Oracle
from matchloop.lab.simulation.oracles.base import grouped
from matchloop.lab.simulation.tasks import Split, Task, split_by_entity
from matchloop.matching.learning.training import TAUGHT
from matchloop.matching.matcher import Matcher

__all__ = ["Play", "Step", "learn_everything", "play"]


@dataclass(frozen=True, slots=True)
class Play:
    """Settings of one run.

    Parameters
    ----------
    strategy, start
        How questions are chosen; see :class:`matchloop.LabelingLoop`.
    oracle
        The simulated annotator.
    matcher
        Settings of the learner; it gets the seed of the run.
    rows, sets
        Rows of a set and sets of a round.
    rounds
        Most rounds of questions.
    policy
        ``merge`` new labels to the earlier ones, or ``replace`` all of them.
    test_share
        Share of the records to hold out.
    seed
        Decides the held-out entities, the first questions and the errors of the oracle. So runs of
        one seed differ only in the settings under comparison.
    """

    strategy: Strategy
    oracle: Oracle
    start: str = "mbx"
    matcher: Matcher = field(default_factory=Matcher)
    rows: int = 2
    sets: int = 20
    rounds: int = 10
    policy: Literal["merge", "replace"] = "merge"
    test_share: float = 0.3
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Result of one round.

    Parameters
    ----------
    row
        Effort and metrics after the round: one row of the table of rounds.
    events
        One per question of the round.
    seconds
        Seconds of each part of the round. They are no part of the results, which are the same on
        any machine.
    """

    row: dict[str, Any]
    events: tuple[dict[str, Any], ...]
    seconds: dict[str, float]


def play(task: Task, settings: Play) -> Iterator[Step]:
    """Play a run.

    Parameters
    ----------
    task
        The table.
    settings
        Settings of the run.

    Yields
    ------
    Step
        Round 0 is the matching without any label; then one step per round of questions.
    """
    split = split_by_entity(task, share=settings.test_share, seed=settings.seed)
    loop = LabelingLoop(
        task.prepared,
        strategy=settings.strategy,
        start=settings.start,
        seed=settings.seed,
        matcher=replace(settings.matcher, seed=settings.seed),
        askable=~split.held_out,
    )
    spent = Effort()
    yield _step(task, split, loop, 0, spent, (), {})
    for number in range(1, settings.rounds + 1):
        began = time.perf_counter()
        before = loop.scores
        questions = loop.ask(sets=settings.sets, rows=settings.rows)
        chosen = time.perf_counter()
        if not questions.sets:
            return
        answers = [_answer(task, settings, number, rows) for rows in questions.sets]
        spent = sum((_effort(answer) for answer in answers), spent)
        events = tuple(
            _event(task, number, questions, place, answers[place], before)
            for place in range(len(questions.sets))
        )
        labels = _labels(questions, answers)
        for rows, answer in zip(questions.sets, answers, strict=True):
            if sum(label is not None for label in answer.labels) < 2:  # no pair is labelled
                loop.pass_over(rows)
        if labels is not None:
            loop.learn(labels, replace_all=settings.policy == "replace")
        seconds = {"choose": chosen - began, "learn": time.perf_counter() - chosen}
        yield _step(task, split, loop, number, spent, events, seconds)


def learn_everything(task: Task, *, matcher: Matcher, test_share: float, seed: int) -> Step:
    """Learn the true label of every candidate that could be asked, and judge the result.

    Parameters
    ----------
    task
        The table.
    matcher
        Settings of the learner; its seed is that of the run.
    test_share, seed
        As in :class:`Play`, so that the same entities are held out.

    Returns
    -------
    Step
        A reference for all strategies; without events, since nothing is asked.
    """
    split = split_by_entity(task, share=test_share, seed=seed)
    loop = LabelingLoop(task.prepared, seed=seed, matcher=replace(matcher, seed=seed))
    pairs, out = task.prepared.candidates, split.held_out
    free = ~(out[pairs.left] | out[pairs.right])
    chosen = np.flatnonzero(free)
    if len(chosen) > TAUGHT:  # the limit of what a model learns from
        order = np.argsort(task.is_match[chosen], kind="stable")
        even = (np.arange(TAUGHT, dtype=np.int64) * len(chosen)) // TAUGHT
        chosen = np.sort(chosen[order[even]])
    began = time.perf_counter()
    spent = Effort()
    if len(chosen):
        ends = np.column_stack([pairs.left[chosen], pairs.right[chosen]]).astype(np.int32)
        labels = [("1", "1") if same else ("1", "2") for same in task.is_match[chosen]]
        questions = LabelingSet(task.prepared.records, tuple(ends))
        loop.learn(questions.answered([label for pair in labels for label in pair], assisted=False))
        count = len(chosen)
        spent = Effort(questions=count, rows=2 * count, labels=count, decisions=count)
    return _step(task, split, loop, 1, spent, (), {"learn": time.perf_counter() - began})


def _answer(task: Task, settings: Play, number: int, rows: NDArray[np.int32]) -> Answer:
    digest = hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).digest()
    again = [] if getattr(settings.oracle, "persistent", True) else [number]
    rng = np.random.default_rng([settings.seed, 2, int.from_bytes(digest[:8], "little"), *again])
    answer = settings.oracle.answer(rows, task.truth, rng)
    if len(answer.labels) != len(rows):
        raise UsageError(
            f"the oracle {settings.oracle!r} gave {len(answer.labels)} labels for {len(rows)} "
            "rows; it has to give one per row, None where it says nothing"
        )
    return answer


def _effort(answer: Answer) -> Effort:
    """Return the effort of an answer; each of several annotators reads and judges the whole set."""
    votes = answer.votes or (answer,)
    return sum((effort_of(vote.labels, vote.price, vote.seconds) for vote in votes), Effort())


def _labels(questions: LabelingSet, answers: list[Answer]) -> Labels | None:
    """Join the answers to labels; None where no row has one."""
    labels = [label for answer in answers for label in answer.labels]
    if all(label is None for label in labels):
        return None
    return questions.answered(labels, assisted=False)


def _step(
    task: Task,
    split: Split,
    loop: LabelingLoop,
    number: int,
    spent: Effort,
    events: tuple[dict[str, Any], ...],
    seconds: dict[str, float],
) -> Step:
    pairs = None if loop.labels is None else loop.labels.pairs(loop.records)
    row = {
        "round": number,
        **asdict(spent),
        "matches_known": 0 if pairs is None else int(pairs.is_match.sum()),
        "non_matches_known": 0 if pairs is None else int((~pairs.is_match).sum()),
        **judge(task, split, loop.match()),
    }
    return Step(row, events, seconds)


def _event(
    task: Task, number: int, questions: LabelingSet, place: int, answer: Answer, before: Scores
) -> dict[str, Any]:
    rows = questions.sets[place]
    left, right = (rows[ends] for ends in np.triu_indices(len(rows), 1))
    return {
        "round": number,
        "set": place + 1,
        "keys": [questions.records.keys[int(row)].as_py() for row in rows],
        "labels": list(answer.labels),
        "truth": list(grouped(task.entities[rows].tolist())),
        "person": answer.person,
        "price": answer.price,
        "seconds": answer.seconds,
        "votes": [{"person": vote.person, "labels": list(vote.labels)} for vote in answer.votes],
        "probability": _looked_up(before, left, right),
    }


def _looked_up(
    scores: Scores, left: NDArray[np.int32], right: NDArray[np.int32]
) -> list[float | None]:
    """Return the probability of each pair before it was asked; None for non-candidates."""
    ids, candidates = pair_ids(left, right), scores.pairs.ids()
    if len(candidates) == 0:
        return [None] * len(ids)
    at = np.minimum(np.searchsorted(candidates, ids), len(candidates) - 1)
    is_candidate = candidates[at] == ids
    return [
        round(float(scores.probability[place]), 6) if there else None
        for place, there in zip(at, is_candidate, strict=True)
    ]
