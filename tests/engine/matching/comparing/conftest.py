"""Small tables to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pytest

from matchloop.data.pairs import CandidatePairs
from matchloop.data.records import Kind, Records
from matchloop.data.views import Views

Columns = Mapping[str, tuple[Kind, Sequence[str | None]]]


def views_of(columns: Columns) -> Views:
    """Make a table of columns given as ``name: (kind, values)``."""
    rows = len(next(iter(columns.values()))[1])
    table = pa.table(
        {"key": [str(row) for row in range(rows)]}
        | {name: pa.array(list(values), pa.string()) for name, (_, values) in columns.items()}
    )
    return Views(Records(table, "key", {name: kind for name, (kind, _) in columns.items()}))


def all_pairs_of(rows: int) -> CandidatePairs:
    left, right = np.triu_indices(rows, 1)
    return CandidatePairs.of(left, right)


@pytest.fixture
def make_views() -> Callable[[Columns], Views]:
    return views_of


@pytest.fixture
def all_pairs() -> Callable[[int], CandidatePairs]:
    return all_pairs_of


GIVEN = ["John", "Jon", "J", "María José", "Μαρία", "田中太郎", None, "John", "Anne-Marie", "Al"]
TITLE = [
    "Sony DSC-W120 camera 7.2 mp, silver",
    "sony cybershot dscw120 silver digital camera",
    "Canon PowerShot A590 IS 8 MP",
    None,
    "Panasonic 42 inch plasma tv th42px80u",
    "panasonic viera 50 inch plasma tv th50px80u",
    "Sony DSC-W120 camera 7.2 mp, silver",
    "bag",
    "ソニー デジタルカメラ dsc w120",
    "a " * 200,
]
STATE = ["nsw", "nsw", "vic", None, "qld", "nsw", "vic", "nsw", "vic", "nsw"]
PRICE = ["$129.99", "130", "0", None, "1,299.00", "-5", "n/a", "129.99", "1e3", "130 eur"]
BORN = [
    "1984-02-03", "1984-03-02", "3 Feb 1984", "1984", None,
    "2001-12-31", "19840203", "unknown", "1984-02-30", "1948-02-03",
]  # fmt: skip
PHONE = [
    "+61 2 5550 1234", "02 5550 1234", None, "0255501234", "5550-1243",
    "anne@example.org", "ann@example.org", "x", "02 5550 9999", "+61 2 5550 1234",
]  # fmt: skip
POINT = [
    "52.52, 13.40", "52.52000,13.40500", "POINT (13.40 52.52)", None, "-33.86 151.21",
    "0.00, 0.00", "90.00, 0.00", "somewhere", "200.00, 13.40", "52.52, 13.40",
]  # fmt: skip

MIXED: Columns = {
    "given": (Kind.NAME, GIVEN),
    "title": (Kind.TEXT, TITLE),
    "state": (Kind.CATEGORY, STATE),
    "price": (Kind.NUMBER, PRICE),
    "born": (Kind.DATE, BORN),
    "phone": (Kind.IDENTIFIER, PHONE),
    "point": (Kind.LOCATION, POINT),
}


@pytest.fixture
def mixed() -> Columns:
    """Ten records with a column of every kind, some values missing, some not to be read."""
    return MIXED
