"""The queue of the labelling page in SQL: sets with leases, answers and events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from matchloop_api.store.rows import LabelSet, Opinion, PageEvent
from matchloop_api.store.schema import label_events, label_opinions, label_sets

__all__ = ["SqlLabelQueue"]

_SETS, _OPINIONS, _EVENTS = label_sets.c, label_opinions.c, label_events.c


class SqlLabelQueue:
    """The queue of the labelling page: sets, each person's answers, and events."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: LabelSet) -> LabelSet:
        """Add a set and return it with its number; position 0 is the end of the queue."""
        highest = select(func.max(_SETS.number)).where(_SETS.transform_id == made.transform_id)
        number = (self._connection.execute(highest).scalar() or 0) + 1
        end = self._end(made.transform_id)
        added = replace(made, number=number, position=made.position or end)
        values = _values(added, "transform_id", "number", "position", "wanted", "person", "holder")
        values |= {
            "is_open": int(added.is_open),
            "lease_until": added.lease_until,
            "body": added.body,
        }
        self._connection.execute(insert(label_sets), values)
        return added

    def get(self, transform_id: str, number: int) -> LabelSet | None:
        """Return a set by its number."""
        statement = select(label_sets).where(_this_set(transform_id, number))
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else _set(row)

    def sets(
        self, transform_id: str, *, is_open: bool | None = None, limit: int | None = None
    ) -> Sequence[LabelSet]:
        """Return the sets of a transform in order of number: all, the open or the closed ones."""
        statement = select(label_sets).where(_SETS.transform_id == transform_id)
        if is_open is not None:
            statement = statement.where(_SETS.is_open == int(is_open))
        return [_set(row) for row in self._rows(statement.order_by(_SETS.number).limit(limit))]

    def has_sets(self, transform_id: str) -> bool:
        """Return whether a transform has a set, open or closed."""
        statement = select(_SETS.number).where(_SETS.transform_id == transform_id).limit(1)
        return self._connection.execute(statement).first() is not None

    def waiting(
        self, transform_id: str, person: str, *, now: datetime, limit: int
    ) -> Sequence[LabelSet]:
        """Return the sets that a person may get, in order; the ones that the person holds first."""
        answered = exists().where(
            _OPINIONS.transform_id == _SETS.transform_id,
            _OPINIONS.number == _SETS.number,
            _OPINIONS.person == literal(person),
            _OPINIONS.submit.is_not(None),
        )
        is_own = and_(_SETS.holder.is_not(None), _SETS.holder == person)
        statement = (
            select(label_sets)
            .where(
                _SETS.transform_id == transform_id,
                _SETS.is_open == 1,
                or_(_SETS.person.is_(None), _SETS.person == person),
                or_(_SETS.holder.is_(None), _SETS.holder == person, _SETS.lease_until < now),
                ~answered,
            )
            .order_by(is_own.desc(), _SETS.position)
            .limit(limit)
        )
        return [_set(row) for row in self._rows(statement)]

    def lease(self, transform_id: str, number: int, person: str | None, until: datetime) -> None:
        """Lease a set to a person until a time; None ends the lease."""
        values = {"holder": person, "lease_until": until if person is not None else None}
        self._change(transform_id, number, values)

    def renew(self, transform_id: str, number: int, person: str, until: datetime) -> bool:
        """Extend a person's lease and return whether it was extended.

        An expired lease is extended, too, unless somebody else holds the set by now.
        """
        done = self._connection.execute(
            update(label_sets)
            .where(_this_set(transform_id, number), _SETS.holder == person)
            .values(lease_until=until)
        )
        return done.rowcount > 0

    def to_end(self, transform_id: str, number: int) -> None:
        """Move a set to the end of the queue and end its lease."""
        end = self._end(transform_id)
        self._change(transform_id, number, {"position": end, "holder": None, "lease_until": None})

    def close(self, transform_id: str, number: int, *, is_open: bool = False) -> None:
        """Close a set, so that it waits for no more answers; or reopen it."""
        values = {"is_open": int(is_open), "holder": None, "lease_until": None}
        self._change(transform_id, number, values)

    def counts(self, transform_id: str, person: str) -> tuple[int, int, int]:
        """Count the sets that a person answered, that are left, and that the person holds."""
        done = select(func.count()).where(
            _OPINIONS.transform_id == transform_id,
            _OPINIONS.person == person,
            _OPINIONS.submit.is_not(None),
        )
        answered = exists().where(
            _OPINIONS.transform_id == _SETS.transform_id,
            _OPINIONS.number == _SETS.number,
            _OPINIONS.person == literal(person),
            _OPINIONS.submit.is_not(None),
        )
        is_own = case((_SETS.holder == person, 1), else_=0)
        left = select(func.count(), func.coalesce(func.sum(is_own), 0)).where(
            _SETS.transform_id == transform_id,
            _SETS.is_open == 1,
            or_(_SETS.person.is_(None), _SETS.person == person),
            ~answered,
        )
        open_, held = self._connection.execute(left).one()
        return int(self._connection.execute(done).scalar_one()), int(open_), int(held)

    def opinion(self, transform_id: str, number: int, person: str) -> Opinion:
        """Return a person's answer to a set; an empty one if there is none."""
        statement = select(label_opinions).where(
            _OPINIONS.transform_id == transform_id,
            _OPINIONS.number == number,
            _OPINIONS.person == person,
        )
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            return Opinion(transform_id=transform_id, number=number, person=person)
        return Opinion(**row)

    def is_known(self, transform_id: str, number: int, person: str) -> bool:
        """Return whether a person ever got a set."""
        statement = select(_OPINIONS.number).where(
            _OPINIONS.transform_id == transform_id,
            _OPINIONS.number == number,
            _OPINIONS.person == person,
        )
        return self._connection.execute(statement).first() is not None

    def opinions(
        self, transform_id: str, *, number: int | None = None, person: str | None = None
    ) -> Sequence[Opinion]:
        """Return the submitted answers to a set, of a person, or all, in order of time."""
        statement = select(label_opinions).where(
            _OPINIONS.transform_id == transform_id, _OPINIONS.submit.is_not(None)
        )
        if number is not None:
            statement = statement.where(_OPINIONS.number == number)
        if person is not None:
            statement = statement.where(_OPINIONS.person == person)
        statement = statement.order_by(_OPINIONS.answered_at, _OPINIONS.number)
        return [Opinion(**row) for row in self._rows(statement)]

    def flagged(self, transform_id: str, *, person: str | None = None) -> Sequence[Opinion]:
        """Return the answers, submitted or not, in which a row is flagged; of a person if given."""
        is_flagged = type_coerce(_OPINIONS.body, Text).contains('"flagged":true')
        statement = select(label_opinions).where(_OPINIONS.transform_id == transform_id, is_flagged)
        if person is not None:
            statement = statement.where(_OPINIONS.person == person)
        statement = statement.order_by(_OPINIONS.number, _OPINIONS.person)
        return [Opinion(**row) for row in self._rows(statement)]

    def put_opinion(self, opinion: Opinion) -> None:
        """Store a person's answer; it replaces the earlier one."""
        values = _values(opinion, *(column.name for column in label_opinions.c))
        key = ["transform_id", "number", "person"]
        changed = {name: values[name] for name in ("submit", "answered_at", "body")}
        self._connection.execute(
            self._insert(label_opinions)
            .values(values)
            .on_conflict_do_update(index_elements=key, set_=changed)
        )

    def add_event(self, event: PageEvent) -> bool:
        """Add an event and return whether its id was new."""
        session_seq = self.session_seq(event.session)
        if session_seq is None:
            latest = select(func.max(_EVENTS.seq))
            session_seq = (self._connection.execute(latest).scalar() or 0) + 1
        names = [
            column.name for column in label_events.c if column.name not in ("seq", "session_seq")
        ]
        done = self._connection.execute(
            self._insert(label_events)
            .values(_values(event, *names) | {"session_seq": session_seq})
            .on_conflict_do_nothing(index_elements=["id"])
        )
        return done.rowcount > 0

    def session_seq(self, session: str) -> int | None:
        """Return the sequence number of a session; None for a new session."""
        first = select(_EVENTS.session_seq).where(_EVENTS.session == session).limit(1)
        return self._connection.execute(first).scalar()

    def events_by_id(self, ids: Collection[str]) -> dict[str, PageEvent]:
        """Return the events with these ids, of any person."""
        statement = select(label_events).where(_EVENTS.id.in_(list(ids)))
        return {row["id"]: _event(row) for row in self._rows(statement)}

    def events(self, transform_id: str, number: int, person: str) -> Sequence[PageEvent]:
        """Return a person's events of a set in the order in which they are folded."""
        statement = (
            select(label_events)
            .where(
                _EVENTS.transform_id == transform_id,
                _EVENTS.number == number,
                _EVENTS.person == person,
            )
            .order_by(_EVENTS.session_seq, _EVENTS.n)
        )
        return [_event(row) for row in self._rows(statement)]

    def _rows(self, statement: Any) -> Sequence[RowMapping]:
        return self._connection.execute(statement).mappings().all()

    def _end(self, transform_id: str) -> int:
        last = select(func.max(_SETS.position)).where(_SETS.transform_id == transform_id)
        return int(self._connection.execute(last).scalar() or 0) + 1

    def _change(self, transform_id: str, number: int, values: dict[str, Any]) -> None:
        changing = update(label_sets).where(_this_set(transform_id, number))
        self._connection.execute(changing.values(values))

    def _insert(self, table: Any) -> Any:
        is_sqlite = self._connection.dialect.name == "sqlite"
        return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def _this_set(transform_id: str, number: int) -> Any:
    return and_(_SETS.transform_id == transform_id, _SETS.number == number)


def _values(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _set(row: RowMapping) -> LabelSet:
    return LabelSet(**{**row, "is_open": bool(row["is_open"])})


def _event(row: RowMapping) -> PageEvent:
    return PageEvent(**{name: value for name, value in row.items() if name != "seq"})
