"""What one person does with one transform's sets: the answers to the page's requests."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchloop.errors import MatchloopError
from matchloop_api.errors import (
    AccessDeniedException,
    ConcurrentModificationException,
    InvalidInputException,
    SerializationException,
)
from matchloop_api.labelling.adjudication import conflicts, questions_of
from matchloop_api.labelling.answers import MOST_EVENTS, take_events
from matchloop_api.labelling.backing import Backing
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.events import number_of, set_name
from matchloop_api.labelling.flags import flag_of, flags_of, flags_page, keep_reply, set_to_open
from matchloop_api.labelling.gold import is_trusted
from matchloop_api.labelling.guide import guide_of, note_practice, put_guide, start_of
from matchloop_api.labelling.listing import SHOW, answers_of, counts
from matchloop_api.labelling.pauses import Pauses
from matchloop_api.labelling.proposals import propose
from matchloop_api.labelling.queue import add_sets, hand_out, hand_out_again
from matchloop_api.observing import log
from matchloop_api.store import Store

if TYPE_CHECKING:
    from matchloop_api.labelling.searching import Search

__all__ = ["Desk"]

LONGEST_QUERY = 500
"""Characters of a search."""

RETRY_MS = 500
"""Milliseconds after which the page asks again while sets are being chosen."""


class Desk:
    """One person's work on one transform.

    Parameters
    ----------
    store
        The store.
    backing
        What the queue is filled by.
    search
        Returns the search of transforms' tables.
    pauses
        Tells when a person has worked long enough.
    transform_id, person
        Which transform, and who.
    is_curator
        Whether the person writes the definition and decides between answers.
    """

    def __init__(
        self,
        store: Store,
        backing: Backing,
        search: Callable[[], Search],
        pauses: Pauses,
        transform_id: str,
        person: str,
        *,
        is_curator: bool = False,
    ) -> None:
        self._store = store
        self._backing = backing
        self._search = search
        self._pauses = pauses
        self.transform_id = transform_id
        self.person = person
        self._is_curator = is_curator

    @classmethod
    def maker(cls, store: Store, backing: Backing) -> Callable[..., Desk]:
        """Return a function that makes the desk of a transform and a person.

        It takes the transform, the person, and ``is_curator``.
        """

        @lru_cache(maxsize=1)
        def search() -> Search:
            from matchloop_api.labelling.searching import Search  # heavy, and seldom needed

            return Search(store, backing.records)

        pauses = Pauses()
        return partial(cls, store, backing, search, pauses)

    def title(self) -> str:
        """Return the transform's name."""
        with self._store.reading() as tx:
            label_set = tx.transforms.get(self.transform_id)
        return label_set.name if label_set is not None else ""

    def start(self) -> dict[str, Any]:
        """Return the first content of the page."""
        setup = self._backing.setup(self.transform_id)
        sample = self._backing.sample(self.transform_id)
        with self._store.reading() as tx:
            made = start_of(tx, self.transform_id, self.person, sample)
        stage = "label" if setup is None else "setup"
        tag = hmac.digest(self._store.secret, f"person\x1f{self.person}".encode(), sha256).hex()
        return {
            "title": self.title(),
            "person": tag[:24],  # the page keeps unsent events apart by it
            "stage": stage,
            "curator": self._is_curator,
            "setup": setup,
            **made,
        }

    def set_up(self, choices: Mapping[str, Any]) -> None:
        """Store what is chosen before the first set."""
        self._backing.set_up(self.transform_id, choices)

    def define(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Store the definition of a match and return it as the page starts with it."""
        self._check_curator()
        with self._store.writing() as tx:
            put_guide(tx, self.transform_id, changes, now=datetime.now(UTC))
            return guide_of(tx, self.transform_id)

    def adjudicate(self) -> int:
        """Queue the sets that people answered differently for this person; return how many."""
        self._check_curator()
        with self._store.writing() as tx:
            questions = questions_of(tx, self.transform_id)
            add_sets(tx, self.transform_id, questions, person=self.person)
        return len(questions)

    def flags(self, show: str, page: str) -> dict[str, Any]:
        """Return a page of the flags of all people, with their rows."""
        self._check_curator()
        with self._store.reading() as tx:
            return flags_page(
                tx, self.transform_id, self._store.secret, show=show, page=_page_number(page)
            )

    def flags_file(self) -> bytes | None:
        """Return the flags of all people as a CSV file; None where there are none."""
        from matchloop_api.labelling.flag_file import flags_csv  # heavy, and seldom needed

        self._check_curator()
        with self._store.reading() as tx:
            return flags_csv(tx, self.transform_id, self._store.secret)

    def reply_to_flag(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Store a reply to a flag and return the flag without its rows."""
        self._check_curator()
        now = datetime.now(UTC)
        with self._store.writing() as tx:
            return keep_reply(tx, self.transform_id, self.person, payload, now=now).facts

    def open_flagged(self, flag_id: object) -> str:
        """Return the name of the set in which this person sees to a flag."""
        self._check_curator()
        with self._store.writing() as tx:
            flag = flag_of(tx, self.transform_id, flag_id)
            return set_name(set_to_open(tx, self.transform_id, self.person, flag))

    def propose(self, name: object, token: object) -> dict[str, Any]:
        """Return the model's proposal for a row, where the transform allows it."""
        if not isinstance(token, str):
            raise InvalidInputException("'row' is the token of a row")
        to = propose(self._store, self.transform_id, self.person, number_of(name), token)
        return {"to": to}

    def _check_curator(self) -> None:
        if not self._is_curator:
            raise AccessDeniedException(f"User: {self.person} may label only; ask a curator.")

    def practised(self, result: Any) -> None:
        """Store that the practice is done."""
        now = datetime.now(UTC)
        with self._store.writing() as tx:
            note_practice(tx, self.transform_id, self.person, result, now=now)

    def sets(self, have: Sequence[str]) -> dict[str, Any]:
        """Return sets until the page holds two open ones."""
        numbers = {number_of(name) for name in have[:50]}
        now = datetime.now(UTC)
        rests = self._backing.is_resting(self.transform_id)
        made = hand_out(
            self._store, self.transform_id, self.person, numbers, now=now, only_held=rests
        )
        return {"sets": made, "queue": self._queue()}

    def set_again(self, name: str) -> dict[str, Any]:
        """Return a set that this person holds or has answered."""
        number, now = number_of(name), datetime.now(UTC)
        made = hand_out_again(self._store, self.transform_id, self.person, number, now=now)
        return {"sets": [made], "queue": self._queue()}

    def events(self, sent: Any) -> tuple[int, dict[str, Any]]:
        """Store events and return the status and the answer."""
        if not isinstance(sent, list) or not 0 < len(sent) <= MOST_EVENTS:
            raise SerializationException(f"'events' is a list of 1 to {MOST_EVENTS} events")
        now = datetime.now(UTC)
        taken = take_events(self._store, self.transform_id, self.person, sent, now=now)
        if taken.answered:
            self._backing.answered(self.transform_id)
            self._look_at_gold(taken.answered)
        pause = self._pauses.after(self.transform_id, self.person, len(taken.answered), now=now)
        body = {
            "stored": taken.stored,
            "refused": taken.refused,
            "queue": self._queue(is_answer=True) | {"pause": pause},
        }
        return taken.status, body

    def search(self, name: str, query: str) -> dict[str, Any]:
        """Return rows of the table most like a text."""
        if len(query) > LONGEST_QUERY:
            raise InvalidInputException(f"'q' is a text of at most {LONGEST_QUERY} characters")
        return self._search().find(self.transform_id, self.person, number_of(name), query)

    def add_row(self, name: object, token: object) -> dict[str, Any]:
        """Add a row that a search returned to a set."""
        if not isinstance(token, str):
            raise InvalidInputException("'token' is the token of a row that a search returned")
        return self._search().add(self.transform_id, self.person, number_of(name), token)

    def answers(self, query: str, show: str, page: str) -> dict[str, Any]:
        """Return a page of this person's answers."""
        if show not in SHOW:
            raise InvalidInputException(f"'show' is one of {', '.join(SHOW)}")
        number = _page_number(page)
        with self._store.reading() as tx:
            return answers_of(
                tx, self.transform_id, self.person, query=query.strip(), show=show, page=number
            )

    def summary(self) -> dict[str, Any]:
        """Return the numbers of the end of a session."""
        with self._store.reading() as tx:
            opinions = tx.label_queue.opinions(self.transform_id, person=self.person)
            differing = conflicts(tx, self.transform_id) if self._is_curator else []
            flags = flags_of(tx, self.transform_id) if self._is_curator else []
        ending = self._backing.ending(self.transform_id)
        doubted = self._doubted_sets(self._backing.second_look(self.transform_id))
        waiting = {
            "second_look": len(doubted),
            "conflicts": len(differing),
            "flags": len(flags),
            "open_flags": sum(1 for flag in flags if not flag.is_resolved),
        }
        return counts(opinions) | waiting | dict(ending)

    def second_look(self) -> int:
        """Queue the sets whose answers are least plausible once more; return how many."""
        doubted = self._doubted_sets(self._backing.second_look(self.transform_id))
        with self._store.writing() as tx:
            sets = [tx.label_queue.get(self.transform_id, number) for number in doubted]
            again = [
                replace(contents_of(label_set.body), second_look=True)
                for label_set in sets
                if label_set
            ]
            add_sets(tx, self.transform_id, again, person=self.person)
        return len(again)

    def finish(self) -> None:
        """Write the results.

        Raises
        ------
        ConcurrentModificationException
            They cannot be written now.
        """
        try:
            self._backing.finish(self.transform_id)
        except (MatchloopError, InvalidInputException) as error:
            raise ConcurrentModificationException(str(error)) from None

    def download(self, name: str) -> Path | None:
        """Return where a file of the results is; None where there is none of the name."""
        return self._backing.download(self.transform_id, name)

    def _doubted_sets(self, names: Sequence[str]) -> list[int]:
        """Return the sets of these names that this person answered and did not look at again."""
        with self._store.reading() as tx:
            opinions = tx.label_queue.opinions(self.transform_id, person=self.person)
            sets = {item.number: item for item in tx.label_queue.sets(self.transform_id)}
        again = {item.body["name"] for item in sets.values() if item.body.get("second_look")}
        answered = {}
        for opinion in opinions:
            body = sets[opinion.number].body
            if contents_of(body).is_plain and body["name"] not in again:
                answered[body["name"]] = opinion.number
        return [answered[name] for name in names if name in answered]

    def _queue(self, *, is_answer: bool = False) -> dict[str, Any]:
        """Return the state of the queue; an answer to stored events never fails for it."""
        with self._store.reading() as tx:
            done, left, held = tx.label_queue.counts(self.transform_id, self.person)
        total = self._backing.total(self.transform_id)
        rests = self._backing.is_resting(self.transform_id)
        is_open = held > 0 if rests else left > 0
        is_drawing = not (is_open or rests) and (
            is_answer or self._backing.is_drawing(self.transform_id)
        )
        return {
            "done": done,
            "of": done + left if total is None else total or None,
            "state": "open" if is_open else "drawing" if is_drawing else "empty",
            "retry_ms": RETRY_MS,
        }

    def _look_at_gold(self, numbers: Sequence[int]) -> None:
        """Log an answer to a gold set that was not good enough, for a curator to see."""
        with self._store.reading() as tx:
            for number in numbers:
                opinion = tx.label_queue.opinion(self.transform_id, number, self.person)
                right, of = opinion.body.get("gold", (0, 0))
                if not is_trusted(right, of):
                    log(
                        "a gold set was answered below 80 % of its pairs",
                        level="warning",
                        transform=self.transform_id,
                        person=self.person,
                        right=right,
                        of=of,
                    )


def _page_number(text: str) -> int:
    """Return the number of a page of a list, 1 where the text is none."""
    return int(text) if text.isdecimal() and len(text) < 8 else 1
