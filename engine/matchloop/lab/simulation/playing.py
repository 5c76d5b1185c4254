"""Play one run: ask, answer, learn, judge, until the budget is spent."""

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
    """How a run is played.

    Parameters
    ----------
    strategy, start
        What is asked; see :class:`matchloop.LabelingLoop`.
    oracle
        Who answers.
    matcher
        Settings of the learner; its seed is that of the run.
    rows, sets
        Rows of a set and sets of a round.
    rounds
        Rounds of questions at most.
    policy
        ``merge`` new labels to the earlier ones, or ``replace`` all of them.
    test_share
        Share of the records that is held out.
    seed
        Decides the held-out entities, the first questions and the oracle's chance: runs of one
        seed differ only in what is compared.
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
    """One round as it went.

    Parameters
    ----------
    row
        What is known after the round: effort, metrics; one row of the table of rounds.
    events
        One per question of the round.
    seconds
        Time the round took by part; not part of the results, which are the same on any machine.
    """

    row: dict[str, Any]
    events: tuple[dict[str, Any], ...]
    seconds: dict[str, float]


def play(task: Task, given: Play) -> Iterator[Step]:
    """Play a run.

    Parameters
    ----------
    task
        The table.
    given
        How to play.

    Yields
    ------
    Step
        Round 0 is the state without any label, then one step for each round of questions.
    """
    split = split_by_entity(task, share=given.test_share, seed=given.seed)
    loop = LabelingLoop(
        task.prepared,
        strategy=given.strategy,
        start=given.start,
        seed=given.seed,
        matcher=replace(given.matcher, seed=given.seed),
        askable=~split.held_out,
    )
    spent = Effort()
    yield _step(task, split, loop, 0, spent, (), {})
    for number in range(1, given.rounds + 1):
        began = time.perf_counter()
        before = loop.scores
        asked = loop.ask(sets=given.sets, rows=given.rows)
        chosen = time.perf_counter()
        if not asked.sets:
            return
        answers = [_answer(task, given, number, rows) for rows in asked.sets]
        spent = sum((_effort(one) for one in answers), spent)
        events = tuple(
            _event(task, number, asked, place, answers[place], before)
            for place in range(len(asked.sets))
        )
        labels = _labels(asked, answers)
        for rows, answer in zip(asked.sets, answers, strict=True):
            if sum(label is not None for label in answer.labels) < 2:  # nothing was said
                loop.pass_over(rows)
        if labels is not None:
            loop.learn(labels, replace_all=given.policy == "replace")
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
        As in :class:`Play`: the same entities are held out.

    Returns
    -------
    Step
        What no strategy can be expected to beat; without events, since nobody is asked.
    """
    split = split_by_entity(task, share=test_share, seed=seed)
    loop = LabelingLoop(task.prepared, seed=seed, matcher=replace(matcher, seed=seed))
    pairs, out = task.prepared.candidates, split.held_out
    free = ~(out[pairs.left] | out[pairs.right])
    chosen = np.flatnonzero(free)
    if len(chosen) > TAUGHT:  # more than that is not learned from
        order = np.argsort(task.is_match[chosen], kind="stable")
        even = (np.arange(TAUGHT, dtype=np.int64) * len(chosen)) // TAUGHT
        chosen = np.sort(chosen[order[even]])
    began = time.perf_counter()
    spent = Effort()
    if len(chosen):
        ends = np.column_stack([pairs.left[chosen], pairs.right[chosen]]).astype(np.int32)
        labels = [("1", "1") if same else ("1", "2") for same in task.is_match[chosen]]
        asked = LabelingSet(task.prepared.records, tuple(ends))
        loop.learn(asked.answered([one for both in labels for one in both], assisted=False))
        count = len(chosen)
        spent = Effort(questions=count, rows=2 * count, labels=count, decisions=count)
    return _step(task, split, loop, 1, spent, (), {"learn": time.perf_counter() - began})


def _answer(task: Task, given: Play, number: int, rows: NDArray[np.int32]) -> Answer:
    told = hashlib.sha256(np.sort(rows).astype("<i8").tobytes()).digest()
    again = [] if getattr(given.oracle, "persistent", True) else [number]
    rng = np.random.default_rng([given.seed, 2, int.from_bytes(told[:8], "little"), *again])
    answer = given.oracle.answer(rows, task.truth, rng)
    if len(answer.labels) != len(rows):
        raise UsageError(
            f"the oracle {given.oracle!r} gave {len(answer.labels)} labels for {len(rows)} rows; "
            "it has to give one per row, None where it says nothing"
        )
    return answer


def _effort(answer: Answer) -> Effort:
    """Return what an answer cost; each of several people who were asked reads and judges it all."""
    votes = answer.votes or (answer,)
    return sum((effort_of(one.labels, one.price, one.seconds) for one in votes), Effort())


def _labels(asked: LabelingSet, answers: list[Answer]) -> Labels | None:
    """Put the answers together; None where nobody said anything."""
    told = [label for answer in answers for label in answer.labels]
    if all(label is None for label in told):
        return None
    return asked.answered(told, assisted=False)


def _step(
    task: Task,
    split: Split,
    loop: LabelingLoop,
    number: int,
    spent: Effort,
    events: tuple[dict[str, Any], ...],
    seconds: dict[str, float],
) -> Step:
    known = None if loop.labels is None else loop.labels.pairs(loop.records)
    row = {
        "round": number,
        **asdict(spent),
        "matches_known": 0 if known is None else int(known.is_match.sum()),
        "non_matches_known": 0 if known is None else int((~known.is_match).sum()),
        **judge(task, split, loop.match()),
    }
    return Step(row, events, seconds)


def _event(
    task: Task, number: int, asked: LabelingSet, place: int, answer: Answer, before: Scores
) -> dict[str, Any]:
    rows = asked.sets[place]
    left, right = (rows[ends] for ends in np.triu_indices(len(rows), 1))
    return {
        "round": number,
        "set": place + 1,
        "keys": [asked.records.keys[int(row)].as_py() for row in rows],
        "labels": list(answer.labels),
        "truth": list(grouped(task.entities[rows].tolist())),
        "person": answer.person,
        "price": answer.price,
        "seconds": answer.seconds,
        "votes": [{"person": one.person, "labels": list(one.labels)} for one in answer.votes],
        "probability": _looked_up(before, left, right),
    }


def _looked_up(
    scores: Scores, left: NDArray[np.int32], right: NDArray[np.int32]
) -> list[float | None]:
    """Return the probability of each pair before it was asked; None for what is no candidate."""
    ids, known = pair_ids(left, right), scores.pairs.ids()
    if len(known) == 0:
        return [None] * len(ids)
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    found = known[at] == ids
    return [
        round(float(scores.probability[place]), 6) if there else None
        for place, there in zip(at, found, strict=True)
    ]
