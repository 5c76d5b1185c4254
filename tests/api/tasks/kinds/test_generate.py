from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from matchloop_api.labelling.advice import kept_advice
from matchloop_api.labelling.answers import take_events
from matchloop_api.labelling.contents import contents_of
from matchloop_api.labelling.guide import put_guide
from matchloop_api.labelling.queue import hand_out
from matchloop_api.store import RunStatus, RunType
from matchloop_api.tasks.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from api.tasks.kinds.conftest import Shop, Town

GENERATION = RunType.LABELING_SET_GENERATION

# what these jobs write does not depend on the store, which other tests of this file try on both
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture
def untaught(shop: Shop, known_town: Town) -> str:
    shop.add_table("town", known_town.rows, {"id": "int", "born": "int"})
    return shop.add_transform("town")


def test_a_transform_without_labels_gets_ten_sets_of_ten_rows_to_label(
    shop: Shop, untaught: str
) -> None:
    run = shop.run(GENERATION, untaught, OutputS3Path=shop.uri("sets/"))

    assert run.error is None
    (path,) = shop.written("sets/*")
    assert path.name.startswith(f"{untaught}_labelingset_")
    assert path.suffix == ".csv"
    head, *rows = read(path)
    assert head == ["labeling_set_id", "label", "id", "name", "city", "born"]
    sets = {row[0] for row in rows}
    assert 2 <= len(sets) <= 10
    assert len(rows) == len({row[2] for row in rows})
    assert all(row[1] == "" for row in rows)


def test_the_sets_of_the_file_wait_on_the_labelling_page_under_the_same_ids(
    shop: Shop, untaught: str, known_town: Town
) -> None:
    run = shop.run(GENERATION, untaught, OutputS3Path=shop.uri("sets"))
    _, *rows = read(shop.written("sets/*")[0])
    with shop.store.reading() as tx:
        sets = tx.label_queue.sets(untaught, is_open=True)
    contents = [contents_of(one.body) for one in sets]
    queued = [[one.name, "", *cells] for one in contents for cells in one.rows]
    assert queued == rows
    assert {kind for one in contents for kind in one.table.kinds} >= {"key", "name"}

    now = datetime.now(UTC)
    (shown, *_) = hand_out(shop.store, untaught, "ann", [], now=now)
    tokens = [row["token"] for row in shown["rows"]]
    letters = [
        "ABCDEFGHIJ"[sorted({known_town.who[key] for key in contents[0].keys}).index(who)]
        for who in (known_town.who[key] for key in contents[0].keys)
    ]
    head = {"session": "session-1", "set": "S1", "t": 0}
    events = [
        {**head, "id": "session-1-0", "n": 0, "kind": "paint", "rows": tokens, "to": letters},
        {
            **head,
            "id": "session-1-1",
            "n": 1,
            "kind": "submit",
            "partition": dict(zip(tokens, letters, strict=True)),
        },
    ]
    assert take_events(shop.store, untaught, "ann", events, now=now).status == 200
    assert run.error is None
    assert shop.transform(untaught).label_count == len(tokens)
    assert shop.run(RunType.EXPORT_LABELS, untaught, OutputS3Path=shop.uri("out")).error is None
    exported = read(shop.written("out/*")[0])
    answered = [row for row in rows if row[0] == contents[0].name]
    filled = [[row[0], letter, *row[2:]] for row, letter in zip(answered, letters, strict=True)]
    assert exported == [["labeling_set_id", "label", "id", "name", "city", "born"], *filled]
    labelled = [row for row in rows if row[0] != contents[0].name]
    given = [[row[0], known_town.who[row[2]], *row[2:]] for row in labelled]
    columns = ["labeling_set_id", "label", "id", "name", "city", "born"]
    assert shop.import_rows(untaught, [columns, *given]).error is None
    assert shop.transform(untaught).label_count == len(rows)


