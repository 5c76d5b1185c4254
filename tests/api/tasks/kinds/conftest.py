"""A small shop: a store, a table in its catalog, a transform of it, and runs carried out here."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matchloop.data.labels import Labels
from matchloop.errors import MatchloopError
from matchloop_api.errors import ServiceError
from matchloop_api.identifiers import new_run_id, new_transform_id
from matchloop_api.ledger import current_labels
from matchloop_api.settings import Settings
from matchloop_api.store import Resource, RunStatus, RunType, Store, TaskRun, Transform
from matchloop_api.tasks.carrying import Carried
from matchloop_api.tasks.kinds import KINDS
from matchloop_api.tasks.logs import log_path

Row = Mapping[str, object]


class Shop:
    """What the tests of the kinds work on."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.folder = settings.data_dir
        self.folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        with store.writing() as tx:
            tx.resources.add(
                Resource(kind="database", name="db", body={}, created_at=now, modified_at=now)
            )

    def uri(self, name: str) -> str:
        return f"file://{self.folder / name}"

    def write_csv(self, name: str, rows: Sequence[Sequence[object]]) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        return self.uri(name)

    def add_table(
        self, name: str, rows: Sequence[Row], types: Mapping[str, str] | None = None
    ) -> None:
        columns = list(rows[0])
        location = self.write_csv(
            f"{name}/part.csv", [columns, *(list(row.values()) for row in rows)]
        )
        now = datetime.now(UTC)
        body = {
            "StorageDescriptor": {
                "Columns": [{"Name": c, "Type": (types or {}).get(c, "string")} for c in columns],
                "Location": location,
            },
            "Parameters": {"classification": "csv"},
        }
        table = Resource(
            kind="table", name=name, scope="db", body=body, created_at=now, modified_at=now
        )
        with self.store.writing() as tx:
            tx.resources.add(table)

    def add_transform(self, table: str, key: str = "id", **parameters: Any) -> str:
        now = datetime.now(UTC)
        made = Transform(
            id=new_transform_id(),
            name=f"transform of {table} {now.isoformat()}",
            status="NOT_READY",
            created_at=now,
            modified_at=now,
            definition={
                "InputRecordTables": [{"DatabaseName": "db", "TableName": table}],
                "Parameters": {
                    "TransformType": "FIND_MATCHES",
                    "FindMatchesParameters": {"PrimaryKeyColumnName": key, **parameters},
                },
                "Role": "role",
            },
            schema=(),
        )
        with self.store.writing() as tx:
            tx.transforms.add(made)
        return made.id

    def transform(self, transform_id: str) -> Transform:
        with self.store.reading() as tx:
            found = tx.transforms.get(transform_id)
        assert found is not None
        return found

    def labels(self, transform_id: str) -> Labels | None:
        with self.store.reading() as tx:
            return current_labels(tx, transform_id)

    def begin(self, kind: RunType, transform_id: str | None, **arguments: Any) -> TaskRun:
        now = datetime.now(UTC)
        run = TaskRun(
            id=new_run_id(),
            type=kind,
            status=RunStatus.STARTING,
            transform_id=transform_id,
            arguments=arguments,
            log_group="/aws-glue/mlTransforms",
            started_at=now,
            modified_at=now,
            timeout_s=600.0,
            actor="tester",
        )
        with self.store.writing() as tx:
            tx.runs.add(run)
            claimed = tx.runs.claim("here", now=now, lease_s=600.0)
        assert claimed is not None
        assert claimed.id == run.id
        return claimed

    def carried(self, run: TaskRun) -> Carried:
        return Carried(run, self.store, self.settings)

    def run(self, kind: RunType, transform_id: str | None, **arguments: Any) -> TaskRun:
        """Carry out a run from its start to its end; a refusal makes it FAILED."""
        return self.finish(self.begin(kind, transform_id, **arguments))

    def finish(self, run: TaskRun) -> TaskRun:
        work = self.carried(run)
        try:
            work.succeed(KINDS[run.type](work))
        except (MatchloopError, ServiceError) as error:
            self._fail(run, " ".join(str(error).split()))
        with self.store.reading() as tx:
            ended = tx.runs.get(run.id)
        assert ended is not None
        return ended

    def import_rows(
        self, transform_id: str, rows: Sequence[Sequence[object]], *, replace_all: bool = False
    ) -> TaskRun:
        uri = self.write_csv("labels.csv", rows)
        return self.run(RunType.IMPORT_LABELS, transform_id, InputS3Path=uri, Replace=replace_all)

    def log(self, run: TaskRun) -> str:
        return (self.folder / log_path(run)).read_text(encoding="utf-8")

    def written(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def _fail(self, run: TaskRun, error: str) -> None:
        with self.store.writing() as tx:
            tx.runs.move(run.id, RunStatus.FAILED, now=datetime.now(UTC), error=error)


@pytest.fixture
def shop(store: Store, store_url: str, tmp_path: Path) -> Shop:
    settings = replace(Settings(), data_dir=tmp_path / "data", database_url=store_url)
    return Shop(store, settings)


PEOPLE = [
    {"id": "1", "name": "John Doe", "city": "Berlin"},
    {"id": "2", "name": "Johnny Doe", "city": "Berlin"},
    {"id": "3", "name": "Jane Smith", "city": "Paris, Texas"},
    {"id": "4", "name": 'Jane "JJ" Smith', "city": "Paris, Texas"},
    {"id": "5", "name": "Zoë Müller", "city": ""},
    {"id": "6", "name": "Someone Else", "city": "Rome"},
]
HEADER = ["labeling_set_id", "label", "id", "name", "city"]


@pytest.fixture
def people(shop: Shop) -> str:
    """Return the id of a transform of six people."""
    shop.add_table("people", PEOPLE)
    return shop.add_transform("people")


def labelled(set_id: str, label: str, number: int, **changed: str) -> list[object]:
    """Return a row of a label file on one of the people."""
    row = {**PEOPLE[number - 1], **changed}
    return [set_id, label, *row.values()]


@pytest.fixture(scope="session")
def label_row() -> Any:
    return labelled


@pytest.fixture(scope="session")
def header() -> list[str]:
    return HEADER


FIRST = ["anna", "bruno", "carla", "dmitri", "elena", "farid", "greta", "hugo", "ines", "jonas"]
LAST = ["abbott", "brandt", "castillo", "dubois", "eriksen", "fischer", "garcia", "hansen"]


def town() -> list[dict[str, object]]:
    """Every third person stands twice, the second time with a slip in the name."""
    rows: list[dict[str, object]] = []
    for number in range(60):
        first, last = FIRST[number % 10], LAST[(number // 3) % 8]
        rest = {"city": f"town {number % 7}", "born": 1940 + 5 * number % 60, "who": number}
        rows.append({"id": len(rows), "name": f"{first} {last}"} | rest)
        if number % 3 == 0:
            rows.append({"id": len(rows), "name": f"{first[:-1]} {last}x"} | rest)
    return rows


class Town:
    """A table whose truth is known: who each row is."""

    columns = ("id", "name", "city", "born")

    def __init__(self) -> None:
        self.who = {str(row["id"]): str(row["who"]) for row in town()}
        self.rows = [{name: row[name] for name in self.columns} for row in town()]

    def label_rows(self, sets: int = 9) -> list[list[object]]:
        """Return label file rows of the first rows, eight to a set."""
        rows: list[list[object]] = [["labeling_set_id", "label", *self.columns]]
        for number, row in enumerate(self.rows[: 8 * sets]):
            rows.append([f"set {number // 8}", self.who[str(row["id"])], *row.values()])
        return rows


@pytest.fixture
def known_town() -> Town:
    return Town()


@pytest.fixture
def taught(shop: Shop, known_town: Town) -> str:
    """Return the id of a transform of the town, with labels."""
    shop.add_table("town", known_town.rows, {"id": "int", "born": "int"})
    made = shop.add_transform("town")
    run = shop.import_rows(made, known_town.label_rows())
    assert run.error is None
    return made
