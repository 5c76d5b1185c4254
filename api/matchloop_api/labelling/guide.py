"""The sentence that defines a match, its examples, and who has practised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from matchloop_api.errors import InvalidInputException
from matchloop_api.labelling.contents import Cells, Contents, Table, contents_of
from matchloop_api.labelling.practice import practice_sets
from matchloop_api.labelling.shown import cells_of, columns_of
from matchloop_api.store import LabelSet, Opinion, Resource, Transaction

__all__ = [
    "REASONS",
    "checked_sentence",
    "guide_of",
    "has_practised",
    "note_practice",
    "put_guide",
    "start_of",
]

REASONS = (
    "data error",
    "rule unclear",
    "two things in one row",
    "must not be seen",
    "other",
)
"""Reasons for a flag that the page offers."""

LONGEST = 1_000
_KIND, _GUIDE = "label_guide", "guide"
WANTED = {"yes": 2, "no": 2, "unsure": 1}
"""Examples of each answer that are drawn while nobody has written any."""

MOST_EXAMPLES = 20
MOST_PEOPLE = 5
_EXAMPLES_FROM = 50


def start_of(
    tx: Transaction,
    transform_id: str,
    person: str,
    sample: tuple[Table, Sequence[Cells]] | None,
) -> dict[str, Any]:
    """Return the guide of the page: the definition, examples, columns and practice sets.

    Parameters
    ----------
    tx, transform_id, person
        The person whose page it is.
    sample
        The columns and some rows of the table.
    """
    guide = guide_of(tx, transform_id)
    if not guide["examples"]:
        closed = tx.label_queue.sets(transform_id, is_open=False, limit=_EXAMPLES_FROM)
        guide["examples"] = _examples(tx, transform_id, closed)
    rng = np.random.default_rng(list(transform_id.encode()))
    return {
        "practised": has_practised(tx, transform_id, person),
        "guide": guide,
        "columns": [] if sample is None else columns_of(sample[0]),
        "practice": [] if sample is None else practice_sets(*sample, rng),
        "reasons": list(REASONS),
    }


def guide_of(tx: Transaction, transform_id: str) -> dict[str, Any]:
    """Return the sentence, the written examples, and how sets are answered.

    ``people`` is how many people answer a new set, ``assisted`` whether they may ask for
    proposals.
    """
    kept = tx.resources.get(_KIND, _GUIDE, scope=transform_id)
    body = {} if kept is None else kept.body
    return {"sentence": "", "examples": [], "people": 1, "assisted": False, **body}


def put_guide(
    tx: Transaction, transform_id: str, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """Store the members of the guide that are given; the others stay.

    Raises
    ------
    InvalidInputException
        A member has another form.
    """
    kept = tx.resources.get(_KIND, _GUIDE, scope=transform_id)
    body = {**(kept.body if kept is not None else {}), **_checked(changes)}
    made = Resource(
        kind=_KIND,
        scope=transform_id,
        name=_GUIDE,
        body=body,
        created_at=now if kept is None else kept.created_at,
        modified_at=now,
    )
    if kept is None:
        tx.resources.add(made)
    else:
        tx.resources.replace(made)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "sentence" in changes:
        made["sentence"] = checked_sentence(changes["sentence"])
    if "examples" in changes:
        made["examples"] = _checked_examples(changes["examples"])
    if "people" in changes:
        people = changes["people"]
        if not isinstance(people, int) or not 1 <= people <= MOST_PEOPLE:
            raise InvalidInputException(f"'people' is a number from 1 to {MOST_PEOPLE}")
        made["people"] = people
    if "assisted" in changes:
        if not isinstance(changes["assisted"], bool):
            raise InvalidInputException("'assisted' is true or false")
        made["assisted"] = changes["assisted"]
    return made


def _checked_examples(examples: object) -> list[dict[str, Any]]:
    if not isinstance(examples, list) or len(examples) > MOST_EXAMPLES:
        raise InvalidInputException(f"'examples' is a list of at most {MOST_EXAMPLES}")
    made = []
    for example in examples:
        if not isinstance(example, Mapping) or example.get("is") not in WANTED:
            raise InvalidInputException(f"'is' of an example is one of {', '.join(WANTED)}")
        rows, why = example.get("rows"), example.get("why", "")
        if not isinstance(rows, list) or not 2 <= len(rows) <= 4 or not all(map(_is_row, rows)):
            raise InvalidInputException("'rows' of an example is 2 to 4 lists of texts or nulls")
        if not isinstance(why, str) or len(why) > LONGEST:
            raise InvalidInputException(f"'why' is a text of at most {LONGEST} characters")
        made.append({"is": example["is"], "rows": rows, "why": " ".join(why.split())})
    return made


def _is_row(raw: object) -> bool:
    return isinstance(raw, list) and all(cell is None or isinstance(cell, str) for cell in raw)


def checked_sentence(text: object) -> str:
    """Return the sentence on one line. Raises InvalidInputException where it is none."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise InvalidInputException(f"'sentence' is a text of at most {LONGEST} characters")
    return " ".join(text.split())


def has_practised(tx: Transaction, transform_id: str, person: str) -> bool:
    """Return whether a person has done the practice sets."""
    return tx.resources.get(_KIND, _practised(person), scope=transform_id) is not None


def note_practice(
    tx: Transaction, transform_id: str, person: str, result: Mapping[str, Any], *, now: datetime
) -> None:
    """Store that a person has practised, and how many pairs were right."""
    counts = {name: result.get(name) for name in ("right", "of")}
    if not all(isinstance(count, int) and 0 <= count < 10_000 for count in counts.values()):
        raise InvalidInputException("'right' and 'of' are numbers of pairs")
    if has_practised(tx, transform_id, person):
        return
    made = Resource(
        kind=_KIND,
        scope=transform_id,
        name=_practised(person),
        body=counts,
        created_at=now,
        modified_at=now,
    )
    tx.resources.add(made)


def _practised(person: str) -> str:
    return f"practised/{person}"


def _examples(
    tx: Transaction, transform_id: str, closed: Sequence[LabelSet]
) -> list[dict[str, Any]]:
    """Draw examples from sets that are answered and will not be handed out again."""
    by_number = {label_set.number: contents_of(label_set.body) for label_set in closed}
    latest: dict[int, Opinion] = {}
    for opinion in tx.label_queue.opinions(transform_id):
        if opinion.number in by_number:
            latest[opinion.number] = opinion
    wanted = dict(WANTED)
    examples: list[dict[str, Any]] = []
    for number, opinion in latest.items():
        contents = by_number[number]
        if contents.gold is not None:
            continue
        for is_, rows in _pairs(contents, opinion.body.get("partition", {})):
            if wanted[is_]:
                wanted[is_] -= 1
                cells = [cells_of(row, contents.table)[0] for row in rows]
                examples.append({"is": is_, "rows": cells, "why": ""})
    order = list(wanted)
    return sorted(examples, key=lambda example: order.index(example["is"]))


def _pairs(
    contents: Contents, partition: Mapping[str, str | None]
) -> list[tuple[str, tuple[Cells, Cells]]]:
    """Return one neighbouring pair of each answer that the set has."""
    labels = [partition.get(key) for key in contents.keys]
    pairs: dict[str, tuple[Cells, Cells]] = {}
    for at in range(len(labels) - 1):
        label, other = labels[at], labels[at + 1]
        is_ = "unsure" if label is None or other is None else "yes" if label == other else "no"
        pairs.setdefault(is_, (contents.rows[at], contents.rows[at + 1]))
    return list(pairs.items())
