from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop.data.labels import Labels, Provenance
from matchloop.errors import InputError, LabelFileError
from matchloop_api.identifiers import new_transform_id
from matchloop_api.ledger import (
    add_entry,
    current_labels,
    label_status,
    labels_apart,
    live_entries,
    rows_of,
    undo,
    undone_by,
)
from matchloop_api.payloads import write_payload
from matchloop_api.store import EventKind, LabelEvent, Store, Transform

NOW = datetime(2025, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Rows = Sequence[tuple[str, str, str]]


def add_transform(store: Store, key: str | None = "id") -> str:
    parameters = {"FindMatchesParameters": {"PrimaryKeyColumnName": key}} if key else {}
    made = Transform(
        id=new_transform_id(),
        name=new_transform_id(),
        status="NOT_READY",
        created_at=NOW,
        modified_at=NOW,
        definition={"Parameters": parameters},
        schema=(),
    )
    with store.writing() as tx:
        tx.transforms.add(made)
    return made.id


def table(rows: Rows, **columns: str) -> pa.Table:
    sets, labels, keys = zip(*rows, strict=True) if rows else ((), (), ())
    values: dict[str, Any] = {"labeling_set_id": sets, "label": labels, "id": keys}
    values |= {name: [value] * len(rows) for name, value in columns.items()}
    return pa.table({name: pa.array(list(one), pa.string()) for name, one in values.items()})


def add(
    store: Store, transform_id: str, rows: Rows | pa.Table, minute: int = 0, **changes: Any
) -> LabelEvent:
    given = rows if isinstance(rows, pa.Table) else table(rows)
    payload, count = write_payload(store, [given], kind="labels", now=NOW)
    entry = LabelEvent(
        transform_id=transform_id,
        kind=EventKind.IMPORT,
        at=NOW + minute * MINUTE,
        rows=count,
        payload=payload,
    )
    with store.writing() as tx:
        return add_entry(tx, replace(entry, **changes))


def labelled(store: Store, transform_id: str, at: datetime | None = None) -> list[Any]:
    with store.reading() as tx:
        labels = current_labels(tx, transform_id, at=at)
    if labels is None:
        return []
    return [tuple(row.values())[:3] for row in labels.table().to_pylist()]


def noted(store: Store, transform_id: str) -> tuple[int, str]:
    with store.reading() as tx:
        found = tx.transforms.get(transform_id)
    assert found is not None
    return found.label_count, found.status


ROWS = st.lists(
    st.tuples(st.sampled_from("12"), st.sampled_from(["a", "b", ""]), st.sampled_from("xyz")),
    max_size=6,
)
STEPS = st.lists(
    st.tuples(ROWS, st.booleans()) | st.integers(1, 8), min_size=1, max_size=8
)  # rows and whether they replace, or an entry to undo


def folded(entries: Sequence[tuple[Rows, bool] | int]) -> list[tuple[str, str, str]]:
    """Say what the labels are, the slow way: from the start, with the undone entries left out."""
    undone: set[int] = set()
    for seq in range(len(entries), 0, -1):
        step = entries[seq - 1]
        if isinstance(step, int) and seq not in undone:
            undone.add(step)
    known: dict[tuple[str, str], str] = {}
    for seq, step in enumerate(entries, 1):
        if isinstance(step, int) or seq in undone:
            continue
        rows, replaces = step
        if replaces:
            known = {}
        names = {one: name_of(one, rows, known) for one, label, _ in rows if label}
        known |= {(names[one], key): label for one, label, key in rows if label}
    return [(one, label, key) for (one, key), label in known.items()]


def name_of(set_id: str, rows: Rows, known: dict[tuple[str, str], str]) -> str:
    """Return what a set is called: as it calls itself unless that is a set of other rows."""
    keys = {key for other, label, key in rows if other == set_id and label}
    name, number = set_id, 1
    while held := {key for other, key in known if other == name}:
        if held & keys:
            break
        number += 1
        name = f"{set_id} ({number})"
    return name


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_labels_are_what_the_entries_say_one_after_the_other(
    store: Store, steps: list[tuple[Rows, bool] | int]
) -> None:
    transform_id = add_transform(store)
    taken: list[tuple[Rows, bool] | int] = []
    for minute, step in enumerate(steps):
        if isinstance(step, int):
            try:
                undo(store, transform_id, step, now=NOW + minute * MINUTE)
            except InputError:
                continue
        else:
            add(store, transform_id, step[0], minute, replace_all=step[1])
        taken.append(step)
        expected = folded(taken)
        matches = {(one, label) for one, label, _ in expected}
        sets = [one for one, _ in matches]
        is_ready = len(matches) < len(expected) and len(set(sets)) < len(sets)

        assert labelled(store, transform_id) == expected
        status = "READY" if is_ready else "NOT_READY"
        assert noted(store, transform_id) == (len(expected), status)


def test_the_labels_of_an_earlier_time_can_be_seen(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, [("1", "a", "x")], 0)
    add(store, transform_id, [("1", "b", "y")], 2, replace_all=True)
    undo(store, transform_id, 2, now=NOW + 4 * MINUTE)

    seen = [labelled(store, transform_id, NOW + minute * MINUTE) for minute in (-1, 0, 1, 2, 3, 4)]
    first, second = [("1", "a", "x")], [("1", "b", "y")]
    assert seen == [[], first, first, second, second, first]


def test_an_undo_can_be_undone(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, [("1", "a", "x"), ("1", "a", "y"), ("1", "b", "z")])
    assert noted(store, transform_id) == (3, "READY")
    undone = undo(store, transform_id, 1, now=NOW, actor="me")
    assert (undone.seq, undone.undoes, undone.actor) == (2, 1, "me")
    assert noted(store, transform_id) == (0, "NOT_READY")
    undo(store, transform_id, 2, now=NOW)
    assert noted(store, transform_id) == (3, "READY")

    with store.reading() as tx:
        entries = tx.ledger.events(transform_id)
    assert [one.seq for one in live_entries(entries)] == [1]
    assert undone_by(entries) == {2: 3}


@pytest.mark.parametrize(
    ("seq", "told"),
    [(1, "entry 1 of .* is undone by entry 2; undo that"), (7, "no entry 7; it has 1 to 2")],
)
def test_an_entry_that_cannot_be_undone_is_told(store: Store, seq: int, told: str) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, [("1", "a", "x")])
    undo(store, transform_id, 1, now=NOW)

    with pytest.raises(InputError, match=told):
        undo(store, transform_id, seq, now=NOW)
    with pytest.raises(InputError, match="there is no transform 'none'"):
        undo(store, "none", 1, now=NOW)


