from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import matchloop as ml
from matchloop_api.errors import InvalidInputException
from matchloop_api.identifiers import new_transform_id
from matchloop_api.labelling.desk import Desk
from matchloop_api.labelling.local.backing import LocalBacking
from matchloop_api.labelling.local.choices import Choices, keys_of
from matchloop_api.labelling.local.folder import Folder
from matchloop_api.store import Store, Transform, open_store

if TYPE_CHECKING:
    from api.labelling.conftest import Person

Json = dict[str, Any]
FIRST = ("Ann", "Bob", "Eve", "Tom", "Una", "Ned", "Ida", "Max", "Liv", "Jon")
LAST = ("Miller", "Stone", "Baker", "Carter", "Fisher", "Walker", "Hunter", "Mason")
STREETS = ("Mill Road", "High Street", "Park Lane", "Station Way", "Church Row", "Hill Drive")


def people(count: int = 90) -> pa.Table:
    """Return people of whom each stands there twice, the second time with an error."""
    rng = random.Random(3)
    rows: list[tuple[str | None, ...]] = []
    for at in range(count):
        name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        street = f"{rng.randrange(1, 99)} {rng.choice(STREETS)}"
        born = f"19{rng.randrange(30, 99)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}"
        rows.append((f"p{2 * at}", name, street, born))
        rows.append((f"p{2 * at + 1}", name.replace("e", "", 1), street, None if at % 5 else born))
    names = ("id", "name", "street", "born")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


class Work:
    """A table with its folder, its backing, and one person at the desk."""

    def __init__(self, folder: Path, person: type[Person]) -> None:
        folder.mkdir(exist_ok=True)
        self.table = people()
        ml.write_table(self.table, folder / "people.csv")
        self.folder = Folder(str(folder / "people.csv"))
        self.folder.path.mkdir(exist_ok=True)
        self.store: Store = open_store(self.folder.store_url)
        now = datetime.now(UTC)
        made = Transform(
            id=self.folder.remembered().get("transform") or new_transform_id(),
            name="people.csv",
            status="NOT_READY",
            created_at=now,
            modified_at=now,
            definition={},
            schema=(),
        )
        with self.store.writing() as tx:
            if tx.transforms.get(made.id) is None:
                tx.transforms.add(made)
        facts = {"transform": made.id, **self.folder.remembered()}
        self.folder.remember(facts)
        self.backing = LocalBacking(
            self.store,
            made.id,
            self.folder,
            self.table,
            Choices(**facts["choices"]) if "choices" in facts else Choices("id"),
            is_confirmed=bool(facts.get("confirmed")),
        )
        self.desk = Desk.maker(self.store, self.backing)(made.id, "ann")
        self.person = person("http://127.0.0.1:1", made.id)
        self.backing.begin()

    def set_up(self, **changes: str) -> None:
        setup = self.backing.setup("")
        assert setup is not None
        kinds = {column["name"]: column["kind"] for column in setup["columns"]} | changes
        self.backing.set_up("", {"key": "id", "kinds": kinds, "sentence": "The same person."})

    def settle(self) -> None:
        """Wait until the teacher has done all it was asked to."""
        self.backing.teacher._wait_for(lambda: None)

    def next(self) -> Json | None:
        """Return the next set; None when the queue says that it is empty."""
        self.settle()
        given = self.desk.sets([])
        assert self.backing.teacher.failure is None
        if given["sets"]:
            return dict(given["sets"][0])
        assert given["queue"]["state"] == "empty"
        return None

    def answer(self, shown: Json, *, wrong: bool = False) -> None:
        letters: dict[str, str] = {}
        for row in shown["rows"]:
            letters.setdefault(str(row["cells"][1]), "ABCDEFGHIJKLMNOP"[len(letters)])
        chosen = [letters[str(row["cells"][1])] for row in shown["rows"]]
        if wrong:
            chosen = ["A"] * len(chosen)
        status, _ = self.desk.events(self.person.answer(shown, chosen))
        assert status == 200

    def close(self) -> None:
        self.backing.teacher.stop()
        self.store.close()


