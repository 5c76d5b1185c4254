"""Assisted mode: the model's proposal for one row, given only when a person asks for it."""

from __future__ import annotations

from dataclasses import replace

from matchloop_api.errors import EntityNotFoundException
from matchloop_api.labelling.folding import fold
from matchloop_api.labelling.guide import guide_of
from matchloop_api.labelling.shown import shown_set
from matchloop_api.store import Store, Transaction

__all__ = ["propose"]


def propose(store: Store, transform_id: str, person: str, number: int, token: str) -> str | None:
    """Return the letter of the model's group of a row; None for a new group.

    The store records that the person has seen the proposal: the row's label is marked as
    assisted, whatever the page says.

    Raises
    ------
    EntityNotFoundException
        Proposals are off, the set was never handed to this person, or the model has none for it.
    """
    with store.writing() as tx:
        if not guide_of(tx, transform_id)["assisted"]:
            raise EntityNotFoundException("This transform gives no proposals.")
        label_set = tx.label_queue.get(transform_id, number)
        if label_set is None or not tx.label_queue.is_known(transform_id, number, person):
            raise EntityNotFoundException("There is no such set among yours.")
        opinion = tx.label_queue.opinion(transform_id, number, person)
        shown = shown_set(label_set, opinion, store.secret)
        contents = shown.contents
        if not contents.proposed or not contents.is_plain:
            raise EntityNotFoundException("There is no proposal for this set.")
        group_of_key = dict(zip(contents.keys, contents.proposed, strict=True))
        groups = {
            row.token: group_of_key.get(str(row.rows[0][contents.table.key])) for row in shown.rows
        }
        if groups.get(token) is None:
            raise EntityNotFoundException("There is no proposal for this row.")
        seen = [*opinion.body.get("proposed", ()), token]
        body = {**opinion.body, "proposed": list(dict.fromkeys(seen))}
        tx.label_queue.put_opinion(replace(opinion, body=body))
        return _letter(tx, transform_id, person, number, token, groups, shown.own, shown.added)


def _letter(
    tx: Transaction,
    transform_id: str,
    person: str,
    number: int,
    token: str,
    groups: dict[str, int | None],
    own: list[str],
    added: list[str],
) -> str | None:
    """Return the letter that the person gave a row of the same group."""
    state = fold(own, added, tx.label_queue.events(transform_id, number, person))
    return next(
        (
            letter
            for row, letter in state.partition.items()
            if row != token and letter is not None and groups.get(row) == groups[token]
        ),
        None,
    )
