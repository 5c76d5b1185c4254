from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import matchloop as ml
from matchloop.data.labels import Labels
from matchloop.matching.backends import PreparedTable, prepare
from matchloop.quality.sampled_audit import AuditDraw, draw_audit

DATA = Path(__file__).resolve().parents[4] / "data"


@pytest.fixture(scope="session")
def people() -> ml.Records:
    return ml.read_records(DATA / "people.csv", key="id")


@pytest.fixture(scope="session")
def entity(people: ml.Records) -> NDArray[np.int64]:
    truth = dict(
        line.split(",") for line in (DATA / "people_truth.csv").read_text().splitlines()[1:]
    )
    return np.array([int(truth[key]) for key in people.keys.to_pylist()])


@pytest.fixture(scope="session")
def prepared(people: ml.Records) -> PreparedTable:
    return prepare(people)


@pytest.fixture(scope="session")
def draw(prepared: PreparedTable) -> AuditDraw:
    return draw_audit(prepared, ml.Matcher().fit(prepared), 60, seed=3)


@pytest.fixture(scope="session")
def answers(draw: AuditDraw, people: ml.Records, entity: NDArray[np.int64]) -> Labels:
    return answered(draw, people, entity)


def answered(draw: AuditDraw, people: ml.Records, entity: NDArray[np.int64]) -> Labels:
    questions = draw.questions(people)
    at = [people.positions[key] for key in questions["id"].to_pylist()]
    names = questions.column_names
    table = questions.set_column(1, names[1], [[str(entity[row]) for row in at]])
    return Labels.of(table, key="id")