@pytest.fixture
def work(tmp_path: Path, person: type[Person]) -> Iterator[Callable[[], Work]]:
    made: list[Work] = []

    def start() -> Work:
        made.append(Work(tmp_path / "work", person))
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_sets_come_until_labels_are_enough_then_an_audit_then_a_rest(
    work: Callable[[], Work],
) -> None:
    one = work()
    assert one.desk.sets([])["sets"] == []
    one.set_up()
    audits = count = 0
    while (shown := one.next()) is not None:
        with one.store.reading() as tx:
            found = tx.label_queue.get(one.backing._transform_id, int(shown["set"][1:]))
        assert found is not None
        audits += bool(found.body.get("audit"))
        assert audits or count < 40, "labels are never enough"
        one.answer(shown)
        count += 1

    assert audits == 2
    assert one.backing.is_resting("")
    summary = one.desk.summary()
    assert summary["sets"] == count
    assert summary["enough"] is True
    assert summary["advice"].startswith("You have labelled enough: ")
    low, high = summary["estimate"]["f1"][1:]
    assert low < summary["estimate"]["f1"][0] <= high
    assert summary["more"] is True
    assert not one.backing.is_resting("")
    assert one.next() is not None


def test_no_set_is_more_than_two_answers_behind_the_model(work: Callable[[], Work]) -> None:
    one = work()
    one.set_up()
    learned: dict[str, int] = {}
    for count in range(6):
        one.settle()
        with one.store.reading() as tx:
            for found in tx.label_queue.sets(one.backing._transform_id):
                learned.setdefault(f"S{found.number}", count)
        shown = one.next()
        assert shown is not None
        assert count - learned[shown["set"]] <= 2
        one.answer(shown)


def test_open_sets_and_answers_are_there_in_the_next_process(
    work: Callable[[], Work],
) -> None:
    first = work()
    first.set_up(born="ignored")
    first.answer(first.next() or {})
    first.settle()
    open_ = [one["set"] for one in first.desk.sets([])["sets"]]
    first.close()

    second = work()
    assert second.backing.setup("") is None
    assert "born" not in second.backing.records("").kinds
    assert [one["set"] for one in second.desk.sets([])["sets"]] == open_
    second.answer(second.next() or {})
    assert second.next() is not None
    with second.store.reading() as tx:
        sets = tx.label_queue.sets(second.backing._transform_id, is_open=True)
    rows = [row[0] for one in sets for row in one.body["rows"]]
    assert len(rows) == len(set(rows))


def test_a_withdrawn_answer_is_forgotten_by_the_model(work: Callable[[], Work]) -> None:
    one = work()
    one.set_up()
    shown = one.next() or {}
    one.answer(shown)
    one.settle()
    submit = f"{one.person.session}-{one.person.n - 1}"

    one.desk.events([one.person.event(shown, "undo", target=submit)])
    one.settle()

    assert one.backing.teacher.failure is None
    assert one.backing.teacher.write(lambda _, loop: loop.labels) is None


def test_an_implausible_answer_is_looked_at_again_and_replaced(
    work: Callable[[], Work],
) -> None:
    one = work()
    one.set_up()
    for _ in range(4):
        one.answer(one.next() or {})
    slip = one.next() or {}
    one.answer(slip, wrong=True)
    summary = one.desk.summary()
    assert summary["second_look"] >= 1
    assert one.desk.second_look() == summary["second_look"]
    while not (again := one.next() or {})["second_look"]:
        one.answer(again)
    assert again["past"] == []
    before = one.desk.answers("", "all", "1")["count"]
    one.answer(again)

    assert one.desk.answers("", "all", "1")["count"] == before + 1
    matched, labelled, model = one.backing.write()
    labels = ml.read_labels(labelled, key="id")
    assert matched.is_file()
    assert model.is_file()
    assert labels.n_sets == len({*labels.set_ids.to_pylist()})
    assert max(labels.set_ids.value_counts().to_pylist(), key=lambda x: x["counts"])["counts"] <= 10


