"""Gold sets: a set with a known answer among a person's first five, which tests the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matchloop_api.labelling.contents import Contents, contents_of
from matchloop_api.store import LabelSet, Opinion, Transaction

__all__ = ["FIRST", "add_gold", "is_trusted", "right_pairs"]

FIRST = 5
"""Sets of a person among which one is gold."""

AFTER = 2
"""Sets that a person answers before the gold one."""

ENOUGH = 0.8
"""Share of right pairs below which a person is asked to look at the examples again."""


def add_gold(tx: Transaction, transform_id: str, person: str) -> None:
    """Put one gold set into a person's queue, once, among the first five sets.

    Its answer is known where two other people grouped a set in the same way, or where the queue
    holds a set with a known answer.
    """
    done, _, _ = tx.label_queue.counts(transform_id, person)
    if not AFTER <= done < FIRST:
        return
    own = [item for item in tx.label_queue.sets(transform_id) if item.person == person]
    if any("gold" in item.body for item in own):
        return
    label_set = _agreed(tx, transform_id, person)
    if label_set is None:
        return
    queue = tx.label_queue
    first = min((item.position for item in queue.sets(transform_id, is_open=True)), default=1)
    queue.add(
        LabelSet(
            transform_id=transform_id,
            body=label_set.body(),
            person=person,
            position=first - 1 or -1,  # 0 would place it at the end
        )
    )


def is_trusted(right: int, of: int) -> bool:
    """Return whether a gold set was answered well enough."""
    return of == 0 or right >= ENOUGH * of


def right_pairs(
    answer: Mapping[str, str | None], truth: Mapping[str, str | None]
) -> tuple[int, int]:
    """Count the pairs of rows that two groupings agree on, and all pairs that both decide."""
    keys = [key for key, label in truth.items() if label is not None]
    keys = [key for key in keys if answer.get(key) is not None]
    right = of = 0
    for at, item in enumerate(keys):
        for other in keys[at + 1 :]:
            of += 1
            right += (answer[item] == answer[other]) == (truth[item] == truth[other])
    return right, of


def _agreed(tx: Transaction, transform_id: str, person: str) -> Contents | None:
    """Return a set that two other people grouped in the same way, with that grouping."""
    by_set: dict[int, list[Opinion]] = {}
    for opinion in tx.label_queue.opinions(transform_id):
        by_set.setdefault(opinion.number, []).append(opinion)
    for number, opinions in by_set.items():
        if len(opinions) < 2 or any(item.person == person for item in opinions):
            continue
        label_set = tx.label_queue.get(transform_id, number)
        if label_set is None or not contents_of(label_set.body).is_plain:
            continue
        if any(opinion.body.get("proposed") for opinion in opinions):
            continue  # an answer that the model helped with tests nobody
        truth = _same(opinions)
        if truth is not None:
            contents = contents_of(label_set.body)
            gold = tuple(truth.get(key) for key in contents.keys)
            return replace(contents, name=f"gold-{contents.name}", gold=gold)
    return None


def _same(opinions: Sequence[Opinion]) -> Mapping[str, str | None] | None:
    """Return the grouping that all opinions share; None where two differ or a row is left out."""
    groupings = [dict(item.body.get("partition", {})) for item in opinions]
    first = groupings[0]
    for other in groupings:
        right, of = right_pairs(other, first)
        if right < of or set(other) != set(first) or None in other.values():
            return None
    return first if len(set(first.values())) < len(first) else None