def test_a_transform_that_is_being_deleted_stays_so(store: Store) -> None:
    transform_id = add_transform(store)
    with store.writing() as tx:
        found = tx.transforms.get(transform_id)
        assert found is not None
        tx.transforms.replace(replace(found, status="DELETING"))
    add(store, transform_id, [("1", "a", "x")])

    assert noted(store, transform_id) == (1, "DELETING")


def test_provenance_comes_from_the_rows_or_else_from_the_entry(store: Store) -> None:
    transform_id = add_transform(store)
    answers = Labels.of(
        table([("1", "a", "x")]),
        key="id",
        provenance=Provenance(
            round=3,
            strategy="random",
            person="Zoë",
            assisted=True,
            set="S4",
            seconds=12.5,
            input="key",
            gold=False,
        ),
    )
    add(store, transform_id, rows_of(answers), kind=EventKind.ANSWERS)
    add(store, transform_id, [("1", "b", "y")], actor="me", source="file:///l.csv")

    with store.reading() as tx:
        labels = current_labels(tx, transform_id)
    assert labels is not None
    assert labels.values.column_names == ["id"]
    assert labels.provenance.to_pylist() == [
        {
            "round": 3,
            "strategy": "random",
            "person": "Zoë",
            "time": None,
            "source": None,
            "assisted": True,
            "set": "S4",
            "seconds": 12.5,
            "input": "key",
            "gold": False,
        },
        {
            "round": None,
            "strategy": None,
            "person": "me",
            "time": NOW,
            "source": "file:///l.csv",
            "assisted": None,
            "set": None,
            "seconds": None,
            "input": "file",
            "gold": None,
        },
    ]