def test_flagged_rows_are_written_beside_the_labels(work: Callable[[], Work]) -> None:
    one = work()
    one.set_up()
    shown = one.next() or {}
    row = shown["rows"][1]["token"]
    flag = one.person.event(shown, "flag", rows=[row], reason="data error", remark="no house")
    assert one.desk.events([flag])[0] == 200
    one.answer(shown)

    *_, flags = one.backing.write()

    assert flags.name == "people.flags.csv"
    with flags.open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["id"] in one.table["id"].to_pylist()
    assert (line["flag_reason"], line["flag_remark"]) == ("data error", "no house")
    links = {link["name"]: link["title"] for link in one.backing.ending("")["downloads"]}
    assert links["people.flags.csv"] == "flagged rows"


def test_choices_that_do_not_fit_are_refused_and_nothing_begins(
    work: Callable[[], Work],
) -> None:
    one = work()
    setup = one.backing.setup("")
    assert setup is not None
    right = {column["name"]: column["kind"] for column in setup["columns"]}
    for given in (
        {},
        {"key": "nope", "kinds": right},
        {"key": "born", "kinds": right},
        {"key": "id", "kinds": {**right, "name": "dance"}},
        {"key": "id", "kinds": {**right, "nope": "name"}},
        {"key": "id", "kinds": {**right, "name": "source", "born": "source"}},
        {"key": "id", "kinds": dict.fromkeys(right, "ignored")},
        {"key": "id", "kinds": right, "sentence": "x" * 2000},
    ):
        with pytest.raises(InvalidInputException):
            one.backing.set_up("", given)
    assert one.backing.setup("") is not None
    one.set_up()
    with pytest.raises(InvalidInputException, match="labelled already"):
        one.backing.set_up("", {"key": "id", "kinds": right})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": ["1", "2"], "name": ["a", "b"]}, ["id"]),
        ({"name": ["a", "b"], "customer_id": ["x", "y"]}, ["customer_id"]),
        ({"name": ["a", "b"], "customerId": ["x", "y"]}, ["customerId"]),
        ({"sku": ["a-1", "a-2"], "name": ["a", "b"]}, ["sku"]),
        ({"name": ["a", "b"], "sku": ["a-1", "a-2"]}, []),
        ({"id": ["1", "1"], "name": ["a", "b"]}, []),
        ({"id": ["1", None], "name": ["a", "b"]}, []),
        ({"id": [1.5, 2.5], "name": ["a", "b"]}, []),
        ({"valid": ["1", "2"], "name": ["a", "b"]}, ["valid"]),
        ({"code": ["1", "2"], "rec_id": ["x", "y"]}, ["rec_id", "code"]),
    ],
)
def test_a_key_is_proposed_by_its_name_or_its_codes(
    columns: dict[str, list[Any]], expected: list[str]
) -> None:
    assert keys_of(pa.table(columns)) == expected


def test_a_second_run_on_a_table_is_refused(tmp_path: Path) -> None:
    from matchloop.errors import InputError

    folder = Folder(str(tmp_path / "people.csv.gz"))
    assert folder.path == tmp_path / "people.matchloop"
    with (
        folder.locked(),
        pytest.raises(InputError, match="another matchloop page"),
        Folder(str(tmp_path / "people.csv.gz")).locked(),
    ):
        pass
    with folder.locked():
        folder.remember({"a": 1})
    assert folder.remembered() == {"a": 1}
    assert replace(Choices("id"), sentence="x").body()["sentence"] == "x"


def test_a_failure_of_the_teacher_reaches_the_page(
    work: Callable[[], Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = work()
    one.settle()
    monkeypatch.setattr(one.backing.teacher, "_prepared", None)
    one.backing.teacher.failure = "the table cannot be matched"
    one.set_up()
    one.settle()

    with pytest.raises(InvalidInputException, match="cannot be matched"):
        one.desk.sets([])
