from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from matchloop_api.labelling.folding import State, fold
from matchloop_api.store import PageEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN = ("r1", "r2", "r3")


def events(*bodies: dict[str, Any]) -> list[PageEvent]:
    return [
        PageEvent(
            id=f"s-{n}",
            transform_id="t",
            number=1,
            person="ann",
            session="s",
            n=n,
            at=NOW,
            body=body,
        )
        for n, body in enumerate(bodies)
    ]


def folded(*bodies: dict[str, Any], added: tuple[str, ...] = ()) -> State:
    return fold(OWN, added, events(*bodies))


def paint(row: str, to: str | None) -> dict[str, Any]:
    return {"kind": "paint", "rows": [row], "to": [to]}


def undo(n: int) -> dict[str, Any]:
    return {"kind": "undo", "target": f"s-{n}"}


def redo(n: int) -> dict[str, Any]:
    return {"kind": "redo", "target": f"s-{n}"}


def test_the_first_row_is_a_and_a_later_paint_wins() -> None:
    assert folded().partition == {"r1": "A"}
    assert folded(paint("r2", "A"), paint("r2", "B"), paint("r1", None)).partition == {
        "r1": None,
        "r2": "B",
    }


def test_undo_and_redo_take_events_out_and_back_at_their_place() -> None:
    assert folded(paint("r2", "A"), paint("r2", "B"), undo(1)).partition["r2"] == "A"
    assert folded(paint("r2", "A"), paint("r2", "B"), undo(0)).partition["r2"] == "B"
    assert folded(paint("r2", "A"), paint("r2", "B"), undo(0), undo(1), redo(0)).partition == {
        "r1": "A",
        "r2": "A",
    }


def test_a_new_change_ends_what_could_be_redone() -> None:
    state = folded(paint("r2", "B"), undo(0), paint("r3", "C"), redo(0))
    assert state.partition == {"r1": "A", "r3": "C"}


def test_undo_of_nothing_changes_nothing() -> None:
    assert folded(undo(7), paint("r2", "B"), redo(1), undo(1), undo(1)).partition == {"r1": "A"}


def test_the_answer_is_the_last_submit_that_was_not_undone() -> None:
    submit = {"kind": "submit", "partition": {}}
    for bodies, expected in (
        ([submit, paint("r2", "B"), submit], "s-2"),
        ([submit, paint("r2", "B"), submit, undo(2)], "s-0"),
        ([submit, undo(0)], None),
        ([submit, undo(0), redo(0)], "s-0"),
    ):
        found = folded(*bodies).submit
        assert (found.id if found else None) == expected


def test_a_row_found_by_search_is_in_the_set_while_its_event_is_alive() -> None:
    add = {"kind": "add_row", "rows": ["r9"]}
    assert folded(added=("r9",)).rows == OWN
    assert folded(add, added=("r9",)).rows == (*OWN, "r9")
    assert folded(add, undo(0), added=("r9",)).rows == OWN
    assert folded(add).rows == OWN  # a token that no search returned


def test_flags_are_kept_whatever_is_undone() -> None:
    assert folded({"kind": "flag", "rows": ["r2"]}, undo(0)).flagged == {"r2"}
    assert folded({"kind": "note", "rows": ["r3"]}, undo(0)).flagged == {"r3"}
