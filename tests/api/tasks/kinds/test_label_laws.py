"""Whatever is imported, replaced and undone, the labels are what a plain model says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matchloop_api.ledger import undo
from matchloop_api.store import EventKind, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.tasks.kinds.conftest import Shop

Answer = tuple[str, int, str]

answers = st.lists(
    st.tuples(st.sampled_from("st"), st.integers(1, 6), st.sampled_from(["A", "B", ""])),
    min_size=1,
    max_size=6,
)
imports = st.tuples(st.just("import"), answers, st.booleans())
undoings = st.tuples(st.just("undo"), st.integers(1, 6), st.just(False))
histories = st.lists(st.one_of(imports, imports, undoings), min_size=1, max_size=6)


def folded(entries: list[tuple[bool, list[Answer]]]) -> dict[tuple[str, str], str]:
    """Put answers to each other as a person would: later rows win, at the place of the first."""
    known: dict[tuple[str, str], str] = {}
    for replaces, rows in entries:
        if replaces:
            known = {}
        filled = [(set_id, str(number), label) for set_id, number, label in rows if label]
        names = {set_id: name_of(set_id, filled, known) for set_id, _, _ in filled}
        for set_id, number, label in filled:
            known[names[set_id], number] = label
    return known


def name_of(
    set_id: str, rows: list[tuple[str, str, str]], known: dict[tuple[str, str], str]
) -> str:
    """Return what a set is called: as it calls itself unless that is a set of other rows."""
    keys = {key for other, key, _ in rows if other == set_id}
    name, number = set_id, 1
    while held := {key for other, key in known if other == name}:
        if held & keys:
            break
        number += 1
        name = f"{set_id} ({number})"
    return name


def is_ready(known: dict[tuple[str, str], str]) -> bool:
    rows = list(known.items())
    pairs = [
        one[1] == other[1]
        for at, one in enumerate(rows)
        for other in rows[at + 1 :]
        if one[0][0] == other[0][0]  # of one set
    ]
    return any(pairs) and not all(pairs)


@given(history=histories)
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
def test_the_labels_are_what_was_imported_replaced_and_undone(
    shop: Shop,
    label_row: Callable[..., list[object]],
    header: list[str],
    history: list[tuple[str, list[Answer] | int, bool]],
) -> None:
    with shop.store.reading() as tx:
        is_new = tx.resources.get("table", "people", scope="db") is None
    if is_new:
        shop.add_table("people", people(header, label_row))
    transform = shop.add_transform("people")
    entries: dict[int, tuple[bool, list[Answer]]] = {}
    gone: set[int] = set()
    for action, what, replaces in history:
        if action == "import":
            assert isinstance(what, list)
            rows = [label_row(set_id, label, number) for set_id, number, label in what]
            run = shop.import_rows(transform, [header, *rows], replace_all=replaces)
            useful = any(label for _, _, label in what)
            assert (run.status is RunStatus.SUCCEEDED) == useful
            if useful:
                with shop.store.reading() as tx:
                    entries[tx.ledger.head(transform)] = (replaces, what)
        elif what in entries and what not in gone:
            assert isinstance(what, int)
            undo(shop.store, transform, what, now=datetime.now(UTC))
            gone.add(what)

    expected = folded([entries[seq] for seq in sorted(entries) if seq not in gone])

    labels = shop.labels(transform)
    rows_now = [] if labels is None else labels.table().to_pylist()
    found = {(row["labeling_set_id"], row["id"]): row["label"] for row in rows_now}
    assert found == expected
    assert list(found) == list(expected)
    now = shop.transform(transform)
    assert now.label_count == len(expected)
    assert now.status == ("READY" if is_ready(expected) else "NOT_READY")
    with shop.store.reading() as tx:
        kinds = [entry.kind for entry in tx.ledger.events(transform)]
    assert kinds.count(EventKind.IMPORT) == len(entries)


def people(header: list[str], label_row: Callable[..., list[object]]) -> list[dict[str, object]]:
    rows = [label_row("", "", number)[2:] for number in range(1, 7)]
    return [dict(zip(header[2:], row, strict=True)) for row in rows]
