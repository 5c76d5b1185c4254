"""Sets that people answered differently: found, and decided by a curator.

The decision is an entry of its own under the same set id, so it replaces the labels of the
answers. The answers stay in the ledger and in the store; later ones no longer count.
"""

from __future__ import annotations

from dataclasses import replace

from matchloop_api.labelling.contents import Contents, contents_of
from matchloop_api.labelling.gold import right_pairs
from matchloop_api.store import LabelSet, Opinion, Transaction

__all__ = ["conflicts", "is_decided", "mark_decided", "question_of", "questions_of"]

_DECIDED = "decided"


def conflicts(tx: Transaction, transform_id: str) -> list[int]:
    """Return the numbers of the sets that people answered differently and nobody has decided.

    A row that somebody left out contradicts nobody.
    """
    by_set: dict[int, list[Opinion]] = {}
    for opinion in tx.label_queue.opinions(transform_id):
        by_set.setdefault(opinion.number, []).append(opinion)
    many = {number: some for number, some in by_set.items() if len(some) > 1}
    if not many:
        return []
    sets = {item.number: item for item in tx.label_queue.sets(transform_id)}
    queued = {item.body.get("adjudicates") for item in sets.values() if item.is_open}
    return [
        number
        for number, opinions in many.items()
        if number not in queued
        and contents_of(sets[number].body).is_plain
        and not any(opinion.body.get(_DECIDED) for opinion in opinions)
        and _differ(opinions)
    ]


def questions_of(tx: Transaction, transform_id: str) -> list[Contents]:
    """Return each set in conflict with the answers beside its rows."""
    return [question_of(tx, transform_id, number) for number in conflicts(tx, transform_id)]


def question_of(tx: Transaction, transform_id: str, number: int) -> Contents:
    """Return a set with the answers beside its rows, for a curator to decide."""
    label_set = tx.label_queue.get(transform_id, number)
    assert label_set is not None
    contents = contents_of(label_set.body)
    answers = [
        tuple(opinion.body["partition"].get(key) for key in contents.keys)
        for opinion in tx.label_queue.opinions(transform_id, number=number)
    ]
    # sorted, so that their order tells nothing about who gave which
    opinions = tuple(sorted(answers, key=lambda answer: [letter or "" for letter in answer]))
    return replace(contents, adjudicates=number, opinions=opinions)


def mark_decided(tx: Transaction, label_set: LabelSet, *, is_decided: bool) -> None:
    """Record at the answers that a set decides between whether it is submitted."""
    number = label_set.body.get("adjudicates")
    if number is None:
        return
    for opinion in tx.label_queue.opinions(label_set.transform_id, number=number):
        body = {**opinion.body, _DECIDED: is_decided}
        tx.label_queue.put_opinion(replace(opinion, body=body))


def is_decided(tx: Transaction, label_set: LabelSet) -> bool:
    """Return whether a curator has decided between the answers to a set."""
    opinions = tx.label_queue.opinions(label_set.transform_id, number=label_set.number)
    return any(opinion.body.get(_DECIDED) for opinion in opinions)


def _differ(opinions: list[Opinion]) -> bool:
    groupings = [opinion.body.get("partition", {}) for opinion in opinions]
    for at, grouping in enumerate(groupings):
        for other in groupings[at + 1 :]:
            right, of = right_pairs(grouping, other)
            if right < of:
                return True
    return False