def test_provenance_that_an_older_version_stored_is_kept(store: Store) -> None:
    transform_id = add_transform(store)
    answers = Labels.of(
        table([("1", "a", "x")]), key="id", provenance=Provenance(round=3, person="Zoë")
    )
    older = rows_of(answers).drop_columns(
        [f"matchloop.{name}" for name in ("set", "seconds", "input", "gold")]
    )
    add(store, transform_id, older, kind=EventKind.ANSWERS)
    add(store, transform_id, rows_of(answers), kind=EventKind.ANSWERS)

    with store.reading() as tx:
        labels = current_labels(tx, transform_id)

    assert labels is not None
    row = labels.provenance.to_pylist()[0]
    assert (row["round"], row["person"], row["gold"]) == (3, "Zoë", None)


def test_a_later_answer_replaces_its_whole_set(store: Store) -> None:
    transform_id = add_transform(store)
    answer: dict[str, Any] = {"kind": EventKind.ANSWERS, "report": {"sets": ["1"]}}
    add(store, transform_id, [("1", "a", "x"), ("1", "b", "y"), ("1", "a", "z")])
    add(store, transform_id, [("2", "a", "x"), ("2", "b", "z")])

    again = add(store, transform_id, [("1", "a", "y"), ("1", "a", "x")], **answer, actor="ann")
    assert labelled(store, transform_id)[2:] == [("1", "a", "y"), ("1", "a", "x")]
    assert noted(store, transform_id) == (4, "READY")

    last = add(store, transform_id, [("1", "b", "z")], **answer, actor="bob")
    assert labelled(store, transform_id)[2:] == [("1", "b", "z")]
    with store.reading() as tx:
        apart = labels_apart(tx, transform_id, by="person")
    assert {name: len(one) for name, one in apart.items()} == {"unnamed": 5, "ann": 2, "bob": 1}

    undo(store, transform_id, last.seq, now=NOW)
    undo(store, transform_id, again.seq, now=NOW)
    assert len(labelled(store, transform_id)) == 5


def test_answers_to_gold_sets_are_no_labels(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, [("1", "a", "x"), ("1", "b", "y")], actor="ann")
    report = {"sets": ["2"], "gold": True}
    add(store, transform_id, [("2", "a", "x"), ("2", "a", "y")], report=report, actor="bob")

    assert noted(store, transform_id)[0] == 2
    with store.reading() as tx:
        assert len(labels_apart(tx, transform_id, by="person")["bob"]) == 2


def test_columns_may_stand_in_another_order(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, table([("1", "a", "x")], city="P", source="s"))
    add(store, transform_id, table([("1", "b", "y")], source="t", city="Q"))

    with store.reading() as tx:
        labels = current_labels(tx, transform_id)
    assert labels is not None
    assert labels.values.to_pylist() == [
        {"id": "x", "city": "P", "source": "s"},
        {"id": "y", "city": "Q", "source": "t"},
    ]


def test_entries_with_other_columns_are_told(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, table([("1", "a", "x")], city="P"))
    add(store, transform_id, table([("1", "a", "x")], town="P"))

    with store.reading() as tx, pytest.raises(LabelFileError, match="entry 2 of the ledger has"):
        current_labels(tx, transform_id)


def test_a_key_that_the_labels_lack_is_told(store: Store) -> None:
    transform_id = add_transform(store)
    add(store, transform_id, [("1", "a", "x")])

    with store.reading() as tx, pytest.raises(LabelFileError, match="key column 'isbn'.*'id'"):
        current_labels(tx, transform_id, key="isbn")


def test_without_a_key_every_row_is_kept(store: Store) -> None:
    transform_id = add_transform(store, key=None)
    add(store, transform_id, [("1", "a", "x"), ("1", "b", "x")])

    assert labelled(store, transform_id) == [("1", "a", "x"), ("1", "b", "x")]


def test_what_was_reckoned_before_is_used_only_if_nothing_came_between(store: Store) -> None:
    transform_id = add_transform(store)
    payload, count = write_payload(store, [table([("1", "a", "x")])], kind="labels", now=NOW)
    entry = LabelEvent(
        transform_id=transform_id, kind=EventKind.IMPORT, at=NOW, rows=count, payload=payload
    )
    with store.reading() as tx:
        expected = label_status(tx, transform_id, adding=entry)
    assert (expected.head, expected.label_count, expected.is_ready) == (0, 1, False)
    add(store, transform_id, [("1", "b", "y"), ("1", "b", "z"), ("1", "b", "x")])
    with store.writing() as tx:
        assert add_entry(tx, entry, expected=expected).seq == 2

    assert noted(store, transform_id) == (3, "READY")