@on_sqlite
def test_a_run_after_answers_on_the_page_keeps_advice_for_its_end_page(
    shop: Shop, untaught: str, known_town: Town
) -> None:
    shop.run(GENERATION, untaught, OutputS3Path=shop.uri("sets"))
    with shop.store.reading() as tx:
        assert kept_advice(tx, untaught) == {}
    now = datetime.now(UTC)
    for place in (0, 1):  # the second answer joins and parts what the first one did not
        (shown, *_) = hand_out(shop.store, untaught, "ann", [], now=now)
        with shop.store.reading() as tx:
            label_set = tx.label_queue.get(untaught, int(shown["set"][1:]))
        assert label_set is not None
        people = [known_town.who[key] for key in contents_of(label_set.body).keys]
        letters = ["ABCDEFGHIJ"[sorted(set(people)).index(who)] for who in people]
        letters = ["A", *letters[1:]] if place else letters
        tokens = [row["token"] for row in shown["rows"]]
        head = {"session": f"session-{place}", "set": shown["set"], "t": 0}
        partition = dict(zip(tokens, letters, strict=True))
        events = [
            {**head, "id": f"session-{place}-0", "n": 0, "kind": "paint"}
            | {"rows": tokens, "to": letters},
            {**head, "id": f"session-{place}-1", "n": 1, "kind": "submit", "partition": partition},
        ]
        assert take_events(shop.store, untaught, "ann", events, now=now).status == 200
    with shop.store.writing() as tx:
        put_guide(tx, untaught, {"people": 2, "assisted": True}, now=now)

    assert shop.run(GENERATION, untaught, OutputS3Path=shop.uri("more")).error is None

    with shop.store.reading() as tx:
        advice = kept_advice(tx, untaught)
        sets = tx.label_queue.sets(untaught)
    assert advice["advice"].startswith(("You have labelled enough", "Go on labelling"))
    assert advice["groups"] > 1
    assert set(advice["doubted"]) <= {item.body["name"] for item in sets}
    latest = sets[-1]
    contents = contents_of(latest.body)
    assert (latest.wanted, len(contents.proposed)) == (2, len(contents.rows))
    assert advice["changed"]["count"] > 0

    assert shop.run(GENERATION, untaught, OutputS3Path=shop.uri("even-more")).error is None

    with shop.store.reading() as tx:  # nobody answered since the run before
        assert kept_advice(tx, untaught)["changed"]["count"] == 0


def test_answers_to_a_generated_file_are_imported(
    shop: Shop, untaught: str, known_town: Town
) -> None:
    shop.run(GENERATION, untaught, OutputS3Path=shop.uri("sets"))
    head, *rows = read(shop.written("sets/*")[0])

    answered = [[row[0], known_town.who[row[2]], *row[2:]] for row in rows]
    run = shop.import_rows(untaught, [head, *answered])

    transform = shop.transform(untaught)
    assert run.error is None
    assert (transform.status, transform.label_count) == ("READY", len(rows))
    with shop.store.reading() as tx:
        assert tx.ledger.events(untaught)[0].report["differing"] == 0


@on_sqlite
def test_rounds_ask_other_rows_and_share_no_set_id(shop: Shop, taught: str) -> None:
    for _ in range(2):
        shop.run(GENERATION, taught, OutputS3Path=shop.uri("sets"))

    one, other = (read(path)[1:] for path in shop.written("sets/*"))
    assert {row[0] for row in one}.isdisjoint(row[0] for row in other)
    assert [row[2] for row in one] != [row[2] for row in other]


@on_sqlite
def test_rows_that_wait_for_an_answer_are_not_asked_about_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["matchloop_api.tasks.kinds.generate"], "ENOUGH", 1)
    people = [{"id": n, "name": f"name {n % 150} of {n // 2}", "born": n} for n in range(300)]
    shop.add_table("many", people, {"id": "int", "born": "int"})
    made = shop.add_transform("many")

    for number in range(2):
        shop.run(GENERATION, made, OutputS3Path=shop.uri(f"round-{number}"))

    one, other = (
        {row[2] for row in read(shop.written(f"round-{number}/*")[0])[1:]} for number in range(2)
    )
    assert one
    assert other
    assert one.isdisjoint(other)


def test_a_second_attempt_of_a_run_writes_the_same_file(shop: Shop, untaught: str) -> None:
    run = shop.begin(GENERATION, untaught, OutputS3Path=shop.uri("sets"))
    KINDS[GENERATION](shop.carried(run))  # and its worker dies before the end
    (path,) = shop.written("sets/*")
    first = path.read_bytes()
    path.unlink()

    ended = shop.finish(run)

    assert ended.status is RunStatus.SUCCEEDED
    assert shop.written("sets/*") == [path]
    assert path.read_bytes() == first


def test_a_table_with_repeated_keys_fails_and_names_them(shop: Shop) -> None:
    rows = [{"id": key, "name": f"name {n}"} for n, key in enumerate("aabbcd")]
    shop.add_table("twice", rows)

    run = shop.run(GENERATION, shop.add_transform("twice"), OutputS3Path=shop.uri("sets"))

    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert "db.twice: key column 'id' repeats 'a', 'b'" in run.error
    assert shop.written("sets/*") == []


def test_a_table_with_a_column_of_the_label_files_own_is_refused(shop: Shop) -> None:
    shop.add_table("albums", [{"id": n, "label": "EMI", "title": f"t {n}"} for n in range(20)])
    made = shop.add_transform("albums")
    rows: list[list[object]] = [
        ["labeling_set_id", "label", "id", "label", "title"],
        ["s", "A", 1, "EMI", "t 1"],
    ]

    asked = shop.run(GENERATION, made, OutputS3Path=shop.uri("sets"))
    imported = shop.import_rows(made, rows)

    for run in (asked, imported):
        assert run.error is not None
        assert run.error.startswith("the table has a column 'label'")
